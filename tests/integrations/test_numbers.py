"""Numbers that people type, and which of ours reaches them."""

from __future__ import annotations

import pytest

from tocsin.errors import Invalid
from tocsin.integrations.numbers import number_from, senders_from, shown_number

BOB = "+4915112345678"


@pytest.mark.parametrize(
    "typed", ["+49 151 12345678", "+49 (0)151 / 12345678", "004915112345678", " +49-151-12345678 "]
)
def test_a_number_is_taken_as_people_write_it(typed: str) -> None:
    assert number_from({"number": typed}) == BOB


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Write the phone number"),
        ("0151 12345678", "0151 12345678 has no country: begin with + and its code"),
        ("+999 123456", "+999 123456 is no phone number: there is no country with this code"),
        ("+49 1", "+49 1 is no phone number: it is too short"),
        ("+49", "+49 is no phone number: it is too short"),
        ("+1 202 555 01431234", "+1 202 555 01431234 is no phone number: it is too long"),
        ("+49 151 ABCDEFGH", "+49 151 ABCDEFGH is no phone number: it has other signs than digits"),
        ("+4915112345678x", "+4915112345678x is no phone number: it has other signs than digits"),
        ("+nobody", "+nobody is no phone number: it has other signs than digits"),
        ("+1 900 555 1234", "+1 900 555 1234 is charged extra: Tocsin calls no such numbers"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(typed: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        number_from({"number": typed})
    assert refused.value.message.startswith(why)
    assert refused.value.field == "number"


def test_a_number_is_shown_by_its_country_and_its_end() -> None:
    assert shown_number(BOB) == "+49 … 78"


def test_the_longest_beginning_that_fits_says_who_writes() -> None:
    senders = senders_from("+12025550143, +44=+447400123456, +447=ACME")
    assert [senders.to(one) for one in ("+447400000000", "+441632960001", BOB)] == [
        "ACME",
        "+447400123456",
        "+12025550143",
    ]
    assert senders_from("+44=ACME").to(BOB) == ""
