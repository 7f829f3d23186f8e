"""What happened on GitHub while Tocsin was down is found by a look, and counts once though the webhook brings it as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from github_world import REPO, World, link_to

from tocsin.acts import inbox, incidents, learning
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.errors import Invalid
from tocsin.integrations.github import GitHubLink, client
from tocsin.integrations.http import Failed
from tocsin.town.github import action_api

ALICE = Actor("alice", "web", "Alice")


@pytest.fixture
async def down(world: World, link: GitHubLink) -> World:
    """Tocsin has looked once, and its webhook meets nobody from now on."""
    await link.catch_up.look(world.house)
    world.webhook, world.github.webhooks.url = world.github.webhooks.url, "http://127.0.0.1:9/nobody"
    return world


async def up(world: World, link: GitHubLink) -> None:
    """It looks, then the missed deliveries are sent again by hand, then it looks once more."""
    await link.catch_up.look(world.house)
    await world.settle()
    world.github.webhooks.url = world.webhook
    assert await world.github.redeliver()
    await link.catch_up.look(world.house)
    await world.settle()


async def test_three_failures_that_nobody_heard_of_open_one_incident(
    down: World, link: GitHubLink, clock: HandClock
) -> None:
    for n in range(3):
        clock.advance(timedelta(minutes=5))
        await down.github.run(REPO, down.github.push(REPO, "bob", f"change {n}"))
    await down.github.run(REPO, down.github.runs(REPO)[0].commit.sha, branch="other")

    await up(down, link)

    [incident] = await down.incidents()
    assert incident.title == "main is broken: CI failed 3 times in a row"
    assert len(incident.reports) == 1
    assert [fact.kind for fact in incident.facts].count("build_red") == 1


async def test_issues_that_were_opened_or_labelled_are_heard_once(
    down: World, link: GitHubLink, clock: HandClock
) -> None:
    clock.advance(timedelta(minutes=30))
    await down.github.open_issue("joe", REPO, "Sign-in fails", "since noon", ["incident"])
    await down.github.open_issue("max", REPO, "Compiler", "warns")
    await down.github.open_pull("eve", REPO, "Search is down, mend it")
    await link.catch_up.look(down.house)
    clock.advance(timedelta(minutes=30))
    await down.github.label_issue("alice", REPO, 2, "incident")

    await up(down, link)

    first, second = await down.incidents()
    assert [first.title, second.title] == ["Sign-in fails", "Compiler"]
    assert len(down.by_us(1)) == len(down.by_us(2)) == 1


async def test_an_old_issue_that_was_never_heard_of_opens_nothing(
    world: World, link: GitHubLink, clock: HandClock
) -> None:
    world.github.webhooks.url = ""
    await world.github.open_issue("joe", REPO, "Sign-in fails", "a year ago", ["incident"])
    clock.advance(timedelta(days=365))
    await world.github.comment("joe", REPO, 1, "is this known?")

    await link.catch_up.look(world.house)

    assert await world.incidents() == []


async def test_comments_are_reports_or_notes_and_count_once(
    down: World, link: GitHubLink, clock: HandClock
) -> None:
    await down.github.open_issue("joe", REPO, "Help")
    clock.advance(timedelta(minutes=10))
    await down.github.comment("jane", REPO, 1, "@tocsin it is down")
    clock.advance(timedelta(minutes=10))
    await down.github.comment("jane", REPO, 1, "for everybody here")

    await up(down, link)

    [incident] = await down.incidents()
    assert [report.reporter for report in incident.reports] == ["@jane"]
    assert await down.notes() == [("@jane", "for everybody here")]
    assert len(down.by_us()) == 1
    assert (await inbox.inbox(down.house, "bob")).waiting == []


async def test_a_follow_up_whose_issue_was_closed_meanwhile_is_done(
    world: World, link: GitHubLink, clock: HandClock
) -> None:
    report = incidents.NewReport("cli", "Sign-in is broken", "alice", False, answer_via="page", key="k1")
    ref = (await incidents.declare(world.house, ALICE, report)).ref
    await incidents.own(world.house, ALICE, ref)
    await incidents.resolve(world.house, ALICE, ref, "renewed", "signed in", rolled_back=False)
    await learning.file_follow_up(world.house, ALICE, ref, "Renew by machine", "bob")
    await world.settle()
    world.github.webhooks.url = ""
    await world.github.close_issue("bob-gh", REPO, 1)

    await link.catch_up.look(world.house)

    [incident] = await world.incidents()
    assert incident.asked.follow_ups[0].how == "@bob-gh closed its issue."


async def test_one_part_that_fails_holds_up_no_other_and_is_looked_at_again(
    down: World, link: GitHubLink, clock: HandClock
) -> None:
    down.town.faults.add("github", "GET /repos/*/issues", "503", times=1)
    clock.advance(timedelta(hours=2))
    await down.github.open_issue("joe", REPO, "Sign-in fails", "since noon", ["incident"])
    with pytest.raises(Failed):
        await link.catch_up.look(down.house)
    clock.advance(timedelta(hours=2))

    await link.catch_up.look(down.house)

    assert len(await down.incidents()) == 1


async def test_a_day_of_more_runs_than_one_list_holds_is_read_to_its_beginning(
    down: World, link: GitHubLink, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four for the thousand that GitHub gives of one list."""
    monkeypatch.setattr(client, "A_PAGE", 2)
    monkeypatch.setattr(client, "MOST_PAGES", 2)
    monkeypatch.setattr(action_api, "MOST_RUNS", 4)
    for n in range(11):
        clock.advance(timedelta(minutes=1))
        await down.github.run(REPO, down.github.push(REPO, "bob", f"change {n}"))

    await up(down, link)

    async with down.house.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM builds") == 11
    [incident] = await down.incidents()
    assert incident.builds[0].suspects[0].title == "change 0"  # type: ignore[union-attr]


async def test_builds_are_looked_for_where_they_count_and_nowhere_else(down: World, clock: HandClock) -> None:
    down.github.add_repo("acme/api")
    link = link_to(down.town, TOCSIN_GITHUB_BUILD_REPOSITORIES="acme/api, acme/*")
    clock.advance(timedelta(minutes=1))
    for repository in (REPO, "acme/api"):
        await down.github.run(repository, down.github.push(repository, "bob", "a change"))

    before = len(down.town.requests)

    await link.catch_up.look(down.house)
    await link.aclose()

    asked = {call.path for call in list(down.town.requests)[before:] if call.path.endswith("/actions/runs")}
    assert asked == {"/github/repos/acme/api/actions/runs"}
    async with down.house.pool.acquire() as conn:
        assert await conn.fetchval("SELECT array_agg(repository) FROM builds") == ["acme/api"]


@pytest.mark.parametrize("said", ["acme", "acme/website/x", "*/*", "acme/website, api"])
async def test_what_names_no_repository_is_refused_by_name(down: World, said: str) -> None:
    with pytest.raises(Invalid, match=r"TOCSIN_GITHUB_BUILD_REPOSITORIES.*write owner/name, or owner/"):
        link_to(down.town, TOCSIN_GITHUB_BUILD_REPOSITORIES=said)


async def test_without_a_webhook_nothing_is_looked_at(world: World, link: GitHubLink) -> None:
    link._watches = False

    assert link.tasks(world.house) == []


async def test_more_than_one_look_can_hold_is_read_to_its_end(
    down: World, link: GitHubLink, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "A_PAGE", 2)
    monkeypatch.setattr(client, "MOST_PAGES", 2)
    for n in range(11):
        clock.advance(timedelta(minutes=1))
        await down.github.open_issue("joe", REPO, f"Part {n} fails", "since noon", ["incident"])
        await down.github.comment("max", REPO, n + 1, "and for us")

    await link.catch_up.look(down.house)

    opened = await down.incidents()
    reported = {report.address for one in opened for report in one.reports}
    assert reported == {f"{REPO}#{n + 1}" for n in range(11)}
    assert sum([len(await down.notes(one.ref)) for one in opened]) == 11


async def test_a_run_that_goes_on_for_40_minutes_counts_as_failed_until_it_ends_well(
    world: World, link: GitHubLink, clock: HandClock
) -> None:
    for n in range(2):
        await world.github.run(REPO, world.github.push(REPO, "bob", f"change {n}"))
    repo, sha = world.github.board.repo(REPO), world.github.push(REPO, "bob", "change 3")
    assert repo
    commit = world.github.builds.commit(repo, sha)
    assert commit
    run = world.github.builds.begin(repo, commit, "CI", "push", "main")
    run.status = "in_progress"
    clock.advance(timedelta(minutes=39))
    await link.catch_up.look(world.house)
    before = await world.incidents()

    clock.advance(timedelta(minutes=1))
    await link.catch_up.look(world.house)
    [red] = await world.incidents()
    clock.advance(timedelta(minutes=1))
    run.status, run.conclusion, run.at = "completed", "success", clock.now()
    await link.catch_up.look(world.house)

    [green] = await world.incidents()
    assert before == []
    assert red.title == "main is broken: CI failed 3 times in a row"
    assert [one.sha for one in green.builds] == [sha]  # type: ignore[union-attr]


async def test_where_commits_arrive_and_no_builds_come_who_is_on_call_is_told_once(
    world: World, link: GitHubLink, clock: HandClock
) -> None:
    world.house.abilities |= {"page:email"}

    async def pushed(message: str, *, minutes: int = 20) -> str:
        sha = world.github.push(REPO, "bob", message)
        await link.catch_up.look(world.house)
        clock.advance(timedelta(minutes=minutes))
        return sha

    await world.github.run(REPO, await pushed("built"), conclusion="success")
    for n in range(3):
        await pushed(f"change {n}")
    await pushed("docs: a comma [skip ci]", minutes=1)
    before = await told(world)

    await pushed("change 4")
    await pushed("change 5")

    [(person, subject)] = {(row["person"], row["subject"]) for row in await told(world)}
    assert before == []
    assert (person, subject) == ("bob", f"No builds come on main of {REPO}")
    assert len({row["key"] for row in await told(world)}) == len(await told(world))


async def told(world: World) -> list[Any]:
    """The notices about builds that do not come."""
    return await world.house.pool.fetch(
        "SELECT key, payload->>'person' AS person, payload->>'subject' AS subject FROM works WHERE key LIKE 'no-builds/%'"
    )
