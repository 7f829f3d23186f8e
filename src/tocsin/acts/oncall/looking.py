"""Which kinds of things fall due for a schedule, and who looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.acts.oncall.begins import look_for_begins
from tocsin.acts.oncall.clockwork import Look
from tocsin.acts.oncall.gap_reports import look_for_gaps
from tocsin.acts.oncall.showing import look_to_show

LOOKS: Final[Mapping[str, Look]] = {"begins": look_for_begins, "gaps": look_for_gaps, "slack": look_to_show}
