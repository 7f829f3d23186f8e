"""Issues and comments become reports, notes, or nothing: the GitHub of the town, its webhooks, and our answers, over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from github_world import REPO, World

from tocsin.acts import inbox, incidents, looks, people
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.integrations.github.issues import IssueDoor

BOB = Actor("bob", "web", "Bob")


async def test_a_labelled_issue_opens_an_incident_and_is_answered_under_it(world: World) -> None:
    assert await world.opened(title="Sign-in fails", text="since noon", labels=["incident"]) == {
        "ok": "It opened an incident"
    }

    [incident] = await world.incidents()
    [report] = incident.reports
    assert (incident.title, report.text, report.reporter) == ("Sign-in fails", "since noon", "@joe")
    assert (report.outside, report.answer_via, report.address) == (True, "github", f"{REPO}#1")
    [answer] = world.by_us()
    assert answer.startswith("@joe Thanks for telling us.")
    assert report.answered_at
    assert report.answer_url.endswith(f"#issuecomment-{world.issue().comments[0].id}")


async def test_a_label_that_comes_later_opens_it_too_and_once(world: World) -> None:
    first = await world.opened()
    await world.github.label_issue("alice", REPO, 1, "incident")
    await world.github.label_issue("alice", REPO, 1, "urgent")
    await world.settle()

    assert first == {"ignored": "The handbook's rule other-issues says so"}
    [incident] = await world.incidents()
    assert incident.reports[0].reporter == "@joe"


async def test_an_issue_whose_title_sounds_like_an_outage_waits_in_the_inbox(world: World) -> None:
    assert await world.opened(title="The API is down?") == {"ok": "It waits in the inbox"}

    assert await world.incidents() == []
    [waiting] = (await inbox.inbox(world.house, "bob")).waiting
    assert (waiting.sender, waiting.title, waiting.url) == ("@joe", "The API is down?", world.url())


async def test_a_comment_that_calls_us_opens_an_incident_and_its_author_is_answered(world: World) -> None:
    await world.opened()

    assert await world.commented("@Tocsin this looks like an outage", "jane") == {
        "ok": "It opened an incident"
    }

    [incident] = await world.incidents()
    assert (incident.title, incident.reports[0].reporter) == ("Help", "@jane")
    assert world.by_us()[0].startswith("@jane Thanks for telling us.")


async def test_the_issue_that_waits_comes_along_when_somebody_calls_us_to_it(world: World) -> None:
    await world.opened(title="The API is down?")
    await world.commented("@tocsin indeed", "jane")

    [incident] = await world.incidents()
    assert [report.reporter for report in incident.reports] == ["@jane", "@joe"]
    assert (await inbox.inbox(world.house, "bob")).waiting == []


NO_CALLS = [
    ("me too", "nobody is called"),
    ("mail me@tocsin.example", "a part of an address"),
    ("ask @tocsin-fans", "another account"),
    ("> @tocsin look\n\nwhat was that?", "only quoted"),
    ("write `@tocsin` for that", "only shown"),
    ("```\n@tocsin\n```", "only shown at length"),
    ("see https://github.com/@tocsin", "a part of a link"),
]


@pytest.mark.parametrize(("text", "reason"), NO_CALLS, ids=[row[1] for row in NO_CALLS])
async def test_a_comment_that_does_not_call_us_is_named_and_left(
    world: World, text: str, reason: str
) -> None:
    await world.opened()

    assert await world.commented(text) == {"ignored": "This comment does not call @tocsin"}, reason
    assert await world.incidents() == []


async def test_what_the_reporter_adds_is_a_note_and_another_caller_joins(world: World) -> None:
    await world.opened(title="Sign-in fails", labels=["incident"])

    await world.commented("still so, @tocsin", "joe")
    await world.commented("for us as well", "max")
    await world.commented("@tocsin and for us", "mia")

    [incident] = await world.incidents()
    assert await world.notes() == [("@joe", "still so, @tocsin"), ("@max", "for us as well")]
    assert [(report.reporter, report.joined) for report in incident.reports] == [
        ("@joe", False),
        ("@mia", True),
    ]
    assert world.by_us()[-1].startswith("@mia Thanks for telling us.")


async def test_thanks_for_an_incident_that_is_over_open_nothing(world: World) -> None:
    await world.opened(title="Sign-in fails", labels=["incident"])
    await incidents.own(world.house, BOB, "INC-1")
    await incidents.resolve(world.house, BOB, "INC-1", "rolled back", "signed in", rolled_back=True)
    await world.settle()

    await world.commented("@tocsin thanks, works again!")

    assert len(await world.incidents()) == 1
    assert await world.notes() == [("@joe", "@tocsin thanks, works again!")]
    assert "resolved" in world.by_us()[-1]


async def with_public_issue(world: World) -> None:
    """An incident with a public issue of ours, the first of the repository."""
    report = incidents.NewReport("x", "sign-in is broken", "@jane", outside=True)
    await incidents.declare(world.house, Actor("", "x", "@jane"), report)
    repo = world.github.board.repo(REPO)
    assert repo
    issue = world.github.board.open_issue(repo, world.github.login, "We are aware", "", [])
    opened = f.IssueOpened(REPO, issue.number, world.url(issue.number))
    await change(world.house, "INC-1", ENGINE, lambda case: [opened])


async def test_a_comment_by_an_outsider_on_our_public_issue_reaches_the_thread_once(world: World) -> None:
    await with_public_issue(world)
    world.town.faults.add("github", "issue_comment", "duplicate_event", times=1)

    await world.commented("@tocsin it is the EU region", "joe")

    assert await world.notes() == [("@joe", "@tocsin it is the EU region")]
    assert len(await world.incidents()) == 1


async def test_a_comment_of_one_of_our_own_people_is_noted_in_their_name(world: World) -> None:
    await people.save_person(
        world.house, "carol", name="Carol", email="carol@acme.example", github="carol-gh"
    )
    await with_public_issue(world)

    await world.commented("we found it", "carol-gh")

    assert await world.notes() == [("carol", "we found it")]


async def test_a_members_issue_is_a_report_from_inside(world: World) -> None:
    world.github.add_member("mona")

    await world.opened("mona", "Sign-in fails", labels=["incident"])

    [incident] = await world.incidents()
    assert not incident.reports[0].outside


async def test_what_we_write_comes_back_to_us_and_never_loops(world: World) -> None:
    await world.opened(title="Sign-in fails", labels=["incident"])

    await world.settle()

    events = [event for event, payload in world.github.webhooks.sent if event == "issue_comment"]
    assert len(events) == len(world.by_us()) == 1
    assert await world.notes() == []


async def test_our_own_words_are_known_by_their_marker_whoever_they_stand_under(world: World) -> None:
    await world.opened(title="Sign-in fails", labels=["incident"])
    ours = world.by_us()[0]

    copied = await world.commented(ours, "a-person-whose-token-it-is")
    quoted = await world.commented(f"> {ours}\n\n@tocsin and me?", "mia")

    assert copied == {"ignored": "Tocsin wrote this comment itself"}
    assert quoted == {"ok": "It joined an incident"}


async def test_a_marker_that_is_made_up_hides_nothing(world: World) -> None:
    await world.opened()

    answer = await world.commented(f"@tocsin help <!-- tocsin:INC-1/x {'0' * 40} -->")

    assert answer == {"ok": "It opened an incident"}


async def test_a_bot_that_calls_us_is_named_and_left(world: World) -> None:
    await world.opened()

    answer = await world.commented("@tocsin please merge", "dependabot[bot]")

    assert answer == {"ignored": "dependabot[bot] is a bot: Tocsin does not talk with bots"}


async def test_a_pull_request_is_no_issue(world: World) -> None:
    await world.github.open_pull("joe", REPO, "Sign-in is down, mend it", "@tocsin")

    assert await world.commented("@tocsin down!") == {
        "ignored": "This is a comment on a pull request, and on no issue"
    }
    assert await world.incidents() == []


async def test_an_issue_that_is_a_pull_request_is_ignored_by_name(house: House) -> None:
    issue = {"number": 1, "title": "down", "html_url": "https://g/1", "pull_request": {"url": "https://g/1"}}
    body = {"action": "opened", "issue": issue, "repository": {"full_name": REPO}}

    answer = await IssueDoor("tocsin", [REPO]).issues(house, json.dumps(body).encode())

    assert answer == {"ignored": "This is a pull request, and no issue"}


@pytest.mark.parametrize("action", ["edited", "closed", "transferred"])
async def test_what_else_happens_to_an_issue_is_named_and_left(house: House, action: str) -> None:
    issue = {"number": 1, "title": "down", "html_url": "https://g/1"}
    body = json.dumps({"action": action, "issue": issue, "repository": {"full_name": REPO}}).encode()

    answer = await IssueDoor("tocsin", [REPO]).issues(house, body)

    assert answer == {"ignored": f"Tocsin does nothing with an issue that is {action}"}


async def test_an_issue_by_a_deleted_account_with_all_that_can_be_odd_is_taken(house: House) -> None:
    issue = {
        "number": 1,
        "title": "x" * 5000 + "\u0000",
        "html_url": "https://g/1",
        "body": "\u0000" + "y" * 200_000,
        "user": None,
        "labels": [{"name": "INCIDENT"}],
    }
    body = json.dumps({"action": "opened", "issue": issue, "repository": {"full_name": REPO}}).encode()

    answer = await IssueDoor("tocsin", [REPO]).issues(house, body)

    assert answer == {"ok": "It opened an incident"}
    report = (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0]
    assert report.reporter == "a ghost"
    assert len(report.text) <= 100_000


@pytest.mark.parametrize("fault", ["lost_answer", "503", "429"])
async def test_the_answer_is_written_once_although_githubs_own_was_lost(
    world: World, fault: str, clock: Any
) -> None:
    world.town.faults.add("github", "POST /repos/*/comments", fault, times=1)
    await world.opened(title="Sign-in fails", labels=["incident"])
    for _ in range(6):
        clock.advance(inbox.DEFAULT_WITHIN / 30)
        await world.settle()

    assert len(world.by_us()) == 1


async def test_of_a_private_incident_nothing_is_said_on_github(world: World) -> None:
    await world.opened(title="Tokens leaked: the login is down", text="see pastebin")

    await inbox.open_message(world.house, BOB, 1, kind="security")
    await world.settle()

    assert world.by_us() == []
