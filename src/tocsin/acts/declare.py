"""Reports become incidents: declared at once, joined where they tell of the same thing, split off where they do not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import asyncpg

from tocsin.acts.handbooks import keep_up
from tocsin.acts.house import House
from tocsin.acts.policies import policy_for
from tocsin.acts.process import ENGINE, Open, begin, open_case, settle
from tocsin.acts.roster import directory, roster_at
from tocsin.acts.wishes import Wish, declared_by, lowered_by
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.incident import Incident, Report
from tocsin.core.intake import kind_by_words
from tocsin.core.similar import similar_to
from tocsin.core.words import NOTHING_SAID, text_of, title_from
from tocsin.errors import Conflict, Forbidden, NotFound
from tocsin.store import incidents as rows
from tocsin.store.pool import Connection


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody said, as a door received it.

    `answer_via` is the way back (x, slack, email, or page), `address` theirs there, `url` where it can be read; `key` is the
    source's own id of it, so that the same event twice makes one report.
    """

    source: str
    text: str
    reporter: str
    outside: bool
    answer_via: str = "page"
    address: str = ""
    url: str = ""
    key: str = ""
    of_builds: bool = False
    """A watched build broke: it is compared with other builds only, and they with nothing else."""
    why: str = ""
    """Why it joined by itself, where no person said so."""
    title: str = ""
    """What they put above it: the subject of a mail."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What became of a report. `token` opens its status page; `is_new` is False where the report was there already."""

    ref: str
    report: str
    token: str
    is_new: bool
    similar: tuple[str, ...] = ()


async def declare(
    house: House,
    actor: Actor,
    report: NewReport,
    *,
    title: str = "",
    kind: str = "",
    severity: str = "",
    reason: str = "",
    policy: str = "",
    joins: str = "",
    same_conversation: bool = False,
) -> Declaration:
    """Open an incident from a report, at once; with `joins` the report joins that incident instead, if it is still open.

    A private incident is joined only by its members, or where the door found it to be the `same_conversation`.

    Nothing that is missing can block it: a kind that nobody chose is the one that the handbook's words of reports mean, else its first,
    an unknown severity the worst, and so is
    one that nobody puts their name and a `reason` to. Invalid only for a text that is too long to be kept, and NotFound, naming those
    there are, for a `policy` that there is not: whoever named it wants to reach others than those who would be paged instead.
    """
    report = _cleaned(report)
    title = text_of(title, field="title")
    if report.text == NOTHING_SAID and title:
        report = replace(report, text=title)
    wish = Wish(
        title_from(title or report.text),
        kind,
        severity if actor.person else "",
        text_of(reason, field="reason"),
        policy=text_of(policy, field="policy").lower(),
    )
    try:
        async with house.pool.acquire() as conn, conn.transaction():
            opened = (
                await still_open(house, conn, actor, joins, same_conversation=same_conversation)
                if joins
                else None
            )
            declared = await declare_in(house, conn, actor, report, wish, opened)
    except asyncpg.UniqueViolationError:
        # The same event, at the same moment, on another node: theirs stands.
        async with house.pool.acquire() as conn:
            found = await _known(conn, report)
        if found is None:
            raise
        return found
    house.wake()
    return declared


async def join(house: House, actor: Actor, ref: str, into: str) -> Incident:
    """The incident `ref` tells of the same thing as `into`: its reports move there, and it is dismissed as the same."""
    _person(actor, "join incidents")
    ref, into = ref.upper(), into.upper()
    if ref == into:
        raise Conflict(f"{ref} can't join itself")
    async with house.pool.acquire() as conn, conn.transaction():
        source, target = await _open_both(house, conn, actor, ref, into)
        if source.incident.private and not target.incident.private:
            raise Forbidden(
                f"{ref} is private: what was said there can't move to {into}, which everybody may read"
            )
        reason = f"the same as {into}"
        for report in source.incident.handles_reports:
            _move(source, target, report, actor, reason)
            await conn.execute(rows.SQL["move_report"], rows.number_of(report.id), target.head.id)
        source.add([f.Dismissed(reason, f"{actor.by} found it to be {reason}", same_as=into)], actor)
        await settle(house, conn, source)
        await settle(house, conn, target)
    house.wake()
    return target.incident


async def split(house: House, actor: Actor, ref: str, report_id: str) -> Declaration:
    """A report tells of something else: it gets an incident of its own, at the highest severity again."""
    _person(actor, "split off a report")
    async with house.pool.acquire() as conn, conn.transaction():
        source = await open_one(house, conn, actor, ref.upper())
        report = source.incident.report(report_id.upper())
        if report is None or report.moved_to:
            known = ", ".join(report.id for report in source.incident.handles_reports)
            raise NotFound(f"{ref} has no report {report_id}; it has {known}", field="report")
        if len(source.incident.handles_reports) == 1:
            raise Conflict(f"{report.id} is the only report of {ref}: there is nothing to split it off from")
        target = await _new_for(house, conn, actor, source, report)
        _move(source, target, report, actor, f"split off by {actor.by}")
        await settle(house, conn, target)
        await settle(house, conn, source)
        await conn.execute(rows.SQL["move_report"], rows.number_of(report.id), target.head.id)
    house.wake()
    return Declaration(target.head.ref, report.id, report.token, is_new=True)


async def declare_in(
    house: House, conn: Connection, actor: Actor, report: NewReport, wish: Wish, opened: Open | None
) -> Declaration:
    """`declare` as part of a transaction that does more: the report joins the incident that is `opened`, or opens one."""
    if report.key and (known := await _known(conn, report)):
        return known
    if wish.policy and opened is None:
        await policy_for(house, conn, wish.policy)  # What is refused takes no number.
    numbers = await conn.fetchrow(rows.SQL["take_numbers"])
    assert numbers is not None
    await keep_up(house, conn, numbers["handbook"])
    received = _received(report, f"R{numbers['report']}")
    if opened:
        opened.add([replace(received, joined=True, why=report.why)], actor)
        similar: tuple[str, ...] = ()
    else:
        recent = await conn.fetch(rows.SQL["recent_open"], report.of_builds)
        others = [(row["ref"], row["title"]) for row in recent if row["title"] != NOTHING_SAID]
        said = "" if report.text == NOTHING_SAID else f"{wish.title} {report.text}"
        similar = similar_to(said, others)
        if not wish.kind:
            wish = replace(wish, kind=kind_by_words(f"{wish.title}\n{report.text}", house.handbook.intake))
        roster = await roster_at(house, conn, house.clock.now(), numbers["roster"])
        people = await directory(house, conn, numbers["roster"])
        declared = declared_by(
            house, f"INC-{numbers['incident']}", wish, similar, actor.person, roster, people
        )
        lowered = lowered_by(declared, house, wish)
        opened = await begin(
            house, conn, numbers["incident"], [declared, received, *lowered], actor, numbers["roster"]
        )
    await settle(house, conn, opened)
    await _store_report(conn, opened, report, received)
    return Declaration(opened.head.ref, received.report, received.token, is_new=True, similar=similar)


def _cleaned(report: NewReport) -> NewReport:
    return replace(
        report,
        source=text_of(report.source, field="source"),
        text=text_of(report.text, field="text") or NOTHING_SAID,
        reporter=text_of(report.reporter, field="reporter")[:200] or "somebody",
        address=text_of(report.address, field="address"),
        url=text_of(report.url, field="url"),
        key=text_of(report.key, field="key"),
        title=text_of(report.title, field="title"),
    )


async def _known(conn: Connection, report: NewReport) -> Declaration | None:
    row = await conn.fetchrow(rows.SQL["by_report_key"], report.source, report.key)
    return Declaration(row["ref"], f"R{row['id']}", row["token"], is_new=False) if row else None


def _received(report: NewReport, id: str) -> f.ReportReceived:
    return f.ReportReceived(
        report=id,
        source=report.source,
        text=report.text,
        reporter=report.reporter,
        outside=report.outside,
        answer_via=report.answer_via,
        token=secrets.token_urlsafe(18),
        address=report.address,
        url=report.url,
        title=report.title,
    )


async def _store_report(
    conn: Connection, opened: Open, report: NewReport, received: f.ReportReceived
) -> None:
    await conn.execute(
        rows.SQL["insert_report"],
        rows.number_of(received.report),
        opened.head.id,
        report.source,
        report.key,
        report.address,
        received.token,
        opened.now,
    )


async def still_open(
    house: House, conn: Connection, actor: Actor, ref: str, *, same_conversation: bool = False
) -> Open | None:
    """The incident that a report may join; None where it is over, or nothing that this actor may know of."""
    head = await rows.lock(conn, ref.upper())
    opened = await open_case(house, conn, head) if head else None
    if opened is None or not opened.incident.is_open:
        return None
    return opened if same_conversation or opened.incident.may_be_known_to(actor.person) else None


async def open_one(house: House, conn: Connection, actor: Actor, ref: str) -> Open:
    """The incident, locked. NotFound if there is none that this actor may know of, Conflict if it is over."""
    head = await rows.lock(conn, ref)
    if head is None:
        raise NotFound(f"There is no incident {ref}", field="ref")
    opened = await open_case(house, conn, head)
    if not opened.incident.may_be_known_to(actor.person):
        raise NotFound(f"There is no incident {ref}", field="ref")
    if not opened.incident.is_open:
        raise Conflict(f"{ref} is over: its reports stay where they are")
    return opened


async def _open_both(house: House, conn: Connection, actor: Actor, ref: str, into: str) -> tuple[Open, Open]:
    """Both incidents, locked in the order of their numbers so that two who join crosswise do not wait for each other."""
    first, second = sorted((ref, into), key=rows.number_of)
    opened = {
        first: await open_one(house, conn, actor, first),
        second: await open_one(house, conn, actor, second),
    }
    return opened[ref], opened[into]


def _move(source: Open, target: Open, report: Report, actor: Actor, reason: str) -> None:
    received = f.ReportReceived(
        report=report.id,
        source=report.source,
        text=report.text,
        reporter=report.reporter,
        outside=report.outside,
        answer_via=report.answer_via,
        token=report.token,
        address=report.address,
        url=report.url,
        title=report.title,
        joined=not target.is_new,
        moved_from=source.head.ref,
    )
    source.add([f.ReportMoved(report.id, target.head.ref, reason)], actor)
    target.add([received], actor)
    if report.answered_at:
        target.add(
            [f.ReporterAnswered(report.id, "answered before the report moved here", report.answer_url)],
            ENGINE,
        )


async def _new_for(house: House, conn: Connection, actor: Actor, source: Open, report: Report) -> Open:
    """An incident of its own for a report that is split off."""
    numbers = await conn.fetchrow(rows.SQL["take_numbers"])
    assert numbers is not None
    await keep_up(house, conn, numbers["handbook"])
    wish = Wish(report.heading, source.incident.kind, "", private=source.incident.private)
    ref = f"INC-{numbers['incident']}"
    people = await directory(house, conn, numbers["roster"])
    declared = declared_by(house, ref, wish, (source.head.ref,), actor.person, source.roster, people)
    return await begin(house, conn, numbers["incident"], [declared], actor, numbers["roster"])


def _person(actor: Actor, deed: str) -> None:
    if not actor.person:
        raise Forbidden(
            f"Only a person can {deed}, in their own name; {actor.by} is nobody that Tocsin knows"
        )
