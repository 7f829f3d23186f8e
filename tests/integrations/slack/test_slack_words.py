"""The grammar of commands, and Slack's spelling of a text. No network, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.people import Person, Roster
from tocsin.integrations.slack import blocks
from tocsin.integrations.slack.commands import COMMANDS, names_an_incident
from tocsin.integrations.slack.grammar import (
    first_word,
    leading_ref,
    span,
    span_at_end,
    thread_in,
)

ROSTER = Roster(
    {"bob": Person("bob", "Bob Okafor", slack_id="U0BOB"), "carol": Person("carol", "Carol Díaz")}
)
MINUTES_20 = timedelta(minutes=20)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("own INC-3", ("own", "INC-3")),
        ("  Update  all well ", ("update", "all well")),
        ("update:\nall well", ("update", "all well")),
        ("I'm on it!", ("own", "")),
        ("I’m on it", ("own", "")),
        ("I  am on it !", ("own", "")),
        ("on it", ("own", "")),
        ("on it lies a shadow", ("on", "it lies a shadow")),
        ("", ("", "")),
    ],
)
def test_the_first_word_is_the_command(text: str, read: tuple[str, str]) -> None:
    assert first_word(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("INC-12 all well", ("INC-12", "all well")),
        ("inc-12: all well", ("INC-12", "all well")),
        ("all well INC-12", ("", "all well INC-12")),
        ("INC-12", ("INC-12", "")),
    ],
)
def test_an_incident_is_named_at_the_beginning(text: str, read: tuple[str, str]) -> None:
    assert leading_ref(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rolling back in 20m", ("rolling back", MINUTES_20)),
        ("rolling back in 20 minutes", ("rolling back", MINUTES_20)),
        ("rolling back next in 1h", ("rolling back", timedelta(hours=1))),
        ("rolling back, next in 20m", ("rolling back", MINUTES_20)),
        ("rolling back; in 20m", ("rolling back", MINUTES_20)),
        ("rolling back – next in 20m", ("rolling back", MINUTES_20)),
        ("rolled back. Next in 20m", ("rolled back.", MINUTES_20)),
        ("broken in 3 regions", ("broken in 3 regions", None)),
        ("broken in 20 markets", ("broken in 20 markets", None)),
        ("rolling back", ("rolling back", None)),
    ],
)
def test_the_next_update_is_promised_at_the_end(text: str, read: tuple[str, timedelta | None]) -> None:
    assert span_at_end(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20m", MINUTES_20),
        ("in 20 min", MINUTES_20),
        ("1 h", timedelta(hours=1)),
        ("soon", None),
        ("20", None),
    ],
)
def test_a_span_stands_alone_in_a_form(text: str, read: timedelta | None) -> None:
    assert span(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "see https://acme.slack.com/archives/C012345678/p1772442000000100",
            ("C012345678", "1772442000.000100"),
        ),
        (
            "https://acme.slack.com/archives/C012345678/p1772442099000200?thread_ts=1772442000.000100&cid=C012345678",
            ("C012345678", "1772442000.000100"),
        ),
        ("see https://acme.example/C012345678", None),
        ("nothing", None),
    ],
)
def test_a_link_to_a_thread_is_read(text: str, read: tuple[str, str] | None) -> None:
    assert thread_in(text) == read


def test_a_command_elsewhere_counts_only_when_it_names_its_incident() -> None:
    assert names_an_incident("update INC-3 all well")
    assert not names_an_incident("update failed on prod")


def test_every_command_has_one_word_and_a_line_of_help() -> None:
    words = [command.word for command in COMMANDS]

    assert len(words) == len(set(words))
    assert all(command.help and command.usage.startswith(command.word) for command in COMMANDS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{@bob} & {@carol} & {@nobody}", "<@U0BOB> &amp; Carol Díaz &amp; nobody"),
        ("*Next steps*\n> a <b>\n> c > d", "*Next steps*\n> a &lt;b&gt;\n> c &gt; d"),
        ("<!channel>", "&lt;!channel&gt;"),
    ],
)
def test_neutral_marks_become_slacks_and_what_people_wrote_is_escaped(text: str, shown: str) -> None:
    assert blocks.worded(text, ROSTER) == shown


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<@U0BOB> and <@U0X|xeni> see <#C01|general>", "@bob and @xeni see #general"),
        ("<https://a.example/?a=1&amp;region=2|a.example>", "https://a.example/?a=1&region=2"),
        ("<https://a.example|the status>", "the status (https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!here> &lt;b&gt; a &amp;amp; <everyone>", "@here <b> a &amp; <everyone>"),
        ("<!date^1772442000^{time}|09:00>", "09:00"),
    ],
)
def test_what_people_write_in_slack_is_read_as_plain_text(text: str, read: str) -> None:
    assert blocks.plain(text, ROSTER) == read


def test_a_long_text_is_cut_to_what_slack_takes_and_links_to_the_rest() -> None:
    cut = blocks.fitted("a < b & c " * 1000, ROSTER, "https://tocsin.example/incidents/INC-1#fact-3")

    assert len(cut) <= 3000
    assert cut.endswith("<https://tocsin.example/incidents/INC-1#fact-3|Read on>")


def test_an_instant_shows_in_the_readers_zone_and_else_in_utc() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    assert blocks.date(now, now) == "<!date^1772442000^{time}|09:00 UTC>"
    assert blocks.date(now - timedelta(days=1), now).endswith("|01 Mar 09:00 UTC>")
