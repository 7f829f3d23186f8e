"""The words that go outside: they fit a post as X counts it, keep their link, and hold nothing that no database takes."""

from __future__ import annotations

import pytest
from core_cases import PLACES, TRIAL, Story
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core import texts
from tocsin.core.similar import similar_to
from tocsin.core.texts import POST_LIMIT, fitted, post_length
from tocsin.core.words import LONGEST_TITLE, needed, shortened, text_of, title_from
from tocsin.errors import Invalid


@pytest.mark.parametrize(
    ("text", "length", "why"),
    [
        ("", 0, "nothing"),
        ("Sign-in is broken", 17, "Latin letters weigh 1"),
        ("Größe", 5, "so do umlauts"),
        ("Gro\u0308ße", 5, "spelled in two signs they are one"),
        ("日本語", 6, "signs of Han weigh 2"),
        ("“quoted” – ’tis", 15, "quotation marks and dashes weigh 1"),
        ("5′ late", 7, "primes weigh 1"),
        ("a\u200eb", 4, "a mark of direction weighs 2"),
        ("wait…", 6, "an ellipsis weighs 2"),
        ("🔥", 2, "an emoji weighs 2"),
        ("https://a.b", 23, "a short link weighs 23"),
        ("https://acme.example/" + "x" * 300, 23, "a long one too"),
        ("see https://a.b/c, and http://d.e.", 4 + 23 + 6 + 23 + 1, "what follows a link is none of it"),
        ("https://a.b/日本", 23 + 4, "a sign that no link has ends it"),
        ("acme.com is down", 23 + 8, "X makes a link of a bare name too"),
        ("Updates: {issue}", 9 + 23, "the link to the issue will stand there"),
        ("@jane a.b", 9, "no name of a host"),
    ],
)
def test_a_post_is_as_long_as_x_counts_it(text: str, length: int, why: str) -> None:
    assert post_length(text) == length, why


WORDS = st.text(max_size=400) | st.text("ab .…日🔥", max_size=400) | st.lists(
    st.sampled_from(["sign-in", " ", "https://a.b/c", "acme.com", "…", "日本", "{issue}", "\n"]), max_size=120
).map("".join)  # fmt: skip


@given(WORDS)
def test_what_is_fitted_always_fits(text: str) -> None:
    assert post_length(fitted(text)) <= POST_LIMIT


@given(WORDS, st.sampled_from(["https://github.com/acme/website/issues/7", "{issue}"]))
def test_what_is_fitted_keeps_its_last_link_whole(text: str, link: str) -> None:
    assert fitted(f"{text} {link}").endswith(link)


@given(WORDS)
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert fitted(text) == text or post_length(text) > POST_LIMIT


def test_a_cut_shows_as_an_ellipsis_before_the_link() -> None:
    assert fitted("x" * 300 + " https://a.b/c").endswith("x… https://a.b/c")


def test_braces_in_a_reporters_words_are_filled_in_with_nothing() -> None:
    story = Story().begin(title="{organisation} shows {status_page}")

    answer = texts.answer(story.incident, TRIAL, PLACES.status("t"))

    assert answer == ("Thanks, we are on {organisation} shows {status_page}. https://tocsin.example/status/t")


def test_the_owners_own_public_words_say_how_it_ended() -> None:
    story = Story().begin().say(1, f.Resolved("restarted db7", "graphs", "Sign-in works."))

    assert texts.ending(story.incident, TRIAL, story.incident.reports[0], "S") == "Resolved: Sign-in works. S"
    assert "db7" not in texts.issue_closing(story.incident, TRIAL)


def test_without_public_words_of_the_owner_the_handbooks_say_it() -> None:
    story = Story().begin().say(1, f.Resolved("restarted db7", "graphs"))

    assert texts.issue_closing(story.incident, TRIAL) == "Resolved: It works again."


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_text_is_made_fit_to_be_kept(raw: str) -> None:
    text = text_of(raw, field="text")

    assert "\x00" not in text
    assert text == text.strip()
    assert text.encode().decode() == text


def test_a_text_that_is_too_long_is_refused_with_its_name_and_both_lengths() -> None:
    with pytest.raises(Invalid, match="text has 100,001 characters; at most 100,000 are taken") as caught:
        text_of("x" * 100_001, field="text")

    assert caught.value.field == "text"


@pytest.mark.parametrize("raw", ["", "  \n", "\x00", " \x00 "])
def test_words_that_are_needed_are_missed_by_name(raw: str) -> None:
    with pytest.raises(Invalid, match="reason is missing: say why"):
        needed(raw, field="reason", why="say why")


@given(st.text(max_size=400))
def test_any_text_gives_a_title(text: str) -> None:
    title = title_from(text)

    assert title.strip()
    assert len(title) <= LONGEST_TITLE
    assert len(title.splitlines()) == 1


def test_a_title_is_the_first_line_that_says_something_cut_at_a_word() -> None:
    assert title_from("\n  \nSign-in fails\nsince nine") == "Sign-in fails"
    assert shortened("sign-in is broken", 12) == "sign-in is…"


@pytest.mark.parametrize(
    ("text", "refs", "why"),
    [
        ("sign-in is broken", ("INC-2",), "the same telling word"),
        ("SIGN IN fails for me, the signin page errors", ("INC-2",), "however it is spelled"),
        ("the search is slow", ("INC-3",), "one word of two"),
        ("it is down, please help", (), "words that every report has tell nothing"),
        ("", (), "nothing was said"),
        ("the kitchen has no coffee", (), "something else"),
    ],
)
def test_open_incidents_that_may_be_the_same_are_found(text: str, refs: tuple[str, ...], why: str) -> None:
    known = [
        ("INC-3", "Search is slow"),
        ("INC-2", "Sign-in page is broken"),
        ("INC-1", "(nothing was said)"),
    ]

    assert similar_to(text, known)[:1] == refs[:1], why


@given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=5), st.text(max_size=80)), max_size=9))
def test_at_most_three_are_offered_and_none_that_does_not_exist(
    text: str, known: list[tuple[str, str]]
) -> None:
    found = similar_to(text, known)

    assert len(found) <= 3
    assert set(found) <= {ref for ref, _ in known}


@pytest.mark.parametrize("sign", ["-", "a-", "y", " y", " http://a"])
def test_a_post_is_cut_without_weighing_it_at_each_sign(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[str] = []
    length = texts.post_length

    def counted(text: str) -> int:
        weighed.append(text)
        return length(text)

    monkeypatch.setattr(texts, "post_length", counted)
    cut = texts.fitted(sign * (20_000 // len(sign)) + " https://acme.example/1")
    assert length(cut) <= texts.POST_LIMIT
    assert cut.endswith("… https://acme.example/1")
    assert len(weighed) < 60
