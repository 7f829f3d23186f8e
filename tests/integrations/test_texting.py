"""What a text message says within its pieces, and what replies mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.core.channel import ACKNOWLEDGE, CODE, PAGED, RESOLVE, TOLD, Message
from tocsin.integrations.texting import answer_in, is_for_the_network, segments, sms_text

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOW = " Reply 4 to acknowledge, 6 to resolve (k3f9ab)"


def message(short: str, purpose: str = PAGED, **more: str) -> Message:
    fields = {"ticket": "k3f9ab", "link": "https://t.example/i/INC-7", **more}
    return Message("k1", purpose, "bob", "+1", "subject", "text", short, NOW, **fields)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("x" * 152 + "€" * 77, 3),  # No euro sign is parted: the first piece keeps a place free.
        ("x" * 153 + "€" * 76, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("🔥" * 35, 1),
        ("🔥" * 67, 3),  # 33 in each piece of 67 places.
    ],
)
def test_segments_are_counted_as_phones_send_them(text: str, count: int) -> None:
    assert segments(text) == count


def test_a_page_says_how_to_answer_it() -> None:
    assert sms_text(message("INC-7 is paged."), answered=True) == f"INC-7 is paged.{HOW}"


@pytest.mark.parametrize("sign", ["x", "ж", "🔥", "é ", "€", "“"])
def test_however_long_it_is_two_pieces_hold_it_with_all_of_its_ending(sign: str) -> None:
    text = sms_text(message(sign * 300), answered=True)
    assert segments(text) == 2
    assert text.endswith(HOW)
    assert len(text) > 60


def test_typography_does_not_halve_the_room() -> None:
    text = sms_text(message("“Sign-in’s broken” – now…"), answered=True)
    assert text.startswith('"Sign-in\'s broken" - now...')


def test_without_replies_the_link_answers() -> None:
    with_link = message("INC-7 is paged.", answer_link="https://t.example/ack/1")
    assert sms_text(with_link, answered=False) == "INC-7 is paged. https://t.example/ack/1"
    assert sms_text(message("INC-7."), answered=False) == "INC-7. https://t.example/i/INC-7"


def test_a_code_and_what_is_only_told_have_no_ending() -> None:
    assert sms_text(message("123456 is your code.", CODE), answered=True) == "123456 is your code."
    assert sms_text(message("It is over.", TOLD, ticket=""), answered=True) == "It is over."


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4", (ACKNOWLEDGE, "")),
        (" 6 ", (RESOLVE, "")),
        ("4.", (ACKNOWLEDGE, "")),
        ("4 k3f9ab", (ACKNOWLEDGE, "k3f9ab")),
        ("4 (K3F9AB)", (ACKNOWLEDGE, "k3f9ab")),
        ("k3f9ab 6", (RESOLVE, "k3f9ab")),
        ("Ack", (ACKNOWLEDGE, "")),
        ("resolved k3f9ab", (RESOLVE, "k3f9ab")),
        ("4 thanks", (ACKNOWLEDGE, "")),
        ("4 on my way", (ACKNOWLEDGE, "")),
        ("5", None),
        ("46", None),
        ("I am back at 4", None),
        ("", None),
    ],
)
def test_a_reply_means_what_it_says_first(text: str, meant: tuple[str, str] | None) -> None:
    assert answer_in(text) == meant


def test_stop_and_its_like_are_for_the_network() -> None:
    assert [is_for_the_network(one) for one in ("STOP", " Stop. ", "4", "stop it")] == [
        True,
        True,
        False,
        False,
    ]
