"""Walks: a security incident. Nobody but its members knows of it, its clocks can't be talked away, and its evidence stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import asyncpg
import pytest
from walk_steps import ALICE, BOB, CAROL, JANE, LOG, Walk, tweet

from tocsin.acts import incidents, learning, looks, people
from tocsin.acts.incidents import NewReport
from tocsin.acts.rebuild import Broken, verify
from tocsin.core.case import Actor
from tocsin.core.incident import Incident
from tocsin.core.work import PUBLIC
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.store import access as access_rows
from tocsin.store import incidents as incident_rows

HOLE: Final = NewReport("web", "anyone can sign in as anyone", "Alice", outside=False)
HOURS: Final = 60
LEAD: Final = {"Who": "Carol", "When they were told": "9:05"}
LEGAL: Final = {"Who": "Grace", "When they were told": "9:30"}
HIT: Final = {"Whose": "Initech", "Which data": "e-mail addresses", "How we know": "the access log"}
TOLD: Final = {"Who": "Initech", "What they were told": "that it happened", "How": "by telephone"}


async def hole(walk: Walk) -> Walk:
    """A security incident that Alice declared, and owns."""
    walk.ref = (await incidents.declare(walk.house, ALICE, HOLE, kind="security")).ref
    await incidents.own(walk.house, ALICE, walk.ref)
    await walk.engine.run_due()
    return walk


async def step(walk: Walk, id: str, values: dict[str, str]) -> Incident:
    return await incidents.take_step(walk.house, ALICE, walk.ref, id, values)


@pytest.mark.parametrize(
    ("actor", "report"),
    [
        (Actor("alice", "web"), NewReport("web", "a hole", "Alice", outside=False)),
        (Actor("alice", "slack"), NewReport("slack", "a hole", "Alice", False, "slack", "C9/1.0", key="C9/1.0")),
        (Actor("alice", "api"), NewReport("api", "a hole", "Alice", outside=False)),
        (Actor("", "api", "the key robot"), NewReport("api", "a hole", "the key robot", outside=False)),
        (Actor("", "email", "joe"), NewReport("email", "a hole", "joe", True, "email", "joe@customer.example")),
        (JANE, tweet()),
    ],
    ids=["web", "slack", "api", "key", "email", "x"],
)  # fmt: skip
async def test_it_is_private_from_its_first_fact_on_through_every_door(
    walk: Walk, actor: Actor, report: NewReport
) -> None:
    declared = await incidents.declare(walk.house, actor, report, kind="security")

    walk.ref = declared.ref
    incident = await walk.incident()
    assert incident.facts[0].what.private, "no later fact makes it so"  # type: ignore[attr-defined]
    assert incident.members == {actor.person, "bob"} - {""}
    with pytest.raises(NotFound):
        await looks.case(walk.house, walk.ref, "carol")


async def test_it_starts_at_the_worst_of_its_own_severities_and_knows_no_other(walk: Walk) -> None:
    await hole(walk)

    assert (await walk.incident()).severity == "S1"
    with pytest.raises(Invalid, match="'high' is no severity of security; the handbook has S1, S2, S3, S4"):
        await incidents.change_severity(walk.house, ALICE, walk.ref, "high", "it is high")
    with pytest.raises(Invalid, match="lowering from S1 to S3 has to be argued"):
        await incidents.change_severity(walk.house, ALICE, walk.ref, "S3")


async def test_a_severity_of_its_own_can_be_argued_as_it_is_declared(walk: Walk) -> None:
    declared = await incidents.declare(
        walk.house, ALICE, HOLE, kind="security", severity="S4", reason="nobody can reach it"
    )

    walk.ref = declared.ref
    assert (await walk.incident()).severity == "S4"


@pytest.mark.parametrize("severity", ["high", "moderate", "low"])
async def test_one_that_proves_to_be_security_is_taken_for_the_worst_of_it(walk: Walk, severity: str) -> None:
    await walk.begin()
    await walk.owned()
    await incidents.change_severity(walk.house, ALICE, walk.ref, severity, "as it looks")

    incident = await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "it is a hole")

    assert (incident.private, incident.severity) == (True, "S1")
    assert (await walk.duty("tell-legal")).state == "owed"


async def test_duties_of_the_kind_that_it_was_taken_for_are_owed_no_more(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    assert "rolled-back" in {duty.id for duty in await looks.owed(walk.house, "alice", "alice")}

    await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "it is a hole")

    owed = {duty.id for duty in await looks.owed(walk.house, "alice", "alice")}
    assert owed == {id for id, duty in (await walk.duties()).items() if duty.state == "owed"}
    assert "rolled-back" not in owed


async def test_the_security_lead_is_told_in_half_an_hour_or_the_owner_is_chased(walk: Walk) -> None:
    await hole(walk)

    for minutes in (30, 10):
        await walk.wait(minutes)

    assert await walk.chases("tell-security-lead") == [(30, "remind", ("alice",)), (40, "page", ("alice",))]
    await step(walk, "security-lead", LEAD)
    lead = await walk.duty("tell-security-lead")
    assert (lead.state, lead.by) == ("late", "alice")


async def test_a_step_is_recorded_whole_by_a_person_and_only_where_the_handbook_has_it(walk: Walk) -> None:
    await hole(walk)

    with pytest.raises(Invalid, match="Who is missing"):
        await step(walk, "legal", {"When they were told": "9:30"})
    with pytest.raises(Invalid, match="legal asks for Who, When they were told; not for Why"):
        await step(walk, "legal", {**LEGAL, "Why": "because"})
    with pytest.raises(NotFound, match="security has no step license-key; it has: security-lead, legal"):
        await step(walk, "license-key", {})
    with pytest.raises(NotFound, match="There is no incident"):
        await incidents.take_step(walk.house, Actor("", "api", "robot"), walk.ref, "legal", LEGAL)
    assert (await walk.duty("tell-legal")).state == "owed"


async def test_legal_is_told_at_s2_and_worse(walk: Walk) -> None:
    await hole(walk)

    await incidents.change_severity(walk.house, ALICE, walk.ref, "S2", "it takes an account")
    assert (await walk.duty("tell-legal")).state == "owed"
    await step(walk, "legal", LEGAL)

    assert (await walk.duty("tell-legal")).state == "met"


async def test_legal_need_not_know_of_an_s3_but_has_to_once_it_is_worse_again(walk: Walk) -> None:
    await hole(walk)
    await incidents.change_severity(walk.house, ALICE, walk.ref, "S3", "it takes an admin")
    let_go = await walk.duty("tell-legal")
    assert (let_go.state, let_go.reason) == ("waived", "the severity was changed to S3: it takes an admin")

    await walk.wait(180)
    await incidents.change_severity(walk.house, ALICE, walk.ref, "S2", "it takes none")

    again = await walk.duty("tell-legal-2")
    assert again.state == "owed"
    assert again.due_at - again.arises_at == timedelta(hours=2)
    await step(walk, "legal", LEGAL)
    assert (await walk.duty("tell-legal-2")).state == "met"


async def test_legal_who_knows_already_is_not_told_again_when_it_gets_worse(walk: Walk) -> None:
    await hole(walk)
    await step(walk, "legal", LEGAL)

    await incidents.change_severity(walk.house, ALICE, walk.ref, "S3", "it takes an admin")
    await incidents.change_severity(walk.house, ALICE, walk.ref, "S1", "it takes none")

    assert [id for id in await walk.duties() if id.startswith("tell-legal")] == ["tell-legal"]


async def test_from_the_moment_that_data_is_known_to_be_hit_the_clients_are_told_in_a_day(walk: Walk) -> None:
    await people.save_team(walk.house, "security_team", ["carol"])
    await hole(walk)
    assert "tell-clients-1" not in await walk.duties()
    await walk.wait(2 * HOURS)

    await step(walk, "data-hit", HIT)
    clock = await walk.duty("tell-clients-1")
    assert clock.due_at - (await walk.incident()).started_at == timedelta(hours=26)
    for hours in (12, 8, 4, 1):
        await walk.wait(hours * HOURS)

    assert await walk.chases("tell-clients-1") == [
        (14 * HOURS, "remind", ("alice",)),
        (22 * HOURS, "page", ("alice",)),
        (26 * HOURS, "page_next", ("carol", "bob")),
        (27 * HOURS, "page_next", ("carol", "bob")),
    ]
    await step(walk, "clients-told", TOLD)
    assert (await walk.duty("tell-clients-1")).state == "late"


async def test_and_in_detail_within_three_days_after_that(walk: Walk) -> None:
    await hole(walk)
    await step(walk, "data-hit", HIT)
    await walk.wait(5 * HOURS)
    await step(walk, "clients-told", TOLD)

    told, detail = await walk.duty("tell-clients-1"), await walk.duty("tell-clients-in-detail-1")
    assert (told.state, detail.state) == ("met", "owed")
    assert detail.due_at - (await walk.incident()).started_at == timedelta(hours=5 + 72)
    await walk.wait(60 * HOURS)
    await step(walk, "clients-told-in-detail", TOLD)
    assert (await walk.duty("tell-clients-in-detail-1")).state == "met"


async def test_the_clients_clock_is_neither_waived_nor_vouched_for_nor_lost_with_the_kind(walk: Walk) -> None:
    await hole(walk)
    await step(walk, "data-hit", HIT)

    with pytest.raises(Forbidden, match=r"tell-clients-1 can't be waived.*step:clients-told"):
        await incidents.waive(walk.house, ALICE, walk.ref, "tell-clients-1", "they will not notice")
    with pytest.raises(Forbidden, match="can't be vouched for: it is discharged by step:clients-told"):
        await incidents.done_by_hand(walk.house, ALICE, walk.ref, "tell-clients-1", "told them")
    with pytest.raises(Conflict, match="tell-clients-1 is owed"):
        await incidents.change_kind(walk.house, ALICE, walk.ref, "service", "an outage after all")
    await walk.resolved()
    assert (await walk.duty("tell-clients-1")).state == "owed", "the end of the incident is no end of it"
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    await step(walk, "security-lead", LEAD)
    await step(walk, "legal", LEGAL)
    await walk.learned()
    with pytest.raises(Conflict, match="can't close yet: Tell the clients whose data was hit"):
        await incidents.close(walk.house, ALICE, walk.ref)


async def test_without_clients_to_tell_its_kind_can_still_be_put_right(walk: Walk) -> None:
    await hole(walk)

    incident = await incidents.change_kind(walk.house, ALICE, walk.ref, "service", "an outage after all")

    assert (incident.kind, incident.severity, incident.private) == ("service", "high", True)


async def test_evidence_is_corrected_by_what_is_recorded_after_it_and_never_edited(walk: Walk) -> None:
    await hole(walk)
    await step(walk, "evidence", {"What": "access log", "Where it is kept": "vault 7"})
    before = (await walk.incident()).facts

    after = await step(walk, "evidence", {"What": "access log", "Where it is kept": "vault 8, not 7"})

    kept = [dict(one.values)["Where it is kept"] for one in after.steps if one.step == "evidence"]
    assert kept == ["vault 7", "vault 8, not 7"]
    assert after.facts[: len(before)] == before


def test_the_store_knows_no_statement_that_changes_or_removes_a_fact() -> None:
    for statements in (incident_rows.SQL, access_rows.SQL):
        for name, text in statements.items():
            words = " ".join(text.lower().split())
            assert "update facts" not in words, name
            assert "delete from facts" not in words, name


async def test_evidence_that_was_changed_behind_our_back_shows(walk: Walk, pool: asyncpg.Pool) -> None:
    await hole(walk)
    incident = await step(walk, "evidence", {"What": "access log", "Where it is kept": "vault 7"})
    n = next(fact.n for fact in incident.facts if fact.kind == "step_taken")
    assert await verify(walk.house) == []

    await pool.execute(
        """UPDATE facts SET data = jsonb_set(data, '{values,1,1}', '"nowhere"') WHERE n = $1""", n
    )

    assert await verify(walk.house) == [Broken(walk.ref, n)]


async def test_nothing_public_is_planned_for_it_whatever_is_asked(walk: Walk, pool: asyncpg.Pool) -> None:
    await hole(walk)
    with pytest.raises(Forbidden, match="no public words"):
        await incidents.approve_public_words(walk.house, ALICE, walk.ref)
    with pytest.raises(Forbidden, match="no public words"):
        await incidents.approve_public_update(walk.house, ALICE, walk.ref, text="rotating")
    await walk.wait(3 * HOURS)
    await walk.resolved()
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Rotate the keys weekly", "bob")
    await walk.engine.run_due()

    assert PUBLIC.isdisjoint(await planned(pool))
    assert PUBLIC.isdisjoint(one.does for one in walk.mailbox.sent)


async def test_public_words_that_wait_do_not_go_out_any_more_once_it_is_security(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await walk.begin()
    await walk.steered()
    await walk.wait(30)
    await incidents.approve_public_words(walk.house, ALICE, walk.ref)
    assert not PUBLIC.isdisjoint(await planned(pool))

    await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "it is a hole")
    await incidents.post_update(walk.house, ALICE, walk.ref, "keys rotated")
    await walk.resolved()

    assert PUBLIC.isdisjoint(one.does for one in walk.mailbox.sent)
    assert "issue_opened" not in await walk.kinds()


async def test_nothing_public_is_owed_after_the_kind_has_changed(walk: Walk) -> None:
    await walk.begin()
    await walk.public()
    walk.mailbox.take()

    await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "it is a hole")
    await walk.wait(4 * HOURS)

    owed = {duty.rule.id for duty in (await walk.duties()).values() if duty.state == "owed"}
    assert owed.isdisjoint({"public-issue", "public-post", "public-update"})
    assert PUBLIC.isdisjoint(one.does for one in walk.mailbox.sent)


async def test_whoever_is_added_sees_it_whole_and_whoever_is_asked_for_a_task_does_too(walk: Walk) -> None:
    await hole(walk)
    with pytest.raises(NotFound):
        await incidents.add_member(walk.house, CAROL, walk.ref, "carol", "I am curious")
    with pytest.raises(Invalid, match="say why carol has to know of it"):
        await incidents.add_member(walk.house, BOB, walk.ref, "carol", "")

    await incidents.add_member(walk.house, BOB, walk.ref, "carol", "she leads security")

    assert (await looks.case(walk.house, walk.ref, "carol")).incident.title == HOLE.text
    assert [row.ref for row in await looks.incidents(walk.house, "carol")] == [walk.ref]
    await incidents.add_note(walk.house, CAROL, walk.ref, "I look at the log")


async def planned(pool: asyncpg.Pool) -> set[str]:
    """What was ever planned."""
    return {row["does"] for row in await pool.fetch("SELECT DISTINCT does FROM works")}


@pytest.mark.parametrize("door", ["web", "slack", "api", "form"])
async def test_a_report_that_names_no_kind_is_private_by_its_words_through_every_door(
    walk: Walk, door: str
) -> None:
    report = NewReport(door, "we were hacked, customer data leaked", "Alice", outside=False)
    declared = await incidents.declare(walk.house, ALICE, report)
    walk.ref = declared.ref
    incident = await walk.incident()
    assert incident.kind == "security"
    assert incident.facts[0].what.private  # type: ignore[attr-defined]


async def test_who_chose_another_kind_keeps_it(walk: Walk) -> None:
    report = NewReport("web", "the fix of the security hole broke sign-in", "Alice", outside=False)
    walk.ref = (await incidents.declare(walk.house, ALICE, report, kind="service")).ref
    assert (await walk.incident()).kind == "service"
