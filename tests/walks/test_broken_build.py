"""Walks: the main branch breaks. GitHub's webhook tells of the builds; a series of failures is an incident, green is its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from build_steps import broken
from walk_steps import ALICE, MINUTE, Walk, under_handbook

from github_builds import GitHub, github_of, run_of, sha_of, suite_of
from tocsin.acts import builds, incidents, looks
from tocsin.core import facts as f
from tocsin.core.facts import TOCSIN
from tocsin.core.message_parts import RESOLVE
from tocsin.core.messages import thread_message
from tocsin.doors.web.offers import Scene, sheets
from tocsin.integrations.slack import modals

OPENED = {"ok": "The main branch is broken: an incident was opened"}
KNOWN = {"ok": "The build is known now"}
ADDED = {"ok": "The incident about the main branch knows of it"}


async def refs(walk: Walk) -> list[str]:
    return [row.ref for row in await looks.incidents(walk.house, TOCSIN)]


# --- what opens an incident -------------------------------------------------------------------------------------------------


async def test_three_failed_builds_in_a_row_open_an_incident_and_page_who_is_on_call(
    walk: Walk, github: GitHub
) -> None:
    answers = [await github.run() for _ in range(3)]
    await walk.engine.run_due()

    walk.ref = "INC-1"
    incident = await walk.incident()
    assert answers == [KNOWN, KNOWN, OPENED]
    assert (incident.kind, incident.severity) == ("broken-build", "high")
    assert incident.title == "main is broken: CI failed 3 times in a row"
    assert walk.mailbox.people() == ["bob"]


async def test_two_failed_builds_open_none(walk: Walk, github: GitHub) -> None:
    await github.run()
    await github.run()

    assert await refs(walk) == []


async def test_failures_with_a_green_build_between_them_are_not_in_a_row(walk: Walk, github: GitHub) -> None:
    for conclusion in ("failure", "failure", "success", "failure", "failure"):
        await github.run(conclusion)

    assert await refs(walk) == []


@pytest.mark.parametrize(
    "nothing", ["cancelled", "CANCELED", "skipped", "neutral", "action_required", "stale"]
)
async def test_a_build_that_says_nothing_about_the_code_neither_counts_nor_ends_a_series(
    walk: Walk, github: GitHub, nothing: str
) -> None:
    for conclusion in ("failure", nothing, "failure", nothing):
        await github.run(conclusion)
    before = await refs(walk)

    await github.run()

    assert (before, await refs(walk)) == ([], ["INC-1"])


async def test_a_scheduled_run_does_not_count(walk: Walk, github: GitHub) -> None:
    for _ in range(4):
        await github.run(event="schedule")

    assert await refs(walk) == []


async def test_a_scheduled_run_that_passes_does_not_end_a_series(walk: Walk, github: GitHub) -> None:
    await github.run()
    await github.run()
    await github.run("success", event="schedule")

    assert await github.run() == OPENED


@pytest.mark.parametrize("conclusion", ["timed_out", "startup_failure"])
async def test_a_build_that_timed_out_or_could_not_start_counts_as_failed(
    walk: Walk, github: GitHub, conclusion: str
) -> None:
    await github.run()
    await github.run()

    assert await github.run(conclusion) == OPENED


async def test_where_the_handbook_says_so_a_time_out_does_not_count(
    walk: Walk, github: GitHub, tmp_path: Path
) -> None:
    walk = await under_handbook(walk, tmp_path, "counts_time_outs = true", "counts_time_outs = false")
    github = github_of(walk.house, walk.clock)

    for _ in range(4):
        await github.run("timed_out")

    assert await refs(walk) == []


async def test_the_handbook_says_how_many_make_a_series_which_kind_it_is_and_how_severe(
    walk: Walk, tmp_path: Path
) -> None:
    walk = await under_handbook(
        walk,
        tmp_path,
        'kind = "broken-build"\nfailures = 3',
        'kind = "service"\nseverity = "low"\nfailures = 1',
    )
    github = github_of(walk.house, walk.clock)

    await github.run()

    walk.ref = "INC-1"
    incident = await walk.incident()
    assert (incident.kind, incident.severity) == ("service", "low")
    assert incident.title == "main is broken: CI failed"


async def test_where_the_handbook_does_not_say_so_a_build_may_go_on_for_ever(
    walk: Walk, tmp_path: Path
) -> None:
    walk = await under_handbook(walk, tmp_path, 'unfinished_after = "40m"\n', "")
    github = github_of(walk.house, walk.clock)

    told = [await github.run(None, action="in_progress") for _ in range(4)]

    assert told == [{"ignored": "This build has not finished"}] * 4
    assert await refs(walk) == []


async def test_without_the_table_in_the_handbook_no_build_is_watched(walk: Walk, tmp_path: Path) -> None:
    table = '[builds]\nkind = "broken-build"\nfailures = 3\nignores = ["schedule"]\ncounts_time_outs = true\n'
    table += 'unfinished_after = "40m"\nno_builds_after = "1h"\n'
    walk = await under_handbook(walk, tmp_path, table, "")
    github = github_of(walk.house, walk.clock)

    answers = [await github.run() for _ in range(3)]

    assert answers[-1] == {"ignored": "The handbook in force watches no builds: it has no [builds]"}
    assert await refs(walk) == []


ELSEWHERE = [
    ({"branch": "feature"}, "Only builds of main are watched, this one is of feature", "another branch"),
    ({"branch": None}, "Only builds of main are watched, this one is of another branch", "no branch"),
    ({"event": "pull_request"}, "This run is a pull request's, none of the main branch", "a pull request"),
    ({"head_repository": "eve/website"}, "This run is of the fork eve/website", "a fork's own main"),
    ({"action": "requested"}, "This run has not finished", "not finished"),
    ({"conclusion": None}, "This run has not finished", "as in one of GitHub's own examples"),
]


@pytest.mark.parametrize(("changes", "why", "reason"), ELSEWHERE, ids=[row[2] for row in ELSEWHERE])
async def test_what_is_no_finished_build_of_the_main_branch_is_ignored_by_name(
    walk: Walk, github: GitHub, changes: dict[str, object], why: str, reason: str
) -> None:
    answers = [await github.run(**changes) for _ in range(3)]  # type: ignore[arg-type]

    assert answers[-1] == {"ignored": why}
    assert await refs(walk) == []


async def test_a_forged_signature_is_refused_and_its_builds_do_not_count(walk: Walk, github: GitHub) -> None:
    for n in (1, 2, 3):
        answer = await github.deliver(
            "workflow_run", run_of(n, "failure", walk.clock.now()), secret="a guess"
        )
        assert answer["error"].startswith("X-Hub-Signature-256 does not fit")

    assert await refs(walk) == []


# --- runs that are repeated, or told twice ----------------------------------------------------------------------------------


async def test_a_build_that_is_told_twice_counts_once(walk: Walk, github: GitHub) -> None:
    payload = run_of(1, "failure", walk.clock.now())

    for n in (1, 2, 3):
        await github.deliver("workflow_run", payload, delivery=f"other-{n}")

    assert await refs(walk) == []


async def test_a_duplicate_of_the_last_straw_opens_nothing_more(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    payload = run_of(4, "failure", walk.clock.now())

    again = [await github.deliver("workflow_run", payload, delivery="again") for _ in range(2)]

    assert again == [KNOWN, {"ignored": "the delivery again was taken already"}]
    assert await refs(walk) == ["INC-1"]
    assert (await walk.kinds()).count("build_red") == 1


async def test_builds_that_are_told_at_the_same_moment_open_one_incident(walk: Walk, github: GitHub) -> None:
    payloads = [run_of(n, "failure", walk.clock.now()) for n in range(1, 13)]

    await asyncio.gather(*(github.deliver("workflow_run", payload) for payload in payloads + payloads))

    assert await refs(walk) == ["INC-1"]


async def test_a_flake_that_passes_when_it_is_run_again_breaks_the_series(walk: Walk, github: GitHub) -> None:
    await github.run()
    await github.run()
    await github.deliver("workflow_run", run_of(2, "success", walk.clock.now(), attempt=2))

    await github.run()

    assert await refs(walk) == []


async def test_a_repetition_that_was_cancelled_leaves_the_failure_as_it_was(
    walk: Walk, github: GitHub
) -> None:
    await github.run()
    await github.run()
    await github.deliver("workflow_run", run_of(2, "cancelled", walk.clock.now(), attempt=2))

    assert await github.run() == OPENED


# --- who may have broken it -------------------------------------------------------------------------------------------------


async def test_the_oldest_failing_commits_are_named_with_their_authors_and_the_last_green_one(
    walk: Walk, github: GitHub
) -> None:
    await github.run("success")
    await github.run(message="Faster sign-in\n\nIt caches.")
    await github.run(author="Mallory", email="7+mal@users.noreply.github.com")
    await github.run()

    walk.ref = "INC-1"
    text = (await walk.incident()).reports[0].text
    assert text.split("\n") == [
        "CI of acme/website failed 3 times in a row on main.",
        "The oldest failing commits, the likeliest first:",
        f"- {sha_of(2)[:7]} “Faster sign-in” by Alice: https://github.com/acme/website/actions/runs/1612",
        f"- {sha_of(3)[:7]} “Change 3” by Mallory (@mal): https://github.com/acme/website/actions/runs/1613",
        f"- {sha_of(4)[:7]} “Change 4” by Alice: https://github.com/acme/website/actions/runs/1614",
        f"It was last green at {sha_of(1)[:7]}, 2026-03-02 09:01 UTC: https://github.com/acme/website/actions/runs/1611",
        "Run it again first if it may be a flake; else revert rather than search for long.",
    ]


async def test_the_thread_calls_the_authors_who_are_our_people(walk: Walk, github: GitHub) -> None:
    await github.run(email="ALICE@acme.example")
    await github.run(author="Stranger", email="who@else.example", message="Hello {@bob} and {{@bob}")
    await github.run()
    await walk.engine.run_due()

    told = [part for sent in walk.mailbox.take("thread.say") for part in sent.text.split("\n\n")]
    called = f"{{@alice}} ({sha_of(1)[:7]}, {sha_of(3)[:7]}): is it one of your commits?"
    assert called in told
    assert [text for text in told if "{@bob}" in text] == [
        "Paging {@bob} (on call). Without an acknowledgement in 10 min the next are paged."
    ], "nobody is called by a commit's message"


async def test_where_no_author_is_known_nobody_is_called(walk: Walk, github: GitHub) -> None:
    for _ in range(3):
        await github.run(author="Stranger", email="")
    await walk.engine.run_due()

    assert not [sent for sent in walk.mailbox.take("thread.say") if "one of your commits" in sent.text]


async def test_further_failures_of_the_series_are_not_noise(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    walk.mailbox.take()

    answers = [await github.run() for _ in range(4)]
    await walk.engine.run_due()

    assert answers == [KNOWN] * 4
    assert await refs(walk) == ["INC-1"]
    assert walk.mailbox.take("thread.say") == []


async def test_the_thread_hears_when_other_commits_are_suspected(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    await github.run()
    walk.mailbox.take()

    answer = await github.deliver("workflow_run", run_of(2, "success", walk.clock.now(), attempt=2))
    await walk.engine.run_due()

    told = walk.mailbox.take("thread.say")
    assert answer == ADDED
    assert [suspect.sha for suspect in (await walk.incident()).builds[0].suspects] == [
        sha_of(n) for n in (3, 4, 5)
    ]  # type: ignore[union-attr]
    assert len(told) == 1
    assert "The oldest failing commits now; is it one of them?" in told[0].text
    assert f"• {sha_of(3)[:7]} “Change 3” by {{@alice}}: https://github.com" in told[0].text


async def test_a_flake_that_leaves_too_few_in_a_row_is_told_and_further_failures_break_it_anew(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    walk.mailbox.take()

    answer = await github.deliver("workflow_run", run_of(2, "success", walk.clock.now(), attempt=2))
    again = await github.deliver("workflow_run", run_of(2, "success", walk.clock.now(), attempt=2))
    await walk.engine.run_due()

    cleared = (await walk.incident()).builds[0]
    told = walk.mailbox.take("thread.say")
    assert (answer, again) == (ADDED, KNOWN)
    assert isinstance(cleared, f.BuildRed)
    assert (cleared.broken, cleared.failures) == (False, 2)
    assert [suspect.sha for suspect in cleared.suspects] == [sha_of(3), sha_of(4)]
    assert len(told) == 1
    assert told[0].text.startswith(
        "*main does not count as broken any more:* not every build of CI that counted has failed after all. What failed in a row:"
    )

    assert await github.run() == ADDED
    await walk.engine.run_due()
    broken_anew = (await walk.incident()).builds[0]
    assert isinstance(broken_anew, f.BuildRed)
    assert broken_anew.broken
    assert "*Red again:* CI failed 3 times in a row." in walk.mailbox.take("thread.say")[0].text
    assert await refs(walk) == ["INC-1"]


async def test_a_second_workflow_that_breaks_joins_the_incident_and_pages_nobody_again(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    walk.mailbox.take()

    for n in (1, 2, 3):
        await github.deliver(
            "workflow_run", run_of(n, "failure", walk.clock.now(), workflow="Lint", workflow_id=162)
        )
    await walk.engine.run_due()

    assert await refs(walk) == ["INC-1"]
    assert len((await walk.incident()).reports) == 2
    assert walk.mailbox.people() == []


async def test_two_workflows_of_one_name_are_two(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    for n in (1, 2, 3):
        run = run_of(n, "failure", walk.clock.now(), workflow="CI", workflow_id=162)
        assert await github.deliver("workflow_run", run) in (KNOWN, ADDED)
    assert len((await walk.incident()).builds) == 2

    await github.run("success")
    await walk.engine.run_due()

    incident = await walk.incident()
    assert sum(isinstance(build, f.BuildGreen) for build in incident.builds) == 1
    assert "Still red: CI" in walk.mailbox.sent[-1].text


# --- green again ------------------------------------------------------------------------------------------------------------


async def test_green_again_is_told_with_an_offer_to_resolve_and_resolves_nothing_by_itself(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    walk.mailbox.take()

    answer = await github.run("success")
    await walk.engine.run_due()

    incident = await walk.incident()
    fact = incident.facts[-1]
    view = await looks.case(walk.house, walk.ref, TOCSIN)
    message = thread_message(
        fact, incident, view.handbook, walk.house.places, {duty.id: duty for duty in view.ledger}
    )
    assert answer == ADDED
    assert fact.what == f.BuildGreen(
        "acme/website",
        "main",
        "CI",
        sha_of(5),
        "https://github.com/acme/website/actions/runs/1615",
        "actions/161",
    )
    assert incident.status == "open"
    assert message is not None
    assert message.text.startswith(f"*main is green again:* CI passed at {sha_of(5)[:7]}. https://")
    assert message.offers == (RESOLVE,)
    assert len(walk.mailbox.take("thread.say")) == 1


async def test_the_forms_to_resolve_offer_the_green_build_as_evidence_and_ask_for_no_rollback(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    await walk.owned()
    red = await looks.case(walk.house, walk.ref, TOCSIN)

    await github.run("success")

    green = await looks.case(walk.house, walk.ref, TOCSIN)
    scene = Scene(green, "alice", await looks.roster(walk.house), [])
    sheet = next(sheet for sheet in sheets(scene) if sheet.act == "resolve")
    evidence = f"CI passed at {sha_of(5)[:7]}: https://github.com/acme/website/actions/runs/1615"
    assert "initial_value" not in str(modals.resolve(red, ""))
    assert evidence in str(modals.resolve(green, ""))
    assert "rolled_back" not in str(modals.resolve(green, ""))
    assert [field.value for field in sheet.fields if field.name == "evidence"] == [evidence]


async def test_green_is_told_once_and_red_again_is_told_in_the_same_incident(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    await github.run("success")
    await github.run("success")
    for _ in range(4):
        await github.run()
    await walk.engine.run_due()

    told = [sent.text for sent in walk.mailbox.take("thread.say")]
    kinds = [kind for kind in await walk.kinds() if kind.startswith("build_")]
    assert kinds == ["build_red", "build_green", "build_red"]
    assert any(text.startswith("*Red again:* CI failed 3 times in a row.") for text in told)
    assert await refs(walk) == ["INC-1"]


async def test_while_another_workflow_is_red_green_offers_no_end(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    for n in (1, 2, 3):
        await github.deliver(
            "workflow_run", run_of(n, "failure", walk.clock.now(), workflow="Lint", workflow_id=162)
        )

    await github.run("success")

    incident = await walk.incident()
    view = await looks.case(walk.house, walk.ref, TOCSIN)
    message = thread_message(
        incident.facts[-1],
        incident,
        view.handbook,
        walk.house.places,
        {duty.id: duty for duty in view.ledger},
    )
    assert message is not None
    assert message.text.endswith("Still red: Lint.")
    assert message.offers == ()


async def test_green_after_the_end_changes_nothing(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    await walk.owned()
    await walk.resolved()

    assert await github.run("success") == KNOWN
    assert "build_green" not in await walk.kinds()


async def test_failures_that_go_on_after_people_ended_the_incident_open_another(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    await incidents.dismiss(walk.house, ALICE, walk.ref, "a flake", "looked at the log")

    answers = [await github.run() for _ in range(3)]

    assert answers == [KNOWN, KNOWN, OPENED]
    assert await refs(walk) == ["INC-2", "INC-1"]


# --- the rest of the process ------------------------------------------------------------------------------------------------


async def test_nobody_is_asked_to_roll_back_a_build_and_nothing_of_it_is_public(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    await walk.owned()
    await walk.wait(40)

    duties = await walk.duties()
    assert {"own", "next-steps", "open-thread", "reach-on-call"} <= set(duties)
    assert not {"rolled-back", "public-issue", "public-post"} & set(duties)
    assert [
        sent for sent in walk.mailbox.take() if sent.does in ("issue.open", "post.publish", "answer")
    ] == []


async def test_an_incident_about_a_build_is_resolved_and_closed_like_any_other(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    await walk.owned()
    await github.run("success")
    await walk.resolved()

    assert (await walk.incident()).status == "resolved"
    assert (await walk.duty("own")).state == "met"
    assert (await walk.duty("own")).due_at - (await walk.duty("own")).arises_at == 10 * MINUTE


# --- other apps -------------------------------------------------------------------------------------------------------------


async def test_check_suites_of_other_apps_count_and_those_of_github_actions_are_told_by_their_runs(
    walk: Walk, github: GitHub
) -> None:
    actions = [await github.suite(app="GitHub Actions", slug="github-actions") for _ in range(3)]
    before = await refs(walk)

    answers = [await github.suite() for _ in range(3)]

    walk.ref = "INC-1"
    assert actions[-1] == {"ignored": "GitHub Actions are told by workflow_run: tick that event as well"}
    assert (before, answers[-1]) == ([], OPENED)
    incident = await walk.incident()
    assert incident.title == "main is broken: Buildkite failed 3 times in a row"
    assert incident.reports[0].url == f"https://github.com/acme/website/commit/{sha_of(4)}/checks"


async def test_a_check_suite_that_is_asked_for_again_and_passes_is_green(walk: Walk, github: GitHub) -> None:
    for _ in range(3):
        await github.suite()
    walk.ref = "INC-1"

    answer = await github.deliver("check_suite", suite_of(3, "success", walk.clock.now() + MINUTE))

    assert answer == ADDED
    assert (await walk.kinds())[-1] == "build_green"


async def test_a_fork_has_no_branch_in_its_check_suites_and_is_ignored(walk: Walk, github: GitHub) -> None:
    answer = await github.suite(branch=None)

    assert answer == {"ignored": "Only builds of main are watched, this one is of another branch"}


# --- when we die ------------------------------------------------------------------------------------------------------------


async def test_a_delivery_that_we_died_over_leaves_nothing_behind_and_is_taken_when_it_comes_again(
    walk: Walk, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await github.run()
    await github.run()
    last_straw = run_of(3, "failure", walk.clock.now() + MINUTE)

    async def die(*args: object) -> None:
        raise ConnectionResetError("the machine lost its power")

    with monkeypatch.context() as patch:
        # In the midst of the transaction: the incident is declared, its suspects are not named yet.
        patch.setattr(builds, "_added", die)
        with pytest.raises(ConnectionResetError):
            await github.deliver("workflow_run", last_straw, delivery="the last straw")
    before = await refs(walk)
    again = await github.deliver("workflow_run", last_straw, delivery="the last straw")

    walk.ref = (await refs(walk))[0]
    assert (before, again) == ([], OPENED)
    assert (await walk.kinds()).count("build_red") == 1
