"""What people may do, and each refusal by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from core_cases import ALICE, BOB, MINUTE, ROBOT, Story, at, roster

from tocsin.core import decisions as d
from tocsin.core import decisions_ending as ending
from tocsin.core import decisions_public as dp
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

Deed = Callable[[Case], list[f.What]]
OPEN = Story().begin()
OWNED = Story().begin().say(1, f.Owned("alice"))
RESOLVED = Story().begin().say(1, f.Owned("alice"), f.IssueOpened("a/b", 1, "u")).say(2, f.Resolved("h", "e"))
DISMISSED = Story().begin().say(2, f.Dismissed("none", "looked"))
PRIVATE = Story().begin(kind="security").say(1, f.Owned("alice"))
APPROVED = Story().begin().say(1, f.Owned("alice"), f.PublicWordsApproved("t", "b", "p"))
LOG = {"impact": "all", "detection": "a post", "cause": "certificate", "resolution": "renewed"}


def deed(do: Callable[..., list[f.What]], *args: object, by: Actor = ALICE, **named: object) -> Deed:
    return lambda case: do(case, by, *args, **named)


REFUSALS = [
    ("acknowledge: by nobody we know", OPEN, deed(d.acknowledge, by=ROBOT), Forbidden, "Only a person can acknowledge a page, in their own name; the key robot is nobody"),
    ("acknowledge: over", RESOLVED, deed(d.acknowledge), Conflict, "INC-1 was resolved at 09:02 UTC; reopen it first"),
    ("own: by a third", OPEN, deed(d.own, by=ROBOT), Forbidden, "Only a person can own an incident"),
    ("own: another's", OWNED, deed(d.own, by=BOB), Conflict, "alice has owned INC-1 since 09:01 UTC"),
    ("own: over", DISMISSED, deed(d.own), Conflict, "INC-1 was dismissed at 09:02 UTC"),
    ("next: nobody owns it", OPEN, deed(d.state_next_steps, "look"), Conflict, "Nobody owns INC-1 yet"),
    ("next: says nothing", OWNED, deed(d.state_next_steps, " "), Invalid, "text is missing: say what you intend"),
    ("next: by nobody we know", OWNED, deed(d.state_next_steps, "look", by=ROBOT), Forbidden, "Only a person"),
    ("update: nobody owns it", OPEN, deed(d.post_update, "hm"), Conflict, "Nobody owns INC-1 yet"),
    ("update: says nothing", OWNED, deed(d.post_update, ""), Invalid, "text is missing: say how it stands"),
    ("update: promised too late", OWNED, deed(d.post_update, "hm", 31 * MINUTE), Invalid, "at high severity an update is due at least every 30 min; 31 min is longer"),
    ("update: promised for the past", OWNED, deed(d.post_update, "hm", timedelta(0)), Invalid, "must lie ahead"),
    ("note: says nothing", OPEN, deed(d.add_note, "\x00"), Invalid, "text is missing: a note says something"),
    ("severity: unknown", OPEN, deed(d.change_severity, "dire"), Invalid, "'dire' is no severity of service; the handbook has high, moderate, low"),
    ("severity: lowered without a reason", OPEN, deed(d.change_severity, "low"), Invalid, "reason is missing: lowering from high to low has to be argued"),
    ("severity: lowered without a name", OPEN, deed(d.change_severity, "low", "few", by=ROBOT), Forbidden, "Only a person can lower the severity"),
    ("rollback: yes, but not how", OWNED, deed(d.answer_rollback, True, ""), Invalid, "say what was rolled back to what"),
    ("rollback: no, but not why", OWNED, deed(d.answer_rollback, False, ""), Invalid, "say why it was not rolled back"),
    ("rollback: by nobody we know", OWNED, deed(d.answer_rollback, True, "v1", by=ROBOT), Forbidden, "Only a person"),
    ("rollback: a false alarm", DISMISSED, deed(d.answer_rollback, True, "v1"), Conflict, "INC-1 was dismissed: there was nothing to roll back"),
    ("resolve: without how", OWNED, deed(ending.resolve, "", "seen"), Invalid, "how is missing"),
    ("resolve: without evidence", OWNED, deed(ending.resolve, "fixed", " "), Invalid, "evidence is missing: say how you know that the service is well again"),
    ("resolve: by nobody we know", OWNED, deed(ending.resolve, "f", "e", by=ROBOT), Forbidden, "Only a person"),
    ("resolve: over", RESOLVED, deed(ending.resolve, "f", "e"), Conflict, "was resolved at"),
    ("resolve: words too long", OWNED, deed(ending.resolve, "f", "e", public="x" * 2001), Invalid, "public has 2,001 characters; at most 2,000"),
    ("dismiss: without a reason", OPEN, deed(ending.dismiss, "", "looked"), Invalid, "reason is missing"),
    ("dismiss: without how it was verified", OPEN, deed(ending.dismiss, "none", ""), Invalid, "verified is missing: say how it was verified to be no incident"),
    ("dismiss: without a name", OPEN, deed(ending.dismiss, "n", "v", by=ROBOT), Forbidden, "Only a person can dismiss an incident"),
    ("reopen: open", OPEN, deed(ending.reopen, "hm"), Conflict, "INC-1 is open"),
    ("reopen: without a reason", RESOLVED, deed(ending.reopen, ""), Invalid, "reason is missing"),
    ("log: still open", OWNED, deed(ending.write_ops_log, **LOG), Conflict, "INC-1 is still open"),
    ("log: a false alarm", DISMISSED, deed(ending.write_ops_log, **LOG), Conflict, "false alarms get no entry"),
    ("log: without a cause", RESOLVED, deed(ending.write_ops_log, **{**LOG, "cause": ""}), Invalid, "cause is missing"),
    ("waive: without a reason", OPEN, deed(ending.waive, "own", ""), Invalid, "a waiver needs a reason"),
    ("waive: without a name", OPEN, deed(ending.waive, "own", "drill", by=ROBOT), Forbidden, "Only a person can waive a duty"),
    ("waive: what keeps public words true", RESOLVED, deed(ending.waive, "close-issue", "no"), Forbidden, "close-issue can't be waived"),
    ("waive: no such duty", OPEN, deed(ending.waive, "sing", "no"), NotFound, "INC-1 has no duty sing; owed are: answer-R1, own"),
    ("waive: settled", OWNED, deed(ending.waive, "own", "no"), Conflict, "own is met already"),
    ("by hand: that can't be vouched for", OPEN, deed(ending.done_by_hand, "own", "u"), Forbidden, "own can't be vouched for: it is discharged by owned"),
    ("by hand: without evidence", OPEN, deed(ending.done_by_hand, "answer-R1", ""), Invalid, "evidence is missing: give a link"),
    ("by hand: without a name", OPEN, deed(ending.done_by_hand, "answer-R1", "u", by=ROBOT), Forbidden, "Only a person can vouch"),
    ("send: nothing to send", OPEN, deed(d.approve_action, "own"), Invalid, "Tocsin offers nothing to send for own"),
    ("send: without a name", OPEN, deed(d.approve_action, "answer-R1", by=ROBOT), Forbidden, "Only a person can let something go out"),
    ("send: by itself already", RESOLVED, deed(d.approve_action, "close-issue"), Conflict, "close-issue is on its way already"),
    ("public: a private kind", PRIVATE, deed(dp.approve_public_words, "t", "b", "p"), Forbidden, "INC-1 is of the kind security: there are no public words"),
    ("tags: none", OPEN, deed(d.add_tags, [" "]), Invalid, "tags is missing"),
    ("tags: too many", OPEN, deed(d.add_tags, [str(n) for n in range(21)]), Invalid, "more than 20 tags"),
    ("public: not the owner's", OWNED, deed(dp.approve_public_words, "t", "b", "p", by=BOB), Forbidden, "the owner's to approve: alice"),
    ("public: nobody owns it", OPEN, deed(dp.approve_public_words, "t", "b", "p"), Forbidden, "nobody owns it yet"),
    ("public: approved already", APPROVED, deed(dp.approve_public_words, "t", "b", "p"), Conflict, "have been approved already"),
    ("public: over", RESOLVED, deed(dp.approve_public_words, "t", "b", "p"), Conflict, "was resolved at"),
    ("public: too long", OWNED, deed(dp.approve_public_words, "t", "b", "x" * 257), Invalid, "post counts 281 characters; X takes 280"),
    ("public: no title", OWNED, deed(dp.approve_public_words, "", "b", "p"), Invalid, "title is missing"),
    ("page: nobody of that name", OPEN, deed(d.page, ("team:zebra",), roster()), NotFound, "team:zebra is nobody that can be paged; known are on-call, team:ops"),
    ("page: over", RESOLVED, deed(d.page, ("on-call",), roster()), Conflict, "was resolved at"),
    ("close: open", OPEN, deed(ending.close), Conflict, "INC-1 is open: resolve it, or dismiss it"),
    ("close: something is owed", RESOLVED, deed(ending.close), Conflict, "INC-1 can't close yet: .*Close the issue \\(close-issue\\)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "do", "error", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_is_refused(story: Story, do: Deed, error: type[TocsinError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        do(story.case())

    assert type(caught.value) is error


TAKEN = [
    ("acknowledge", OPEN, deed(d.acknowledge), [f.PageAcknowledged("alice")]),
    ("acknowledge twice: nothing more", OWNED, deed(d.acknowledge, by=BOB), []),
    ("own", OPEN, deed(d.own), [f.Owned("alice")]),
    ("own twice: nothing more", OWNED, deed(d.own), []),
    ("take over", OWNED, deed(d.own, by=BOB, take_over=True), [f.Owned("bob")]),
    ("next steps, the update due when the handbook says", OWNED, deed(d.state_next_steps, "look"), [f.NextStepsStated("look", at(31))]),
    ("an update promised sooner", OWNED, deed(d.post_update, "hm", 5 * MINUTE), [f.UpdatePosted("hm", at(6))]),
    ("raise the severity: free", Story().begin(severity="low"), deed(d.change_severity, "high", by=ROBOT), [f.SeverityChanged("low", "high", "")]),
    ("lower the severity", OPEN, deed(d.change_severity, "low", "few"), [f.SeverityChanged("high", "low", "few")]),
    ("the same severity: nothing", OPEN, deed(d.change_severity, "high"), []),
    ("resolve and answer the rollback", OWNED, deed(ending.resolve, "to v41", "green", rolled_back=True), [f.RollbackAnswered(True, "to v41"), f.Resolved("to v41", "green")]),
    ("resolve, rolled back after all", Story().begin().say(1, f.RollbackAnswered(False, "no deploy")), deed(ending.resolve, "to v41", "green", rolled_back=True), [f.RollbackAnswered(True, "to v41"), f.Resolved("to v41", "green")]),
    ("resolve, the rollback answered before", Story().begin().say(1, f.RollbackAnswered(True, "to v41")), deed(ending.resolve, "h", "e", rolled_back=True), [f.Resolved("h", "e")]),
    ("dismiss", OPEN, deed(ending.dismiss, "none", "looked"), [f.Dismissed("none", "looked")]),
    ("reopen: anyone may", RESOLVED, deed(ending.reopen, "it fails", by=ROBOT), [f.Reopened("it fails")]),
    ("approve an answer, edited", OPEN, deed(d.approve_action, "answer-R1", "hello"), [f.ActionApproved("answer-R1", "hello")]),
    ("waive", OPEN, deed(ending.waive, "own", "a drill"), [f.DutyWaived("own", "a drill")]),
    ("vouch", RESOLVED, deed(ending.done_by_hand, "close-issue", "https://i/1"), [f.DutyDoneByHand("close-issue", "https://i/1")]),
    ("page beside the escalation, but for whom it reached this minute", OPEN, deed(d.page, ("team:ops",), roster()), [f.Paged(("alice",), 0, "alice asks for the team ops", by_hand=True)]),
    ("tags: those it bears already", OPEN, deed(d.add_tags, ["db", "#db", " eu "]), [f.Tagged(("db", "eu"))]),
    ("a note holds no NUL", OPEN, deed(d.add_note, "a\x00b", "u\x00"), [f.NoteAdded("ab", "u")]),
    ("links that are none are left out of the log", RESOLVED, deed(ending.write_ops_log, **LOG, links=(" ", "u\x00")), [f.OpsLogWritten(**LOG, links=("u",))]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "do", "facts"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_is_taken(story: Story, do: Deed, facts: list[f.What]) -> None:
    assert do(story.case()) == facts


def test_public_words_that_a_service_refused_are_mended_and_approved_once_more() -> None:
    story = Story().begin().say(1, f.Owned("alice"), f.PublicWordsApproved("t", "b", "p"))
    story.say(2, f.DeliveryRefused("post.publish", "x", "too long"))

    facts = dp.approve_public_words(story.case(), ALICE, "t", "b", "shorter")

    assert facts == [f.PublicWordsApproved("t", "b", "shorter {issue}")]


def test_two_who_approve_the_same_answer_send_it_once() -> None:
    story = Story().begin().say(1, f.ActionApproved("answer-R1", "hello"))

    with pytest.raises(Conflict, match="on its way already"):
        d.approve_action(story.case(), BOB, "answer-R1")


def test_a_name_from_outside_is_kept_clean_and_short() -> None:
    assert Actor("", "x", "@ja\x00ne" + "e" * 500).by.startswith("@jane")
    assert len(Actor("", "x", "e" * 500).by) == 200
    assert Actor("", "x", "\x00").by == "somebody"
