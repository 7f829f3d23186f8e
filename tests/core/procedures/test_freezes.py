"""What the files of updaters become when they are switched off: one line changes, and it can be told by reading it again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.procedures.declared import FILE, RENOVATE, Updater
from tocsin.core.procedures.freezes import FREEZES, bytes_of, text_of
from tocsin.errors import Invalid

OURS = Updater(RENOVATE, "renovate.json")
RENOVATES = FREEZES[RENOVATE]
ANY_FILE = FREEZES[FILE]

KEPT = [
    ("nothing in it", "{}", '{"enabled": false}'),
    ("two spaces", '{\n  "a": 1\n}\n', '{\n  "enabled": false,\n  "a": 1\n}\n'),
    ("tabs and CRLF", "{\r\n\ta: 1,\r\n}", '{\r\n\t"enabled": false,\r\n\ta: 1,\r\n}'),
    ("in one line", '{"a": 1}', '{"enabled": false, "a": 1}'),
    ("comments", "{ // why\n  // more\n  a: 1 }", '{\n  "enabled": false, // why\n  // more\n  a: 1 }'),
    ("it says that it is on", '{"enabled": true, "a": 1}', '{"enabled": false, "a": 1}'),
    ("only within a rule", '{"p": [{"enabled": true}]}', '{"enabled": false, "p": [{"enabled": true}]}'),
    ("a key in single quotes", "{'enabled': true}", "{'enabled': false}"),
    ("a key without quotes", "{enabled: true,}", "{enabled: false,}"),
    ("said twice", '{"enabled": false, "enabled": true}', '{"enabled": false, "enabled": false}'),
    (
        "braces in texts and comments",
        '{/* } */ a: \'}\', b: "{\\""}',
        '{"enabled": false, /* } */ a: \'}\', b: "{\\""}',
    ),
    ("a byte order mark", '\ufeff{"a": 1}', '\ufeff{"enabled": false, "a": 1}'),
]


@pytest.mark.parametrize(("why", "text", "off"), KEPT, ids=[why for why, _, _ in KEPT])
def test_renovate_is_switched_off_and_all_else_is_kept(why: str, text: str, off: str) -> None:
    assert not RENOVATES.is_off(OURS, text)
    assert RENOVATES.frozen(OURS, text) == off
    assert RENOVATES.is_off(OURS, off)


def test_renovate_that_is_off_stays_as_it_is() -> None:
    text = "{ enabled : false }"

    assert RENOVATES.is_off(OURS, text)
    assert RENOVATES.frozen(OURS, text) == text


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a"}', '{"a": }', '{"a": 1} x', '{"a": [}', '{"a": 1 "b": 2}', "{'a: 1}"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        RENOVATES.frozen(OURS, text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text() | st.just("enabled"), VALUES, max_size=5), st.sampled_from([None, 2, "\t"]))
def test_any_json_means_the_same_but_for_enabled(before: dict[str, object], indent: int | str | None) -> None:
    text = json.dumps(before, indent=indent)

    off = RENOVATES.frozen(OURS, text)

    assert json.loads(off) == {**before, "enabled": False}


def test_a_file_is_frozen_by_a_pattern() -> None:
    updater = Updater(
        FILE, "auto.yml", match=r"^auto: .*$", replace="auto: off  # frozen", off=r"^auto: off\b"
    )
    text = "a: 1\nauto: on\nb: 2\n"

    off = ANY_FILE.frozen(updater, text)

    assert off == "a: 1\nauto: off  # frozen\nb: 2\n"
    assert ANY_FILE.is_off(updater, off)
    assert not ANY_FILE.is_off(updater, text)


def test_a_file_is_frozen_by_other_contents() -> None:
    updater = Updater(FILE, "auto.yml", contents="auto: off\n", off="^auto: off$")

    assert ANY_FILE.frozen(updater, "whatever") == "auto: off\n"


def test_a_pattern_that_finds_nothing_is_refused() -> None:
    updater = Updater(FILE, "auto.yml", match="^auto: on$", replace="auto: off", off="^auto: off$")

    with pytest.raises(Invalid, match="finds nothing"):
        ANY_FILE.frozen(updater, "a: 1\n")


def test_a_change_that_does_not_switch_it_off_is_refused() -> None:
    updater = Updater(FILE, "auto.yml", match="on", replace="maybe", off="off")

    with pytest.raises(Invalid, match="does not find that it is off"):
        ANY_FILE.frozen(updater, "auto: on\n")


def test_bytes_that_are_no_text_come_through_unchanged() -> None:
    raw = b"\xff\xfe auto \x80\r\n"

    assert bytes_of(text_of(raw)) == raw
