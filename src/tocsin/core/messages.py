"""What the thread, and the person who is reminded, read about a fact: a text with neutral marks, and the clicks it offers.

`{@handle}` stands for a mention of a person; `*…*` is bold, `>` at a line's start a quotation. Integrations translate.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core import facts as f
from tocsin.core.duties import Duty
from tocsin.core.facts import Fact
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import (
    LOG,
    NEXT,
    OWN,
    PUBLIC,
    PUBLIC_UPDATE,
    UPDATE,
    Message,
    Scene,
    clock,
    mention,
    quoted,
    source_label,
    unmarked,
)
from tocsin.core.messages_asked import of_asked, of_learning
from tocsin.core.messages_builds import of_builds
from tocsin.core.messages_deploys import of_deploys
from tocsin.core.messages_duties import of_duties
from tocsin.core.messages_paging import of_paging
from tocsin.core.messages_reruns import of_reruns
from tocsin.core.places import Places
from tocsin.core.procedures.messages import of_procedures
from tocsin.core.texts import ISSUE_MARK


def thread_message(
    fact: Fact, incident: Incident, handbook: Handbook, places: Places, duties: Mapping[str, Duty]
) -> Message | None:
    """What the thread says about this fact; None for those that are on the card, or only in the timeline.

    `duties` is the incident's ledger by ids; it is worked out once, however many facts are told.
    """
    scene = Scene(fact, incident, handbook, places, duties)
    return next((message for tell in TELLERS if (message := tell(scene))), None)


def _of_reports(scene: Scene) -> Message | None:
    """Reports come in, are answered, and move."""
    match scene.fact.what:
        case f.ReportReceived(reporter=reporter, source=source, url=url, joined=joined, why=why) as what:
            verb = "also reports" if joined else "reports"
            link = f" {url}" if url else ""
            alike = "" if joined else _alike(scene.incident, scene.places)
            alike += (
                f"\n_It joined by itself: {why}. What is about something else can be split off._"
                if why
                else ""
            )
            said = quoted(unmarked(what.said))
            return Message(f"*{unmarked(reporter)}* {verb} by {source_label(source)}:{link}\n{said}{alike}")
        case f.InboxOverlooked(received_at=received_at, due_at=due_at):
            return Message(
                f"*Nobody looked at this in the inbox:* it came at {clock(received_at)}, and somebody had to look by {clock(due_at)}. "
                "Tocsin assumes the worst."
            )
        case f.ReportMoved(to=to, reason=reason):
            return Message(f"A report moved to {to}: {reason} {scene.places.incident(to)}")
        case f.ReporterAnswered(report=id, url=url):
            return Message(f"{_reporter(scene.incident, id)} has been answered. {url}".rstrip())
        case f.ReporterTold(report=id, url=url):
            return Message(f"{_reporter(scene.incident, id)} has been told how it ended. {url}".rstrip())
        case _:
            return None


def _owner_before(scene: Scene) -> str:
    """Who owned it until then, in words."""
    before = ""
    for fact in scene.incident.facts[: scene.fact.n - 1]:
        match fact.what:
            case f.Owned(person=person):
                before = person
            case f.Reopened():
                before = ""
    return f" other than {mention(before)} now" if before else ""


def _stands_there(scene: Scene, url: str) -> bool:
    """Whether it was said in chat, where it can be read, and only kept for the timeline. A command is read by nobody else."""
    return scene.fact.door == "slack" and bool(url)


def _of_steering(scene: Scene) -> Message | None:
    """What the owner and others say and decide."""
    match scene.fact.what:
        case f.Owned(person=person):
            return Message(
                f"{mention(person)}: I'm on it. {scene.incident.ref} has an owner{_owner_before(scene)}.",
                offers=(NEXT,),
                loud=True,
            )
        case f.NextStepsStated(text=text, next_update_at=at):
            return Message(
                f"*Next steps* by {scene.who}:\n{quoted(text)}\nNext update by {clock(at)}.", offers=(UPDATE,)
            )
        case f.UpdatePosted(text=text, next_update_at=at):
            is_public = scene.incident.public.issue or scene.incident.public.post
            offers = (UPDATE, PUBLIC_UPDATE) if is_public else (UPDATE,)
            return Message(
                f"*Update* by {scene.who}:\n{quoted(text)}\nNext update by {clock(at)}.", offers=offers
            )
        case f.StepTaken(title=title, values=values, url=url):
            entered = "\n".join(f"{name}: {value}" for name, value in values)
            return Message(f"{scene.who} recorded *{title}*:\n{quoted(entered)} {url}".rstrip())
        case f.NoteAdded(text=text, url=url):
            return None if _stands_there(scene, url) else Message(f"{scene.who} notes:\n{quoted(text)}")
        case f.SeverityChanged(was=was, now=now, reason=reason):
            why = f": {reason}" if reason else "."
            return Message(f"{scene.who} changed the severity from {was} to *{now}*{why}", loud=True)
        case f.KindChanged(was=was, now=now, reason=reason, private=private):
            left = f" {LEFT}" if private and scene.incident.left_thread else ""
            return Message(f"{scene.who} changed the kind from {was} to *{now}*: {reason}{left}")
        case f.MemberAdded(person=person, reason=reason):
            return Message(f"{scene.who} let {mention(person)} know of this: {reason}")
        case f.Retitled(now=now):
            return Message(f"{scene.who} gave it the title *{now}*.")
        case f.Tagged(tags=tags):
            return Message(f"{scene.who} tagged it {', '.join(tags)}.")
        case f.RollbackAnswered(rolled_back=yes, text=text) if scene.fact.by != f.TOCSIN:
            return Message(f"*Rolled back?* {'Yes' if yes else 'No'}, says {scene.who}:\n{quoted(text)}")
        case _:
            return None


def _of_public_words(scene: Scene) -> Message | None:
    """What the public is told."""
    match scene.fact.what:
        case f.PublicWordsDrafted(title=title, body=body, post=post):
            return Message(
                f"*Not quickly resolved, and severe: the public should hear of it.* The owner approves or edits.\n*Issue: {title}*\n{quoted(body)}\n*Post*\n{quoted(post.replace(ISSUE_MARK, '(link to the issue)'))}",
                offers=PUBLIC,
            )
        case f.PublicWordsApproved():
            return Message(f"{scene.who} approved the public words; they are going out.")
        case f.IssueOpened(url=url):
            return Message(f"The public issue is open: {url}")
        case f.PostPublished(url=url):
            return Message(f"The post is out: {url}")
        case f.PublicUpdateApproved():
            return Message(f"{scene.who} approved an update for the public; it is going out.")
        case f.IssueUpdated(url=url):
            return Message(f"The public issue shows the latest state: {url}")
        case f.PostUpdated(url=url):
            return Message(f"The update stands under the post: {url}")
        case f.IssueClosed(url=url):
            return Message(f"The public issue was updated and closed: {url}")
        case f.PostAnswered(url=url):
            return Message(f"Under the post stands that it is resolved: {url}")
        case _:
            return None


def _of_the_end(scene: Scene) -> Message | None:
    """How it ends, and what is learned."""
    match scene.fact.what:
        case f.Resolved(how=how, evidence=evidence):
            return Message(
                f"*Resolved* by {scene.who}: {how}\nHow we know: {evidence}",
                offers=(LOG,),
                loud=True,
            )
        case f.Dismissed(reason=reason, verified=verified, same_as=same_as):
            if same_as:
                return Message(
                    f"{scene.who} found it to be the same as {same_as}: {scene.places.incident(same_as)}",
                    loud=True,
                )
            return Message(f"*No incident*, says {scene.who}: {reason}\nVerified: {verified}", loud=True)
        case f.Reopened(reason=reason):
            return Message(f"*Opened again* by {scene.who}: {reason}", offers=(OWN,), loud=True)
        case f.OpsLogWritten():
            return Message(
                f"{scene.who} wrote the ops log: {scene.places.incident(scene.incident.ref)}#ops-log"
            )
        case f.OpsLogAppended(url=url):
            return Message(f"The entry stands in the ops log's document: {url}")
        case f.Closed():
            return Message(f"{scene.incident.ref} is closed: every duty is settled.")
        case _:
            return None


TELLERS = (
    _of_reports,
    of_paging,
    _of_steering,
    of_asked,
    _of_public_words,
    _of_the_end,
    of_learning,
    of_builds,
    of_reruns,
    of_deploys,
    of_procedures,
    of_duties,
)
"""Each knows its own kinds of facts, and has nothing to say of the others."""


def _alike(incident: Incident, places: Places) -> str:
    """The open incidents that may be the same, offered as links."""
    if not incident.similar:
        return ""
    links = ", ".join(f"{ref} {places.incident(ref)}" for ref in incident.similar)
    return f"\nIt looks like {links}. If it is the same: join {incident.ref} into {incident.similar[0]}."


LEFT = "What Tocsin said in the open is taken back; what people wrote there stays until they delete it."


def _reporter(incident: Incident, id: str) -> str:
    report = incident.report(id)
    return f"{report.reporter} ({source_label(report.source)})" if report else "The reporter"
