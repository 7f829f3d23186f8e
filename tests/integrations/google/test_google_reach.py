"""What goes out to Google Docs, against the Google of the town over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.work import LOG_APPEND, Delivered, Desk, Later, Refused, Work
from tocsin.errors import Invalid
from tocsin.integrations.google import GoogleLink, connect, document_at
from tocsin.integrations.google.client import DocsClient, Document
from tocsin.integrations.google.reach import GoogleReach
from tocsin.settings import Settings, read_settings
from tocsin.town import Town
from town.specs import check_google_docs

MakeDesk = Callable[..., Desk]
WRITTEN = f.OpsLogWritten(
    "Nobody could sign in", "A report on X", "The session store was full", "Rolled back"
)
RESOLVED = f.Resolved("rolled back", "sign-in works")
APPEND = Work(LOG_APPEND, "INC-7/doc", "INC-7/log/3", payload={"fact": "3"})
WRITE = "POST /v1/documents/*"


@pytest.fixture
def reach(link: GoogleLink) -> GoogleReach:
    assert isinstance(link.reach, GoogleReach)
    return link.reach


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk(RESOLVED, WRITTEN)


async def test_the_entry_stands_at_the_end_of_the_document(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    town.google.type(document, "INC-6: older")

    outcome = await reach.carry_out(APPEND, desk, 1)

    assert isinstance(outcome, Delivered)
    evidence = outcome.evidence
    assert evidence["url"] == town.google.link(document)
    assert evidence["document"] == document
    assert town.google.text(document) == f"INC-6: older\n\n{evidence['text']}\n"
    assert evidence["text"].splitlines() == [
        "INC-7: Sign-in is broken",
        "2026-03-02 08:59 UTC to 2026-03-02 08:59 UTC, service, high, owned by nobody",
        "Impact: Nobody could sign in",
        "Detection: A report on X",
        "Cause: The session store was full",
        "Resolution: Rolled back",
        "Written by tocsin, 2026-03-02 08:59 UTC: https://tocsin.acme.example/incidents/INC-7#fact-3",
        evidence["marker"],
    ]
    assert evidence["marker"].startswith("[INC-7 ")


async def test_an_empty_document_begins_with_the_entry(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    await reach.carry_out(APPEND, desk, 1)

    assert town.google.text(document).startswith("INC-7: Sign-in is broken\n")


async def test_every_call_and_its_answer_fit_google_s_own_description(
    town: Town, reach: GoogleReach, desk: Desk
) -> None:
    await reach.carry_out(APPEND, desk, 1)
    await reach.carry_out(APPEND, desk, 2)

    calls = [call for call in town.requests if call.path != "/google/token"]
    assert [call.method for call in calls] == ["GET", "POST", "GET"]
    for call in calls:
        check_google_docs(call)


async def test_one_token_serves_for_an_hour(
    town: Town, reach: GoogleReach, make_desk: MakeDesk, clock: HandClock
) -> None:
    await reach.carry_out(APPEND, make_desk(RESOLVED, WRITTEN), 1)
    await reach.carry_out(APPEND, make_desk(RESOLVED, WRITTEN), 2)
    within = len([call for call in town.requests if call.path == "/google/token"])
    clock.advance(timedelta(hours=1))
    outcome = await reach.carry_out(APPEND, make_desk(RESOLVED, WRITTEN), 2)

    assert within == 1
    assert isinstance(outcome, Delivered)
    assert len([call for call in town.requests if call.path == "/google/token"]) == 2


async def test_a_token_that_was_revoked_is_replaced_at_once(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    await reach.carry_out(APPEND, desk, 1)
    town.google.forget_tokens()

    outcome = await reach.carry_out(APPEND, desk, 2)

    assert isinstance(outcome, Delivered)
    assert len(town.as_json()["google_docs"][0]["entries"]) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "500", "503", "429"])
async def test_whatever_goes_wrong_the_entry_stands_there_once(
    town: Town, reach: GoogleReach, desk: Desk, kind: str
) -> None:
    town.faults.add("google", WRITE, kind)

    first = await reach.carry_out(APPEND, desk, 1)
    second = await reach.carry_out(APPEND, desk, 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert town.as_json()["google_docs"][0]["entries"] == [second.evidence["text"]]


class Disturbed(DocsClient):
    """Somebody does something between our look at the document and our write."""

    def __init__(self, client: DocsClient, meanwhile: Callable[[], None]) -> None:
        super().__init__(client._outside, client._account, client.document)
        self._meanwhile: list[Callable[[], None]] = [meanwhile]

    async def read(self, now: datetime) -> Document:
        document = await super().read(now)
        while self._meanwhile:
            self._meanwhile.pop()()
        return document


async def test_who_writes_at_the_same_moment_is_not_written_over(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    disturbed = GoogleReach(Disturbed(reach._client, lambda: town.google.type(document, "Bob was here")), "")

    first = await disturbed.carry_out(APPEND, desk, 1)
    second = await disturbed.carry_out(APPEND, desk, 2)

    assert first == Later("somebody else wrote in the document at the same moment", timedelta(seconds=2))
    assert isinstance(second, Delivered)
    assert town.google.text(document).startswith("Bob was here\n\nINC-7: ")


async def test_an_earlier_try_that_lands_late_is_seen(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    first = await reach.carry_out(APPEND, desk, 1)
    assert isinstance(first, Delivered)
    other = town.google.add_document("Another")
    late = DocsClient(reach._client._outside, reach._client._account, other)
    text = first.evidence["text"]

    outcome = await GoogleReach(Disturbed(late, lambda: town.google.type(other, text)), "").carry_out(
        APPEND, desk, 2
    )

    assert isinstance(outcome, Delivered)
    assert town.google.text(other) == f"{text}\n"


async def test_two_entries_of_one_incident_are_told_apart(
    town: Town, reach: GoogleReach, document: str, make_desk: MakeDesk
) -> None:
    better = f.OpsLogWritten("Nobody could sign in", "A report on X", "A full disk", "Rolled back")
    desk = make_desk(RESOLVED, WRITTEN, better)
    again = Work(LOG_APPEND, "INC-7/doc", "INC-7/log/4", payload={"fact": "4"})

    await reach.carry_out(APPEND, desk, 1)
    await reach.carry_out(again, desk, 1)

    entries = town.as_json()["google_docs"][0]["entries"]
    assert ["session store" in entries[0], "A full disk" in entries[1]] == [True, True]


async def test_a_document_that_is_not_shared_is_refused_with_what_to_do(
    town: Town, reach: GoogleReach, document: str, desk: Desk
) -> None:
    town.google.share(document, False)

    outcome = await reach.carry_out(APPEND, desk, 1)

    assert isinstance(outcome, Refused)
    assert outcome.why == (
        f"Google Docs does not allow it (403): make {town.google.account} an editor of {town.google.link(document)}"
    )


async def test_nothing_goes_out_where_nobody_has_written(
    town: Town, reach: GoogleReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(APPEND, make_desk(RESOLVED), 1)

    assert outcome == Refused("nobody has written the ops log of this incident")
    assert not town.requests


async def test_a_private_incident_s_entry_never_goes_to_the_document(
    town: Town, reach: GoogleReach, desk: Desk
) -> None:
    private = replace(desk, incident=replace(desk.incident, private=True))

    outcome = await reach.carry_out(APPEND, private, 1)

    assert isinstance(outcome, Refused)
    assert "private" in outcome.why
    assert not town.requests


async def test_an_account_that_google_does_not_take_is_refused_by_name_and_never_shown(
    town: Town, document: str, desk: Desk
) -> None:
    account = json.loads(town.google.service_account_json()) | {
        "client_email": "m@elsewhere.iam.gserviceaccount.com"
    }
    link = connect(settings_with(town, document, json.dumps(account)))
    assert link is not None
    assert link.reach is not None

    outcome = await link.reach.carry_out(APPEND, desk, 1)
    await link.aclose()

    assert isinstance(outcome, Refused)
    assert "TOCSIN_GOOGLE_SERVICE_ACCOUNT" in outcome.why
    assert "account not found" in outcome.why
    assert "PRIVATE KEY" not in outcome.why


async def test_a_token_endpoint_in_trouble_is_waited_for(town: Town, reach: GoogleReach, desk: Desk) -> None:
    town.faults.add("google", "token", "503")

    outcome = await reach.carry_out(APPEND, desk, 1)

    assert outcome == Later("Google gives no token now (503)")


def settings_with(town: Town, document: str, account: str) -> Settings:
    return read_settings(
        {
            "TOCSIN_GOOGLE_SERVICE_ACCOUNT": account,
            "TOCSIN_GOOGLE_DOC": document,
            "TOCSIN_GOOGLE_BASE_URL": f"{town.url}/google",
        }
    )


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("not JSON", "JSON"),
        ('{"client_email": "a@b.c"}', "private_key"),
        ('{"client_email": "a@b.c", "private_key": "hush-hush"}', "private_key"),
    ],
    ids=["no JSON", "no key", "no PEM"],
)
async def test_an_account_that_can_not_be_used_is_told_at_the_start_and_not_shown(
    town: Town, document: str, account: str, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        connect(settings_with(town, document, account))

    assert "hush" not in refused.value.message


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"TOCSIN_GOOGLE_DOC": "1" * 44}, "TOCSIN_GOOGLE_SERVICE_ACCOUNT is not"),
        ({"TOCSIN_GOOGLE_SERVICE_ACCOUNT": "{}"}, "TOCSIN_GOOGLE_DOC is not"),
        ({"TOCSIN_GOOGLE_DOC": "https://docs.google.com/"}, "TOCSIN_GOOGLE_DOC: write the document's id"),
    ],
    ids=["a document alone", "an account alone", "no document"],
)
def test_settings_that_are_of_no_use_are_told(given: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_settings(given)


def test_a_document_is_named_by_its_id_or_its_link() -> None:
    link = "https://docs.google.com/document/d/1abc-_D/edit?tab=t.0"

    assert document_at(link) == ("1abc-_D", link)
    assert document_at("1abc-_D") == ("1abc-_D", "https://docs.google.com/document/d/1abc-_D/edit")


async def test_without_an_account_there_is_no_link() -> None:
    assert connect(read_settings({})) is None
