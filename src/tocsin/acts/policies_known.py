"""The policies that hold with one copy of the roster, and the names that they may mention: kept by each node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.core.escalation.written import Known
from tocsin.core.handbook import Handbook
from tocsin.store.people import Directory
from tocsin.store.policies import KeptPolicy


@dataclass(frozen=True, slots=True)
class PoliciesKnown:
    """`policies` by id, the handbook's too where nobody has saved a default; worked out from `known` and `handbook`."""

    known: Directory
    handbook: Handbook
    policies: Mapping[str, KeptPolicy]
    names: Known
