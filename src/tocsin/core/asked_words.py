"""The timeline's words for what people ask of each other, and for what is learned."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.teller import Tell, Teller, Words, quotes


def _delegated(t: Teller, who: str, what: f.TaskDelegated) -> Words:
    said = quotes(("", what.text), ("Mind", "\n".join(what.warnings)))
    return Words(
        f"{who} asked {t.name(what.to)} ({what.task})", said, at=what.answer_by, at_label="to answer by"
    )


def _handover(t: Teller, who: str, what: f.HandoverAsked) -> Words:
    said = quotes(("", what.summary), ("Mind", "\n".join(what.warnings)))
    return Words(
        f"{who} asked {t.name(what.to)} to take it over", said, at=what.answer_by, at_label="to answer by"
    )


def _planned(t: Teller, who: str, what: f.RetrospectivePlanned) -> Words:
    verb = "moved the retrospective" if what.version else "called a retrospective"
    line = f"{who} {verb}, {what.minutes} min, with {t.names(what.people)}"
    return Words(line, quotes(("", what.reason)), at=what.starts_at, at_label="it begins")


def _reminded(t: Teller, who: str, what: f.RetrospectiveReminded) -> Words:
    return Words(f"A day before the retrospective; still to write: {t.names(what.people)}")


def _invited(t: Teller, who: str, what: f.RetrospectiveInvited) -> Words:
    return Words(f"The invitation for {t.name(what.person)} is with the mail server")


def _delivered(t: Teller, who: str, what: f.MessageDelivered) -> Words:
    kind = {"ask": "the request", "word": "the word"}.get(what.does, "the reminder")
    return Words(f"{what.via} took {kind} for {t.name(what.person)}", url=what.url)


def _filed(t: Teller, who: str, what: f.FollowUpFiled) -> Words:
    line = f"{who} filed the follow-up {what.follow_up} for {t.name(what.to)}: {what.title}"
    return Words(line, quotes(("", what.text)))


ASKED_WORDS: Final[dict[type[f.What], Tell]] = {
    f.TaskDelegated: _delegated,
    f.TaskAccepted: lambda t, who, what: Words(f"{t.name(what.person)} took {what.task}"),
    f.TaskDeclined: lambda t, who, what: Words(
        f"{t.name(what.person)} can't do {what.task}; it is the owner's again", quotes(("", what.reason))
    ),
    f.TaskReturned: lambda t, who, what: Words(f"{what.task} is the owner's again: {what.why}"),
    f.TaskReported: lambda t, who, what: Words(f"{who}: result of {what.task}", quotes(("", what.text))),
    f.TaskWithdrawn: lambda t, who, what: Words(f"{who} withdrew {what.task}", quotes(("", what.reason))),
    f.HandoverAsked: _handover,
    f.HandoverAccepted: lambda t, who, what: Words(
        f"{t.name(what.person)} accepted the handover; {t.name(what.was)} is released"
    ),
    f.HandoverDeclined: lambda t, who, what: Words(
        f"{t.name(what.person)} can't take over", quotes(("", what.reason))
    ),
    f.HandoverReturned: lambda t, who, what: Words(f"Nobody took over: {what.why}"),
    f.MessageDelivered: _delivered,
    f.FollowUpFiled: _filed,
    f.FollowUpOpened: lambda t, who, what: Words(f"{what.follow_up} is an issue", url=what.url),
    f.FollowUpDone: lambda t, who, what: Words(f"{what.follow_up} is done", quotes(("", what.how)), what.url),
    f.FollowUpReopened: lambda t, who, what: Words(
        f"{what.follow_up} is not done after all", quotes(("", what.reason))
    ),
    f.NoFollowUps: lambda t, who, what: Words(f"{who}: nothing has to follow", quotes(("", what.reason))),
    f.RetrospectivePlanned: _planned,
    f.RetrospectiveDeclined: lambda t, who, what: Words(
        f"{who} decided for no retrospective", quotes(("", what.reason))
    ),
    f.RetrospectiveInvited: _invited,
    f.RetrospectiveReminded: _reminded,
    f.FeedbackGiven: lambda t, who, what: Words(
        f"{who} wrote for the retrospective", quotes(("", what.text))
    ),
    f.RetrospectiveHeld: lambda t, who, what: Words(
        f"{who}: the retrospective was held", quotes(("", what.text))
    ),
}
