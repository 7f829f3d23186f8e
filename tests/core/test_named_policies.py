"""A handbook names escalation policies for kinds, severities and teams; its own steps are for the rest."""

from __future__ import annotations

import pytest
from core_cases import TRIAL_TEXT

from tocsin.core.handbook_page import page
from tocsin.core.handbook_text import read_handbook
from tocsin.core.toml_reader import BadHandbook

ROWS = """
[[escalation]]
policy = "breach"
kinds = ["security"]
severities = ["high"]

[[escalation]]
policy = "payments"
teams = ["pay"]

[[escalation]]
policy = "calm"
severities = ["low"]
"""


def named(kind: str, severity: str, *teams: str, rows: str = ROWS) -> str:
    return read_handbook(TRIAL_TEXT + rows).policy_named(kind, severity, teams)


@pytest.mark.parametrize(
    ("kind", "severity", "teams", "policy"),
    [
        ("security", "high", (), "breach"),
        ("security", "moderate", (), ""),
        ("service", "high", ("pay", "web"), "payments"),
        ("service", "high", ("web",), ""),
        ("service", "low", (), "calm"),
        ("service", "low", ("pay",), "payments"),
    ],
    ids=[
        "kind and severity",
        "another severity",
        "a team",
        "another team",
        "severity",
        "the first that fits",
    ],
)
def test_the_first_row_that_fits_names_it(
    kind: str, severity: str, teams: tuple[str, ...], policy: str
) -> None:
    assert named(kind, severity, *teams) == policy


def test_steps_of_the_kinds_own_go_before_a_policy_for_every_kind() -> None:
    own = '\n[[escalation]]\nkinds = ["security"]\nto = ["team:sec"]\nwait = "5m"\n'

    assert named("security", "low", rows=ROWS + own) == ""
    assert named("security", "high", rows=ROWS + own) == "breach"


def test_the_page_that_people_read_says_which() -> None:
    said = page(read_handbook(TRIAL_TEXT + ROWS))

    assert "- The policy `breach` for security of severity high." in said
    assert "- The policy `payments` for every kind without steps of its own of which pay knew first." in said


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('policy = "Not so"', "is no name of a policy"),
        ('policy = "x"\nto = ["on-call"]', "to"),
        ('policy = "x"\nkinds = ["none"]', "none"),
        ('policy = "x"\nseverities = ["worse"]', "worse"),
    ],
    ids=["no id", "steps beside it", "an unknown kind", "an unknown severity"],
)
def test_a_row_that_can_t_be_is_refused_by_name(row: str, words: str) -> None:
    with pytest.raises(BadHandbook, match=words):
        read_handbook(f"{TRIAL_TEXT}\n[[escalation]]\n{row}\n")
