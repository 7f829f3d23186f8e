"""`[source.automatic_revert]`: what it may say, what holds where it says nothing, and how each mistake is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.core.procedures.declared_reverts import OFF, AutomaticRevert
from tocsin.core.procedures.declared_text import declared_from
from tocsin.errors import Invalid

SOURCE = "[[source]]\nrepository = 'acme/site'\n"
TABLE = SOURCE + "[source.automatic_revert]\n"


def rule_of(text: str) -> AutomaticRevert:
    return declared_from(text).sources[0].automatic_revert


def test_without_the_table_nothing_is_reverted_by_itself():
    assert rule_of(SOURCE) == OFF
    assert not OFF.enabled


def test_with_no_more_than_enabled_the_limits_are_those_of_the_book():
    assert rule_of(TABLE + "enabled = true") == AutomaticRevert(
        enabled=True,
        merges=False,
        max_age=timedelta(hours=24),
        created_per_day=10,
        merged_per_day=4,
        opt_out_label="autorevert: disable",
        exempt_authors=(),
        rerun_within=timedelta(hours=1),
    )


def test_all_of_it_can_be_said():
    written = """enabled = true
merges = true
max_age = "6h"
created_per_day = 2
merged_per_day = 0
opt_out_label = "leave me"
exempt_authors = ["renovate[bot]"]
rerun_within = "20m"
"""

    assert rule_of(TABLE + written) == AutomaticRevert(
        True, True, timedelta(hours=6), 2, 0, "leave me", ("renovate[bot]",), timedelta(minutes=20)
    )


MISTAKES = [
    ("enabled = 1", "enabled: 1 is neither true nor false. Write `enabled = true`"),
    ("max_age = 24", 'max_age: 24 is no span. Write `max_age = "24h"`'),
    ("max_age = '0h'", "max_age: '0h' is no span"),
    ("created_per_day = -1", "created_per_day: -1 is no number from 0 to 1000"),
    ("merged_per_day = true", "merged_per_day: True is no number from 0 to 1000"),
    ("opt_out_label = ''", "opt_out_label: '' is no text"),
    ("exempt_authors = 'bob'", "exempt_authors: 'bob' is no list of names"),
    ("exempt_authors = ['']", "exempt_authors: [''] is no list of names"),
    ("limit = 3", "limit is not known. Known are created_per_day, enabled"),
]


@pytest.mark.parametrize(("written", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_write(written: str, told: str):
    with pytest.raises(Invalid) as why:
        declared_from(TABLE + written)

    assert f"line 3: source.automatic_revert: {told}" in str(why.value)


def test_what_is_no_table_or_not_on_github_is_told():
    with pytest.raises(Invalid, match="it is not a table"):
        declared_from(SOURCE + "automatic_revert = true")
    with pytest.raises(Invalid, match="it needs a repository on the linked GitHub"):
        declared_from(
            "[[source]]\nrepository='a/b'\nremote='https://x/y'\n[source.automatic_revert]\nenabled=true"
        )
