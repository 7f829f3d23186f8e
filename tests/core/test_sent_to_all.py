"""What is sent where everybody reads it is named twice, for duties and for works: both say the same."""

from __future__ import annotations

from tocsin.core import work as w
from tocsin.core.handbook import SENT_TO_ALL
from tocsin.core.plan import SENT_FOR


def test_a_duty_is_known_as_public_where_its_work_is() -> None:
    assert {does for does, work in SENT_FOR.items() if work in w.PUBLIC} == set(SENT_TO_ALL)
