"""Thanks are no report; anything more is."""

from __future__ import annotations

import pytest

from tocsin.core.words import is_thanks, without_mentions


@pytest.mark.parametrize(
    "text",
    [
        "@acme thanks!",
        "Thank you so much 🙏",
        "works again, thanks",
        "@acme It works now. Thank you for the quick fix!",
        "Merci",
    ],
)
def test_thanks_are_no_report(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("thanks, but it is still broken", "more than thanks"),
        ("nothing works", "a complaint"),
        ("", "nothing was said, and an unknown is treated as the worst"),
        ("is it fine now?", "a question without thanks"),
        ("thanks for nothing", "sarcasm is a report too"),
    ],
)
def test_anything_more_than_thanks_is_a_report(text: str, why: str) -> None:
    assert not is_thanks(text), why


def test_a_title_does_not_begin_with_whom_it_was_said_to() -> None:
    assert without_mentions("@acme @bob: sign-in is broken, says @carol") == "sign-in is broken, says @carol"
