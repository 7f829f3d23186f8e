"""Which forms an incident's page offers now: those that make sense in its state, with what this person owes first and open.

Built from the handbook and the state; nothing here asks for a particular kind of incident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tocsin.core import texts
from tocsin.core.decisions_chasing import may_escalate
from tocsin.core.decisions_learning import one_a_line
from tocsin.core.facts_builds import BuildRed
from tocsin.core.messages_builds import green_evidence
from tocsin.doors.web import offers_asking, offers_learning, offers_paging
from tocsin.doors.web.forms import CHOICE, HIDDEN, MARKS, TEXT, YES_OR_NO, Field, Sheet
from tocsin.doors.web.offers_procedures import FIRST, plan_sheets
from tocsin.doors.web.scene import BESIDE, Scene, owed_at
from tocsin.doors.web.spans import next_update_options


def sheets(scene: Scene) -> list[Sheet]:
    """The forms for the whole incident; the ones that this person owes come first, the most urgent before the others."""
    offered = list(_while_open(scene) if scene.view.incident.is_open else _afterwards(scene))
    offered.append(_note())
    if scene.view.incident.closed_at is None:
        offered += plan_sheets(scene)
    if scene.view.incident.closed_at is None:
        offered += offers_asking.step_sheets(scene)
    due = {sheet.key: due_at for sheet in offered if (due_at := owed_at(scene, sheet))}
    offered = [replace(sheet, owed=sheet.key in due) for sheet in offered]

    def place(sheet: Sheet) -> tuple[bool, bool, float]:
        at = due.get(BESIDE.get(sheet.act, sheet.key), 0.0)
        return not (sheet.key == FIRST and scene.view.incident.owner), not at, at

    return sorted(offered, key=place)


def _while_open(scene: Scene) -> Iterator[Sheet]:
    incident = scene.view.incident
    if not incident.owner:
        yield Sheet("own", "Own it", "I'm on it")
    elif incident.owner != scene.me:
        name = scene.roster.name(incident.owner)
        fields = (Field("take_over", "", HIDDEN, "yes"),)
        note = f"{name} owns it now. Speak with them first."
        yield Sheet("own", f"Take over from {name}", "I take over", fields, help=note)
    alert = incident.alert
    if scene.me in alert.called or not (alert.acknowledged_at or alert.has_answer_of(scene.me)):
        yield Sheet("acknowledge", "Acknowledge", "Acknowledge")
    if incident.owner:
        yield _spoken(scene, "next-steps", "State next steps", "What do you intend to do?")
        yield _spoken(scene, "update", "Post an update", "How does it stand?")
    yield from offers_asking.while_open(scene)
    if _asks_for_rollback(scene) and incident.rollback is None:
        yield _rollback()
    if _may_speak_in_public(scene):
        yield _public(scene)
    yield _resolve(scene)
    yield _dismiss()
    yield _severity(scene)
    yield _kind(scene)
    yield _title(scene)
    yield _tag()
    if scene.view.incident.private:
        yield _member(scene)
    yield _page(scene)
    if may_escalate(incident):
        # A mere button while nobody has answered; later it stands with what is done seldom.
        answered = incident.alert.acknowledged_at is not None
        yield Sheet("escalate", "Escalate", "Page the next people now", danger=answered)
    yield from offers_paging.while_open(scene)
    if any(isinstance(build, BuildRed) for build in incident.builds) and not incident.private:
        yield Sheet("rerun", "Run the oldest suspect's build again", "Is it a flake? Run it again")
    if incident.owner:
        yield offers_learning.follow_up(scene)
    if scene.others:
        yield _join(scene)


def _afterwards(scene: Scene) -> Iterator[Sheet]:
    if scene.view.incident.dismissed is None:
        yield _log(scene)
        yield from offers_learning.afterwards(scene)
    fields = (Field("reason", "What shows that it is not over?", TEXT, must=True),)
    yield Sheet("reopen", "Open it again", "Open it again", fields, danger=True)


def _spoken(scene: Scene, act: str, title: str, question: str) -> Sheet:
    options = next_update_options(scene.view.handbook, scene.view.incident.severity)
    fields = (
        Field("text", question, TEXT, must=True),
        Field("next_in", "Next update in", CHOICE, options=options),
    )
    return Sheet(act, title, title, fields)


def _asks_for_rollback(scene: Scene) -> bool:
    return any("rollback_answered" in duty.rule.discharged_by for duty in scene.view.ledger)


def _rollback() -> Sheet:
    fields = (
        Field("rolled_back", "Was it rolled back?", CHOICE, options=(("", "–"), *YES_OR_NO), must=True),
        Field("text", "What to what; or why not", TEXT, must=True),
    )
    return Sheet("rollback", "Rolled back?", "Answer", fields)


def _may_speak_in_public(scene: Scene) -> bool:
    incident = scene.view.incident
    kind = scene.view.handbook.kind(incident.kind)
    can = incident.abilities & {"issue", "post"}
    is_mine = incident.owner == scene.me
    return bool(kind and kind.public and can and is_mine and incident.public.approved is None)


def _public(scene: Scene) -> Sheet:
    incident = scene.view.incident
    draft = incident.public.draft or texts.draft(incident, scene.view.handbook)
    mark = "{issue} becomes the link to the issue." if texts.ISSUE_MARK in draft.post else ""
    fields = (
        Field("title", "Title of the issue", value=draft.title, must=True),
        Field("body", "The issue", TEXT, value=draft.body, must=True, rows=8),
        Field("post", "The post", TEXT, value=draft.post, must=True, rows=4, counts_post=True, help=mark),
    )
    note = "Everybody can read this. It goes out as soon as you approve it."
    return Sheet("public", "Tell the public", "Approve and send out", fields, help=note)


def _resolve(scene: Scene) -> Sheet:
    asks = _asks_for_rollback(scene) and scene.view.incident.rollback is None
    question = (
        Field("rolled_back", "Was it rolled back?", CHOICE, options=(("", "not answered here"), *YES_OR_NO)),
    )
    outsiders = Field(
        "public",
        "One sentence for outsiders",
        value="",
        help="Reporters and the public read this. Empty: the handbook's own words.",
    )
    fields = (
        Field("how", "What made it well again?", TEXT, must=True),
        Field(
            "evidence",
            "How do you know?",
            TEXT,
            value=green_evidence(scene.view.incident),
            must=True,
            rows=2,
        ),
        *(question if asks else ()),
        *(() if scene.view.incident.private else (outsiders,)),
        Field(
            "follow_ups",
            "What has to follow, so that it does not happen again?",
            TEXT,
            rows=2,
            help=one_a_line(scene.view.incident),
        ),
    )
    return Sheet("resolve", "Resolve", "It is resolved", fields)


def _dismiss() -> Sheet:
    fields = (
        Field("reason", "Why is it no incident?", TEXT, must=True, rows=2),
        Field(
            "verified",
            "How was that verified?",
            TEXT,
            must=True,
            rows=2,
            help="The reporters are told this sentence.",
        ),
    )
    return Sheet("dismiss", "It is no incident", "Dismiss it", fields, danger=True)


def _severity(scene: Scene) -> Sheet:
    options = tuple(
        (one.id, f"{one.title}: {one.help}")
        for one in scene.view.handbook.severities_of(scene.view.incident.kind)
    )
    fields = (
        Field("severity", "Severity", CHOICE, value=scene.view.incident.severity, options=options, must=True),
        Field("reason", "Reason", TEXT, rows=2, help="Raising it is free; lowering it has to be argued."),
    )
    return Sheet("severity", "Change the severity", "Change it", fields)


def _kind(scene: Scene) -> Sheet:
    incident, handbook = scene.view.incident, scene.view.handbook
    options = tuple((one.id, f"{one.title}: {one.example}") for one in handbook.kinds)
    fields = (
        Field("kind", "Kind", CHOICE, value=incident.kind, options=options, must=True),
        Field("reason", "Why?", TEXT, rows=2, must=True),
    )
    private = ", ".join(one.title for one in handbook.kinds if one.private)
    note = f"Of these only members may know, and there is no way back: {private}." if private else ""
    return Sheet("kind", "Change the kind", "Change it", fields, help=note)


def _member(scene: Scene) -> Sheet:
    incident, roster = scene.view.incident, scene.roster
    others = [one for one in roster.people.values() if one.handle not in incident.members]
    fields = (
        Field("person", "Who?", CHOICE, options=tuple((one.handle, one.name) for one in others), must=True),
        Field("reason", "Why do they have to know?", TEXT, rows=2, must=True),
    )
    known = ", ".join(sorted(roster.name(handle) for handle in incident.members))
    return Sheet(
        "member", "Let somebody know of it", "Let them know", fields, help=f"Private. It is known to {known}."
    )


def _title(scene: Scene) -> Sheet:
    field = Field("title", "Title", value=scene.view.incident.title, must=True)
    return Sheet("title", "Give it a better title", "Call it that", (field,))


def _tag() -> Sheet:
    field = Field("tags", "Tags", must=True, help="One word each: db eu")
    return Sheet("tag", "Tag it", "Tag it", (field,))


def _page(scene: Scene) -> Sheet:
    roster = scene.roster
    on_call = ", ".join(roster.name(handle) for handle in roster.on_call) or "nobody at the moment"
    options = [("on-call", f"On call: {on_call}")]
    options += [(f"team:{name}", f"Team {name} ({len(members)})") for name, members in roster.teams.items()]
    options += [(f"person:{handle}", person.name) for handle, person in roster.people.items()]
    fields = (Field("targets", "Whom?", MARKS, options=tuple(options)),)
    return Sheet("page", "Page more people", "Page them now", fields)


def _join(scene: Scene) -> Sheet:
    similar = scene.view.incident.similar
    ranked = sorted(scene.others, key=lambda row: row.ref not in similar)
    options = tuple(
        (row.ref, f"{row.ref} {row.title}{' (looks alike)' if row.ref in similar else ''}") for row in ranked
    )
    fields = (Field("into", "Which?", CHOICE, options=(("", "–"), *options), must=True),)
    note = "Its reports move there, and this one is dismissed as the same."
    return Sheet("join", "It is the same as another", "Join it", fields, help=note, danger=True)


def _note() -> Sheet:
    return Sheet("note", "Add a note", "Add it", (Field("text", "Note", TEXT, must=True),))


def _log(scene: Scene) -> Sheet:
    incident = scene.view.incident
    old = incident.ops_log
    first = next(iter(incident.reports), None)
    noticed = f"{first.reporter} ({first.source}), {first.received_at:%Y-%m-%d %H:%M} UTC" if first else ""
    how = incident.resolved.how if incident.resolved else ""
    fields = (
        Field("impact", "Impact", TEXT, value=old.impact if old else incident.title, must=True, rows=2),
        Field("detection", "Detection", TEXT, value=old.detection if old else noticed, must=True, rows=2),
        Field("cause", "Cause", TEXT, value=old.cause if old else "", must=True, rows=2,
              help="“not known yet” is an answer."),
        Field("resolution", "Resolution", TEXT, value=old.resolution if old else how, must=True, rows=2),
        Field("links", "Links, one a line", TEXT, value="\n".join(old.links) if old else "", rows=2),
    )  # fmt: skip
    return Sheet("log", "Write the ops log again" if old else "Write the ops log", "Write it down", fields)
