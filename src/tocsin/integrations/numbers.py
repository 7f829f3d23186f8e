"""Phone numbers as people type them and as providers take them (E.164), and which of our own numbers writes to which of theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from tocsin.core.channel import Field
from tocsin.errors import Invalid

NUMBER: Final = Field(
    "number",
    "Phone number",
    help="With + and the code of the country.",
    example="+49 151 12345678",
)
TYPED: Final = re.compile(r"\+?[\d\s()/.-]*", re.ASCII)
WRONG_LENGTH: Final[Mapping[int, str]] = {
    ValidationResult.TOO_SHORT: "it is too short",
    ValidationResult.TOO_LONG: "it is too long",
    ValidationResult.INVALID_LENGTH: "no number of that country has this length",
    ValidationResult.INVALID_COUNTRY_CODE: "there is no country with this code",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area's code is missing",
}


def number_from(given: Mapping[str, str]) -> str:
    """The number that was typed, as E.164 (+4915112345678). Invalid, by the field, where it is none that we may call.

    New ranges come up all the time, so what counts is the shape; whether anybody has it the code shows that is sent there.
    """
    typed = given.get(NUMBER.id, "").strip()
    if not typed:
        raise _invalid("Write the phone number, such as +49 151 12345678")
    if not typed.startswith(("+", "00")):
        raise _invalid(f"{typed} has no country: begin with + and its code, such as +49 151 12345678")
    if not TYPED.fullmatch(typed):
        # The library reads letters as keys of a phone, and leaves out what follows: somebody else's number.
        raise _invalid(f"{typed} is no phone number: it has other signs than digits")
    try:
        number = phonenumbers.parse("+" + typed.removeprefix("00").lstrip("+"), None)
    except NumberParseException as why:
        raise _invalid(f"{typed} is no phone number: {_words(why, typed)}") from why
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        raise _invalid(f"{typed} is no phone number: {WRONG_LENGTH[length]}")
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        raise _invalid(f"{typed} is charged extra: Tocsin calls no such numbers")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_number(number: str) -> str:
    """Enough of a number for its owner to know it: the country and the last two digits."""
    try:
        country = f"+{phonenumbers.parse(number, None).country_code}"
    except NumberParseException:
        country = number[:2]
    return f"{country} … {number[-2:]}"


@dataclass(frozen=True, slots=True)
class Senders:
    """Our own numbers (or names), by how the numbers begin to which they write; "" stands for all others."""

    by_prefix: Mapping[str, str]

    @property
    def many(self) -> int:
        return len(set(self.by_prefix.values()))

    def to(self, number: str) -> str:
        """The one that writes to that number, of the longest beginning that fits; "" where there is none."""
        fitting = [prefix for prefix in self.by_prefix if number.startswith(prefix)]
        return self.by_prefix[max(fitting, key=len)] if fitting else ""


def senders_from(text: str) -> Senders:
    """What a setting such as `+15550100, +49=+4930123456` says."""
    pairs = (one.strip() for one in re.split(r"[,\n]", text))
    parted = (one.rpartition("=") for one in pairs if one)
    return Senders({prefix.strip(): sender.strip() for prefix, _, sender in parted})


def _words(why: NumberParseException, typed: str) -> str:
    if why.error_type == NumberParseException.NOT_A_NUMBER:
        return "it is too short"
    return {
        NumberParseException.INVALID_COUNTRY_CODE: "there is no country with this code",
        NumberParseException.TOO_SHORT_NSN: "it is too short",
        NumberParseException.TOO_SHORT_AFTER_IDD: "it is too short",
        NumberParseException.TOO_LONG: "it is too long",
    }.get(why.error_type, "it has other signs than digits")


def _invalid(words: str) -> Invalid:
    return Invalid(words, field=NUMBER.id)
