"""The timeline in words: one small function for each kind of fact. A test holds that none is without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core.asked_words import ASKED_WORDS
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.message_parts import source_label
from tocsin.core.messages_deploys import verdict_words
from tocsin.core.people import Roster
from tocsin.core.procedures.fact_words import PROCEDURE_WORDS
from tocsin.core.rerun_words import RERUN_WORDS
from tocsin.core.spans import span_text
from tocsin.core.teller import Tell, Teller, Words, quotes


def words(fact: Fact, teller: Teller) -> Words:
    """What this fact says to people."""
    return WORDS[type(fact.what)](teller, teller.name(fact.by), fact.what)


def plain(said: Words) -> str:
    """The same as plain text: the line, what is quoted under it, and where it can be seen."""
    at = f" ({said.at_label} {said.at:%Y-%m-%d %H:%M} UTC)" if said.at else ""
    url = f" {said.url}" if said.url else ""
    quoted = "".join(f"\n{label}: {text}" if label else f"\n{text}" for label, text in said.quotes)
    return f"{said.line}{at}{url}{quoted}"


def timeline(incident: Incident, roster: Roster, duties: Mapping[str, str]) -> Iterator[tuple[datetime, str]]:
    """(when, what) of each entry of an incident's timeline, as plain text; what was written for the retrospective is left out."""
    teller = Teller(incident, roster, duties)
    for fact in incident.facts:
        if not isinstance(fact.what, f.FeedbackGiven | f.RetrospectiveInvited):
            yield fact.at, plain(words(fact, teller))


def _declared(t: Teller, who: str, what: f.Declared) -> Words:
    return Words(
        f"{who} opened the incident: {what.kind}, severity {what.severity}", quotes(("", what.title))
    )


def _received(t: Teller, who: str, what: f.ReportReceived) -> Words:
    verb = "also reports" if what.joined else "reports"
    moved = f", moved here from {what.moved_from}" if what.moved_from else ""
    moved += f", joined by itself: {what.why}" if what.why else ""
    return Words(
        f"{what.reporter} {verb} ({what.source}, {what.report}){moved}", quotes(("", what.said)), what.url
    )


def _moved(t: Teller, who: str, what: f.ReportMoved) -> Words:
    return Words(f"{who} moved the report {what.report} to {what.to}: {what.reason}")


def _approved(t: Teller, who: str, what: f.ActionApproved) -> Words:
    return Words(f"{who} let the words for {t.duty(what.duty)} go out", quotes(("", what.text)))


def _answered(t: Teller, who: str, what: f.ReporterAnswered) -> Words:
    return Words(f"{t.reporter(what.report)} was answered", quotes(("", what.text)), what.url)


def _told(t: Teller, who: str, what: f.ReporterTold) -> Words:
    return Words(f"{t.reporter(what.report)} was told how it ended", quotes(("", what.text)), what.url)


def _paged(t: Teller, who: str, what: f.Paged) -> Words:
    step = "" if what.by_hand else f", step {what.step + 1}"
    places = "".join(f", {place}" for place in what.places)
    left_out = quotes(*(("Not paged", why) for why in what.left_out))
    return Words(f"Paging {t.names(what.people)}{places}{step}: {what.why}", left_out)


def _places_called(t: Teller, who: str, what: f.PlacesCalled) -> Words:
    left_out = quotes(*(("Not paged", why) for why in what.left_out))
    return Words(
        f"Telling {', '.join(what.places)}, step {what.step + 1}, which reaches nobody: {what.why}", left_out
    )


def _nobody(t: Teller, who: str, what: f.NobodyToPage) -> Words:
    if what.keeps:
        return Words(f"Step {what.step + 1} was passed over: {what.why}")
    if what.step == 0 and t.incident.pager:
        return Words(f"Tocsin could page nobody: {what.why}. The team's pager is asked")
    return Words(f"Nobody could be paged: {what.why}. On to the next step")


def _ran_out(t: Teller, who: str, what: f.EscalationRanOut) -> Words:
    if what.again:
        then = "all steps are taken anew"
    else:
        resort = t.incident.alert.stamped.last_resort
        then = "the last resort is paged" if resort else "the last step is repeated"
    return Words(f"Nobody acknowledged, through every step (round {what.rounds}); {then}")


def _snoozed(t: Teller, who: str, what: f.PagingSnoozed) -> Words:
    return Words(
        f"{t.name(what.person)} asks that nobody be paged for a while", at=what.until, at_label="until"
    )


def _next_steps(t: Teller, who: str, what: f.NextStepsStated) -> Words:
    return Words(f"{who} stated the next steps", quotes(("", what.text)), at=what.next_update_at)


def _update(t: Teller, who: str, what: f.UpdatePosted) -> Words:
    return Words(f"{who} posted an update", quotes(("", what.text)), at=what.next_update_at)


def _severity(t: Teller, who: str, what: f.SeverityChanged) -> Words:
    return Words(f"{who} changed the severity from {what.was} to {what.now}", quotes(("Reason", what.reason)))


def _retitled(t: Teller, who: str, what: f.Retitled) -> Words:
    return Words(f"{who} gave it a better title: {what.now}", quotes(("Before", what.was)))


def _kind(t: Teller, who: str, what: f.KindChanged) -> Words:
    private = "; only its members may know of it from here on" if what.private else ""
    return Words(
        f"{who} changed the kind from {what.was} to {what.now}{private}", quotes(("Reason", what.reason))
    )


def _member(t: Teller, who: str, what: f.MemberAdded) -> Words:
    return Words(f"{who} let {t.names((what.person,))} know of it", quotes(("Reason", what.reason)))


def _rollback(t: Teller, who: str, what: f.RollbackAnswered) -> Words:
    answer = "yes" if what.rolled_back else "no"
    return Words(f"Rolled back? {answer}, says {who}", quotes(("", what.text)))


def _drafted(t: Teller, who: str, what: f.PublicWordsDrafted) -> Words:
    return Words(f"{who} drafted the public words", _public(what))


def _public_approved(t: Teller, who: str, what: f.PublicWordsApproved) -> Words:
    return Words(f"{who} approved the public words", _public(what))


def _public(what: f.PublicWordsDrafted | f.PublicWordsApproved) -> tuple[tuple[str, str], ...]:
    return quotes(("Issue", f"{what.title}\n\n{what.body}"), ("Post", what.post))


def _issue(t: Teller, who: str, what: f.IssueOpened) -> Words:
    return Words(f"The public issue {what.repository}#{what.number} is open", url=what.url)


def _resolved(t: Teller, who: str, what: f.Resolved) -> Words:
    said = quotes(("How", what.how), ("How we know", what.evidence), ("Said in public", what.public))
    return Words(f"{who} resolved it", said)


def _dismissed(t: Teller, who: str, what: f.Dismissed) -> Words:
    same = f", the same as {what.same_as}" if what.same_as else ""
    return Words(
        f"{who} found it to be no incident{same}", quotes(("Why", what.reason), ("Verified", what.verified))
    )


def _log(t: Teller, who: str, what: f.OpsLogWritten) -> Words:
    parts = (("Impact", what.impact), ("Detection", what.detection), ("Cause", what.cause))
    said = quotes(*parts, ("Resolution", what.resolution), ("Links", "\n".join(what.links)))
    return Words(f"{who} wrote the ops log", said, what.url)


STEPS: Final = {
    "ask": "asked for",
    "remind": "late, reminded who owes it",
    "thread": "late, told the thread",
    "page": "late, paging who owes it",
    "page_next": "late, paging the next people",
}


def _appended(t: Teller, who: str, what: f.OpsLogAppended) -> Words:
    return Words("The entry stands in the ops log's document", url=what.url)


def _overlooked(t: Teller, who: str, what: f.InboxOverlooked) -> Words:
    line = f"Nobody looked at the report {what.report} while it waited in the inbox; {who} assumed the worst. It was to be looked at"
    return Words(line, at=what.due_at, at_label="by")


def _red(t: Teller, who: str, what: f.BuildRed) -> Words:
    lines = [
        f"{suspect.sha[:7]} {suspect.title}, by {t.name(suspect.person) if suspect.person else suspect.author}"
        for suspect in what.suspects
    ]
    line = f"{what.workflow} failed {what.failures} times in a row on {what.branch} of {what.repository}"
    if not what.broken:
        line = f"Not every build of {what.workflow} that counted has failed after all: {what.branch} of {what.repository} does not count as broken any more"
    first = what.suspects[0].url if what.suspects else ""
    label = "The oldest failing commits" if what.broken else "What failed in a row"
    return Words(line, quotes((label, "\n".join(lines))), first)


def _green(t: Teller, who: str, what: f.BuildGreen) -> Words:
    line = f"{what.workflow} is green again on {what.branch} of {what.repository}, at {what.sha[:7]}"
    return Words(line, url=what.url)


def _judged(t: Teller, who: str, what: f.RevertibilityJudged) -> Words:
    why, warned = "\n".join(what.reasons), "\n".join(what.warnings)
    return Words(verdict_words(what), quotes(("", why), ("Warned", warned)))


def _chased(t: Teller, who: str, what: f.DutyChased) -> Words:
    people = f" ({t.names(what.people)})" if what.people else ""
    return Words(f"{t.duty(what.duty)}: {STEPS.get(what.step, what.step)}{people}")


def _refused(t: Teller, who: str, what: f.DeliveryRefused) -> Words:
    return Words(f"{what.via or 'A service'} refused to {WORKS.get(what.what, what.what)}: {what.why}")


WORKS: Final = {
    "thread.open": "open the thread",
    "thread.say": "say it in the thread",
    "thread.leave": "empty the card that everybody could read",
    "thread.archive": "archive the incident's own channel",
    "thread.invite": "let somebody into the private conversation",
    "thread.settle": "take clicks away that are stale",
    "thread.run": "show in the thread how far a run is",
    "thread.card": "bring the card up to date",
    "page": "page somebody",
    "page.settle": "mark a page as answered",
    "place.tell": "tell a channel or webhook of the policy",
    "place.settle": "tell it how it stands",
    "remind": "remind somebody",
    "answer": "answer the reporter",
    "tell": "tell the reporter how it ended",
    "deploys.judge": "see whether the deploy can be rolled back",
    "build.rerun": "run the build again",
    "revert.judge": "see whether the commit may be reverted",
    "issue.open": "open the public issue",
    "issue.update": "bring the public issue up to date",
    "issue.close": "close the public issue",
    "post.update": "put the update under the post",
    "follow_up.open": "open the issue of a follow-up",
    "follow_up.close": "close the issue of a follow-up",
    "ask": "ask somebody",
    "word": "tell somebody",
    "invite": "invite somebody to the retrospective",
    "post.publish": "publish the post",
    "post.answer": "answer the post",
    "log.append": "put the ops log into the document",
    "procedure.look": "look at what a procedure depends on",
    "procedure.step": "carry out a step of a procedure",
    "alert.create": "page through the pager",
    "alert.acknowledge": "acknowledge the alert in the pager",
    "alert.snooze": "tell the pager that it is silent for a while",
    "alert.assign": "tell the pager to whom it was given",
    "alert.close": "close the alert in the pager",
}
"""What waits to go out, or was refused, in words."""

WORDS: Final[dict[type[f.What], Tell]] = {
    **ASKED_WORDS,
    **PROCEDURE_WORDS,
    **RERUN_WORDS,
    f.Declared: _declared,
    f.ReportReceived: _received,
    f.ReportMoved: _moved,
    f.ActionApproved: _approved,
    f.ReporterAnswered: _answered,
    f.ReporterTold: _told,
    f.ThreadOpened: lambda t, who, what: Words("The thread is open", url=what.url),
    f.Paged: _paged,
    f.NobodyToPage: _nobody,
    f.EscalationRanOut: _ran_out,
    f.PageUnacknowledged: lambda t, who, what: Words(
        f"{t.name(what.person)} took the acknowledgement back; paging starts anew"
    ),
    f.AcknowledgementExpired: lambda t, who, what: Words(
        f"Nothing was heard since {t.name(what.person)} acknowledged; paging starts anew"
    ),
    f.PagingSnoozed: _snoozed,
    f.PagingSnoozeEnded: lambda t, who, what: Words("The time without pages is over; paging starts anew"),
    f.Reassigned: lambda t, who, what: Words(f"{t.name(what.person)} gave it to {', '.join(what.to)}"),
    f.EscalationHeld: lambda t, who, what: Words(
        f"Nothing could be sent for {span_text(what.span)} ({what.why}); the next steps are later by that"
    ),
    f.PlacesCalled: _places_called,
    f.PlaceTold: lambda t, who, what: Words(f"{what.place} was told", url=what.url),
    f.PageDelivered: lambda t, who, what: Words(
        f"{what.via} took the page for {t.name(what.person)}"
        + (f", in one message on {what.among} incidents" if what.among > 1 else ""),
        url=what.url,
    ),
    f.PageAcknowledged: lambda t, who, what: Words(f"{t.name(what.person)} acknowledged the page"),
    f.Owned: lambda t, who, what: Words(f"{t.name(what.person)}: I'm on it. They own it now"),
    f.NextStepsStated: _next_steps,
    f.UpdatePosted: _update,
    f.NoteAdded: lambda t, who, what: Words(f"{who} notes", quotes(("", what.text)), what.url),
    f.SeverityChanged: _severity,
    f.KindChanged: _kind,
    f.MemberAdded: _member,
    f.Tagged: lambda t, who, what: Words(f"{who} tagged it {', '.join(what.tags)}"),
    f.Retitled: _retitled,
    f.RollbackAnswered: _rollback,
    f.PublicWordsDrafted: _drafted,
    f.PublicWordsApproved: _public_approved,
    f.IssueOpened: _issue,
    f.PostPublished: lambda t, who, what: Words("The post is out", url=what.url),
    f.IssueClosed: lambda t, who, what: Words(
        "The public issue was brought up to date and closed", url=what.url
    ),
    f.PostAnswered: lambda t, who, what: Words("Under the post stands that it is resolved", url=what.url),
    f.Resolved: _resolved,
    f.Dismissed: _dismissed,
    f.Reopened: lambda t, who, what: Words(f"{who} opened it again", quotes(("Why", what.reason))),
    f.OpsLogWritten: _log,
    f.OpsLogAppended: _appended,
    f.InboxOverlooked: _overlooked,
    f.BuildRed: _red,
    f.BuildGreen: _green,
    f.RevertibilityJudged: _judged,
    f.DutyChased: _chased,
    f.DutySnoozed: lambda t, who, what: Words(
        f"{who} asked for a while: {t.duty(what.duty)}",
        quotes(("Reason", what.reason)),
        at=what.until,
        at_label="nothing chases it until",
    ),
    f.DutyWaived: lambda t, who, what: Words(
        f"{who} waived {t.duty(what.duty)}", quotes(("Reason", what.reason))
    ),
    f.DutyDoneByHand: lambda t, who, what: Words(
        f"{who} did {t.duty(what.duty)} by hand", quotes(("Where it can be seen", what.evidence))
    ),
    f.DeliveryRefused: _refused,
    f.DeliveryDelayed: lambda t, who, what: Words(
        f"{what.via or 'A service'} can't {WORKS.get(what.what, what.what)} now; it is tried again: {what.why}"
    ),
    f.AlertCreated: lambda t, who, what: Words(
        f"{source_label(what.via)} has the alert, and pages", url=what.url
    ),
    f.AlertClosed: lambda t, who, what: Words(
        f"The alert in {source_label(what.via)} is closed", url=what.url
    ),
    f.StepTaken: lambda t, who, what: Words(f"{who} recorded: {what.title}", quotes(*what.values), what.url),
    f.PublicUpdateApproved: lambda t, who, what: Words(
        f"{who} approved an update for the public", quotes(("Issue", what.text), ("Post", what.post))
    ),
    f.IssueUpdated: lambda t, who, what: Words("The public issue shows the latest state", url=what.url),
    f.PostUpdated: lambda t, who, what: Words("The update stands under the post", url=what.url),
    f.Closed: lambda t, who, what: Words("Closed: every duty is settled"),
}
