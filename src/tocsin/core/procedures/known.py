"""All procedures that there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.plan import Procedure

PROCEDURES: Final[Mapping[str, Procedure]] = {}
