"""Reports from Slack: declared at once, whatever is missing, and answered with where the incident is."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts import incidents, looks
from tocsin.acts.incidents import Declaration, NewReport
from tocsin.core.facts import TOCSIN
from tocsin.integrations.slack.blocks import escaped, link
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.said import thread_url


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told: the words, where an answer goes (`C…/ts` or `U…`; "" is their direct messages), and Slack's id of it."""

    text: str
    address: str = ""
    url: str = ""
    key: str = ""
    title: str = ""
    kind: str = ""
    severity: str = ""
    reason: str = ""
    policy: str = ""
    said_by: Caller | None = None
    """Who wrote the words, where somebody else brings them in: they are the reporter, and answered."""


async def declare(lobby: Lobby, caller: Caller, told: Told) -> Declaration:
    reporter = told.said_by or caller
    report = NewReport(
        source="slack",
        text=told.text,
        reporter=reporter.name,
        outside=reporter.outside,
        answer_via="slack",
        address=told.address or reporter.slack_id,
        url=told.url,
        key=told.key,
    )
    return await incidents.declare(
        lobby.house,
        caller.actor,
        report,
        title=told.title,
        kind=told.kind,
        severity=told.severity,
        reason=told.reason,
        policy=told.policy,
    )


async def declared(
    lobby: Lobby, caller: Caller, told: Told, *, said_in: str = "", on_purpose: bool = False
) -> Reply:
    """Declare, and say what became of it.

    What is said where an incident is talked about (`said_in`: `C…/ts`, or `C…`) belongs to that incident: it is noted there, and
    opens none that others may read. Only a report `on_purpose` opens another one, unless the talk is private.
    """
    channel, _, thread = said_in.partition("/")
    ref = await looks.incident_of_talk(lobby.house, channel, thread) if channel else None
    if ref and (not on_purpose or (await looks.case(lobby.house, ref, TOCSIN)).incident.private):
        return await _noted(lobby, caller, told, ref)
    declaration = await declare(lobby, caller, told)
    return Reply(await where(lobby, declaration), ref=declaration.ref)


async def _noted(lobby: Lobby, caller: Caller, told: Told, ref: str) -> Reply:
    if told.url:
        await incidents.keep_message(lobby.house, caller.actor, ref, told.text, told.url)
    else:
        await incidents.add_note(lobby.house, caller.actor, ref, told.text)
    return Reply(
        f"Noted in the timeline of {ref}, which this is about. No incident was opened: to report another thing, "
        "write `/tocsin report …` outside of here.",
        ref=ref,
    )


async def where(lobby: Lobby, declaration: Declaration) -> str:
    """What a reporter reads at once: the incident, its thread if it is there yet, and those that may be the same."""
    house, ref = lobby.house, declaration.ref
    incident = (await looks.case(house, ref, TOCSIN)).incident  # Only what they said themselves is shown.
    roster = await looks.roster(house)
    verb = "is open" if declaration.is_new else "is about this already"
    ways = [link(house.places.incident(ref), "Incident page")]
    if thread_url(incident):
        ways.insert(0, link(thread_url(incident), "Thread"))
    if declaration.token:
        ways.append(link(house.places.status(declaration.token), "Status page"))
    lines = [
        f"*{ref}* {verb}: {escaped(incident.title)}",
        f"Severity {incident.severity}, {escaped(incident.kind)}, {incident.status}. "
        + (
            f"{escaped(roster.name(incident.owner))} owns it. "
            if incident.owner
            else "Who is on call is being paged. "
        )
        + " · ".join(ways),
    ]
    if declaration.similar:
        same = ", ".join(link(house.places.incident(other), other) for other in declaration.similar)
        lines.append(
            f"Open as well, and perhaps the same: {same}. If so: `/tocsin join {ref} into {declaration.similar[0]}`"
        )
    return "\n".join(lines)
