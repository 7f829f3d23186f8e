"""What pages are made of: words for facts, Markdown, links, spans, and the ops log as files. No database."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import get_origin, get_type_hints

import pytest

from tocsin.core import facts as f
from tocsin.core import ops_log
from tocsin.core.fact_words import WORDS, WORKS, Teller, words
from tocsin.core.facts import KINDS, Fact
from tocsin.core.folding import fold
from tocsin.core.people import Person, Roster
from tocsin.core.toml_reader import BadHandbook
from tocsin.core.work import OF_HOUSE, OF_INBOX, URGENCY
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import Form, web_link
from tocsin.doors.web.markdown import html_of
from tocsin.doors.web.rendering import due, evidence, linked, when
from tocsin.doors.web.visit import local_path
from tocsin.errors import Conflict, Invalid, NotFound, TocsinError

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SAMPLES = {
    str: "bob",
    int: 1,
    bool: True,
    datetime: NOON,
    timedelta: timedelta(minutes=5),
    tuple[str, ...]: ("bob",),
}


def sample(kind: type[f.What]) -> f.What:
    """A fact of that kind, with something in every field."""
    hints = get_type_hints(kind)
    empty = {one.name: {} if get_origin(hints[one.name]) is dict else () for one in fields(kind)}  # type: ignore[arg-type]
    values = {name: SAMPLES.get(hints[name], nothing) for name, nothing in empty.items()}  # type: ignore[call-overload]
    return kind(**values)


def teller() -> Teller:
    incident = fold([Fact(1, NOON, "bob", "web", f.Declared("INC-1", "t", "service", "high", "h"))])
    return Teller(incident, Roster({"bob": Person("bob", "Bob Baker")}), {"bob": "A duty"})


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_fact_has_words(name: str) -> None:
    said = words(Fact(2, NOON, "bob", "web", sample(KINDS[name])), teller())

    assert set(WORDS) == set(KINDS.values())
    assert said.line
    assert "None" not in said.line


def test_a_fact_names_people_as_they_are_called_and_duties_by_their_title() -> None:
    said = words(Fact(2, NOON, "bob", "web", f.DutyWaived("bob", "a fire drill")), teller())

    assert said.line == "Bob Baker waived “A duty”"
    assert said.quotes == (("Reason", "a fire drill"),)


def test_everything_that_can_wait_to_go_out_has_words() -> None:
    assert set(WORKS) == set(URGENCY) - OF_INBOX - OF_HOUSE, "the rest is no part of an incident"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("x"), 422),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (BadHandbook([]), 422),
        (TocsinError("x"), 500),
    ],
)
def test_an_error_and_its_special_kinds_have_a_status(error: TocsinError, status: int) -> None:
    assert status_of(error) == status


def test_the_handbooks_markdown_becomes_lists_of_two_levels_with_marks() -> None:
    html = html_of(
        "# Incidents\n\n- **Own it.** Say _so_.\n  - Owed by `bob`.\n\n- Next\n\n1. first\n2. second"
    )

    assert html == (
        "<h1>Incidents</h1>\n<ul><li><strong>Own it.</strong> Say <em>so</em>.<ul><li>Owed by <code>bob</code>.</li></ul></li>"
        "<li>Next</li></ul>\n<ol><li>first</li><li>second</li></ol>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        '[a](https://x" onclick="alert(1))',
        "- <img src=x onerror=alert(1)>",
        "# <b>",
    ],
)
def test_a_handbook_can_bring_no_html_of_its_own(text: str) -> None:
    html = html_of(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert 'javascript:alert(1)"' not in html
    assert '" onclick="' not in html


def test_a_handbooks_own_names_in_code_keep_their_underscores() -> None:
    assert (
        html_of("page `ops_team` and the_other_team")
        == "<p>page <code>ops_team</code> and the_other_team</p>"
    )


def test_evidence_in_the_timeline_leads_to_its_entry() -> None:
    assert evidence("#7") == '<a href="#fact-7">entry 7</a>'


def test_only_web_links_can_be_followed_and_all_else_is_text() -> None:
    html = linked('see https://a.example/?q=1&b. or javascript:alert(1) or <a href="https://b.example">')

    assert '<a href="https://a.example/?q=1&amp;b" rel="noopener noreferrer">' in html
    assert '<a href="javascript' not in html
    assert '&lt;a href=&#34;<a href="https://b.example"' in html
    assert web_link("javascript:alert(1)") == web_link("https://a b") == ""


def test_times_are_passed_in_utc_for_the_viewers_own_zone() -> None:
    assert when(NOON) == '<time datetime="2026-03-02T12:00:00+00:00">2 Mar 2026, 12:00 UTC</time>'
    assert "data-due" in due(NOON)
    assert when(None) == "–"


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\\b", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_a_span_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="'soon' is no span") as refused:
        Form({"next_in": ["soon"]}).span("next_in")

    assert refused.value.field == "next_in"


@dataclass(frozen=True)
class Entry:
    """An entry of the ops log with what people write, and worse."""

    ref: str = "INC-1"
    title: str = "=HYPERLINK(1)"
    kind: str = "service"
    owner: str = "alice"
    started_at: datetime = NOON
    ended_at: datetime | None = None
    written_at: datetime = NOON
    written_by: str = "alice"
    impact: str = "<img src=x> **all** of them\n# nobody"
    detection: str = " +1"
    cause: str = 'said "no", twice'
    resolution: str = "plain"
    links: tuple[str, ...] = ("https://a.example/1", "javascript:alert(1)")


def test_the_ops_log_in_csv_holds_nothing_that_a_spreadsheet_runs() -> None:
    header, row = csv.reader(io.StringIO(ops_log.csv_text([Entry()])))

    entry = dict(zip(header, row, strict=True))
    assert entry["title"] == "'=HYPERLINK(1)"
    assert entry["detection"] == "' +1"
    assert entry["cause"] == 'said "no", twice'
    assert entry["started_at"] == "2026-03-02T12:00:00+00:00"
    assert entry["ended_at"] == ""


def test_the_ops_log_in_markdown_shows_what_people_wrote_as_they_wrote_it() -> None:
    text = ops_log.markdown([Entry()])

    assert "<img" not in text
    assert "\\*\\*all\\*\\* of them \\# nobody" in text
    assert "- <https://a.example/1>" in text
    assert "- javascript:alert" in text
    assert text.startswith("# Ops log\n\n## INC-1: =HYPERLINK")


def test_an_empty_ops_log_is_a_heading_and_a_header() -> None:
    assert ops_log.markdown([]) == "# Ops log\n"
    assert ops_log.csv_text([]).startswith("ref,title,")
