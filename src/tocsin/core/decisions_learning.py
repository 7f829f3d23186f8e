"""How it is learned from: follow-ups with an owner each, and the retrospective. Each function gives the facts, or refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.asked import FollowUp
from tocsin.core.case import Actor, Case, somebody
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.retrospective import SECTIONS
from tocsin.core.words import LONGEST_TITLE, needed, text_of
from tocsin.errors import Conflict, Invalid, NotFound

MEETING = "M"
"""An incident has one retrospective, M1, which may be moved; it gets another once it was opened again after that was held."""
TO_BE_HELD = timedelta(days=1)
"""How long after its start a retrospective may be reported as held."""
SHORTEST, LONGEST = 10, 480
"""Minutes of a meeting."""
FURTHEST = timedelta(days=365)


def file_follow_up(
    case: Case, actor: Actor, title: str, to: str, roster: Roster, text: str = "", filed: int = 0
) -> list[f.What]:
    """Something to do so that it does not happen again. It has an owner, who agreed; without one it is nobody's.

    `filed` are those that are filed along with it, before it.
    """
    somebody(actor, "file a follow-up")
    title = needed(title, field="title", why="say what is to be done", longest=LONGEST_TITLE)
    to = to.strip().lower().removeprefix("@").removeprefix("person:")
    if not to:
        raise Invalid("to is missing: a follow-up has an owner who agreed to it", field="to")
    if to not in roster.people:
        raise NotFound(f"Nobody is called {to}; known are: {', '.join(roster.people)}", field="to")
    text = text_of(text, field="text", longest=20_000)
    for one in case.incident.asked.follow_ups:
        if (one.title, one.text, one.to) == (title, text, to) and not one.done_at:
            raise Conflict(
                f"{one.id} of {case.incident.ref} says just that, and is {roster.name(to)}'s", field="title"
            )
    number = len(case.incident.asked.follow_ups) + filed + 1
    return [f.FollowUpFiled(f"F{number}", title, text, to)]


def file_each(case: Case, actor: Actor, lines: str, roster: Roster) -> list[f.What]:
    """A follow-up for each line: of who is named in front (`@bob warn a month before`), else of the actor."""
    found: list[f.What] = []
    for line in dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()):
        first, _, rest = line.partition(" ")
        to, title = (first, rest) if first.startswith("@") else (actor.person, line)
        try:
            found += file_follow_up(case, actor, title, to, roster, filed=len(found))
        except (Invalid, NotFound, Conflict) as why:
            raise type(why)(why.message, field="follow_ups") from why
    return found


def one_a_line(incident: Incident) -> str:
    """What a form says about the lines of `file_each`."""
    each = "Each becomes an issue. " if becomes_issue(incident) else ""
    return f"One a line. {each}They are yours, but for a line that begins with a handle, such as @bob."


def becomes_issue(incident: Incident) -> bool:
    """Whether what is filed is opened as an issue, which others than the members of the incident may read."""
    return "issue" in incident.abilities and not incident.private


def file_message(case: Case, actor: Actor, title: str, url: str, roster: Roster) -> list[f.What]:
    """A message becomes a follow-up of who filed it. One that is a follow-up already, whosever, is none a second time."""
    if any(url in one.text for one in case.incident.asked.follow_ups):
        return []
    return file_follow_up(case, actor, title, somebody(actor, "file a follow-up"), roster, url)


def finish_follow_up(case: Case, actor: Actor, follow_up_id: str, how: str, url: str = "") -> list[f.What]:
    """It is done: its issue was closed, or somebody says how. Twice changes nothing."""
    one = _follow_up(case, follow_up_id)
    if one.done_at:
        return []
    how = needed(how, field="how", why="say how it was done, with a link where there is one")
    return [f.FollowUpDone(one.id, how, text_of(url, field="url"))]


def reopen_follow_up(case: Case, actor: Actor, follow_up_id: str, reason: str) -> list[f.What]:
    """It was not done after all. That does not open the incident again."""
    one = _follow_up(case, follow_up_id)
    if not one.done_at:
        return []
    return [f.FollowUpReopened(one.id, needed(reason, field="reason", why="say why it is not done"), one.to)]


def no_follow_ups(case: Case, actor: Actor, reason: str) -> list[f.What]:
    """Nothing has to follow, says somebody, and why."""
    somebody(actor, "say that nothing follows")
    _must_be_over(case)
    if any(isinstance(fact.what, f.FollowUpFiled) for fact in _this_round(case)):
        raise Conflict(f"{case.incident.ref} has follow-ups already")
    return [f.NoFollowUps(needed(reason, field="reason", why="say why nothing has to follow"))]


def took_part(incident: Incident) -> tuple[str, ...]:
    """Those who owned it or worked on it, and those whose a follow-up is: who is to come, unless others are named."""
    people = [x.what.person for x in incident.facts if isinstance(x.what, f.Owned | f.TaskAccepted)]
    return tuple(dict.fromkeys((*people, *(one.to for one in incident.asked.follow_ups))))


def plan_retrospective(
    case: Case,
    actor: Actor,
    starts_at: datetime,
    minutes: int,
    people: tuple[str, ...],
    roster: Roster,
    reason: str = "",
) -> list[f.What]:
    """A retrospective is worth it, then and with these people, by default those who took part. Again: it is moved."""
    person = somebody(actor, "plan a retrospective")
    _must_be_over(case)
    if starts_at.tzinfo is None:
        raise Invalid(
            "starts_at has no offset: write a time such as 2026-03-05T15:00:00+01:00", field="starts_at"
        )
    if not case.now < starts_at <= case.now + FURTHEST:
        raise Invalid("starts_at must lie ahead, and within a year", field="starts_at")
    starts_at = starts_at.astimezone(UTC)
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid(f"a retrospective takes {SHORTEST} to {LONGEST} minutes", field="minutes")
    _must_not_be_held(case)
    unknown = [handle for handle in people if handle not in roster.people]
    if unknown:
        raise NotFound(f"Nobody is called {', '.join(unknown)}", field="people")
    everyone = tuple(dict.fromkeys((*(people or took_part(case.incident)), person)))
    old = case.incident.asked.retrospective.planned
    versions = sum(
        isinstance(x.what, f.RetrospectivePlanned | f.RetrospectiveDeclined) for x in case.incident.facts
    )
    if (
        old
        and _stands(case, old)
        and (old.starts_at, old.minutes, old.people) == (starts_at, minutes, everyone)
    ):
        return []
    meeting = f"{MEETING}{1 + sum(isinstance(x.what, f.RetrospectiveHeld) for x in case.incident.facts)}"
    done_by = starts_at + timedelta(minutes=minutes) + TO_BE_HELD
    reason = text_of(reason, field="reason", longest=2000)
    return [f.RetrospectivePlanned(meeting, versions, starts_at, minutes, everyone, done_by, reason)]


def decline_retrospective(case: Case, actor: Actor, reason: str) -> list[f.What]:
    """It is not worth a retrospective, and why. One that was planned is called off."""
    somebody(actor, "decide about the retrospective")
    _must_be_over(case)
    _must_not_be_held(case)
    return [f.RetrospectiveDeclined(needed(reason, field="reason", why="say why it would not be valuable"))]


def give_feedback(case: Case, actor: Actor, section: str, text: str) -> list[f.What]:
    """What somebody writes for the retrospective, under one of its headings."""
    somebody(actor, "write for the retrospective")
    if section not in SECTIONS:
        raise Invalid(f"{section!r} is no heading; there are {', '.join(SECTIONS)}", field="section")
    if case.incident.asked.retrospective.planned is None:
        raise Conflict(f"No retrospective of {case.incident.ref} is planned")
    return [f.FeedbackGiven(section, needed(text, field="text", why="say it", longest=20_000))]


def hold_retrospective(case: Case, actor: Actor, text: str) -> list[f.What]:
    """They met. What is to be done are follow-ups, each with an owner who agreed."""
    somebody(actor, "report on the retrospective")
    if case.incident.asked.retrospective.planned is None:
        raise Conflict(f"No retrospective of {case.incident.ref} is planned")
    _must_not_be_held(case)
    return [f.RetrospectiveHeld(needed(text, field="text", why="say what came of it"))]


def _this_round(case: Case) -> tuple[Fact, ...]:
    """The facts since the incident was (last) opened again: what was learned before that may not be all."""
    facts = case.incident.facts
    return facts[max((x.n for x in facts if isinstance(x.what, f.Reopened)), default=0) :]


def _must_not_be_held(case: Case) -> None:
    if any(isinstance(fact.what, f.RetrospectiveHeld) for fact in _this_round(case)):
        raise Conflict(f"The retrospective of {case.incident.ref} was held already")


def _stands(case: Case, planned: f.RetrospectivePlanned) -> bool:
    """Whether it was planned in this round, so that planning it again the same way changes nothing."""
    return any(fact.what is planned for fact in _this_round(case))


def _follow_up(case: Case, id: str) -> FollowUp:
    one = case.incident.asked.follow_up(id.strip().upper())
    if one is None:
        known = ", ".join(up.id for up in case.incident.asked.follow_ups) or "none"
        raise NotFound(f"{case.incident.ref} has no follow-up {id}; it has: {known}", field="follow_up")
    return one


def _must_be_over(case: Case) -> None:
    incident = case.incident
    if incident.is_open:
        raise Conflict(f"{incident.ref} is still open: resolve it first")
