"""Walks: public words are kept true. The owner approves each update; of what is private nothing is ever said."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from public_world import REPO, Public, in_public
from walk_steps import ALICE, BOB, Walk

from tocsin.acts import incidents, learning
from tocsin.acts.incidents import NewReport
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.work import PUBLIC, Work
from tocsin.errors import Conflict, Forbidden, Invalid, TocsinError
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows

LEAK = "the signing key is on a public mirror"


@pytest.fixture
async def public(walk: Walk) -> AsyncIterator[Public]:
    async with in_public(walk) as public:
        yield public


async def update(public: Public, text: str = "", post: str = "") -> None:
    await incidents.approve_public_update(public.walk.house, ALICE, public.walk.ref, text=text, post=post)
    await public.settle()


async def test_the_owners_update_goes_out_by_approval_to_the_issue_and_under_the_post(public: Public) -> None:
    await public.told()
    assert len(public.posts) == 1

    await update(public, "We renew the certificate.", "We renew the certificate, 20 min.")

    assert (public.issue.body or "").startswith(
        "**Latest:** We renew the certificate. _(2026-03-02 09:30 UTC)_"
    )
    incident = await public.walk.incident()
    assert incident.public.post
    [answer] = public.town.x.replies_to(incident.public.post.post)
    assert answer.text == "We renew the certificate, 20 min."
    assert [kind for kind in await public.walk.kinds() if kind in ("issue_updated", "post_updated")] == [
        "issue_updated",
        "post_updated",
    ]
    said = " ".join(one.text for one in public.walk.mailbox.take("thread.say"))
    assert "The public issue shows the latest state" in said
    assert "The update stands under the post" in said


async def test_the_issue_shows_the_latest_state_edited_in_place(public: Public) -> None:
    await public.told()
    first = public.issue.body or ""

    await update(public, "We look at the certificate.")
    await update(public, "It is renewed, and rolls out.")

    body = public.issue.body or ""
    assert body.startswith("**Latest:** It is renewed, and rolls out.")
    assert "We look at" not in body
    assert body.endswith(first)
    assert public.issue.comments == []


async def test_without_words_the_last_update_is_the_draft(public: Public) -> None:
    await public.told()
    await incidents.post_update(public.walk.house, ALICE, public.walk.ref, "we roll the new certificate out")

    await update(public)

    assert (public.issue.body or "").startswith("**Latest:** We roll the new certificate out.")
    assert public.posts[-1] == "We roll the new certificate out."


async def test_words_for_one_place_are_what_the_other_says_and_never_the_owners_own(public: Public) -> None:
    await public.told()
    await incidents.post_update(public.walk.house, ALICE, public.walk.ref, "the intern pulled the plug")

    await update(public, "Power is back.")

    incident = await public.walk.incident()
    assert incident.public.post
    assert [one.text for one in public.town.x.replies_to(incident.public.post.post)] == ["Power is back."]
    assert "intern" not in (public.issue.body or "")


async def test_an_update_may_be_for_one_place_only(public: Public) -> None:
    await public.told()

    await update(public, "Only here.", "-")

    assert (public.issue.body or "").startswith("**Latest:** Only here.")
    assert len(public.posts) == 1


async def test_the_duty_to_keep_the_words_true_is_met_by_an_update_and_arises_again(public: Public) -> None:
    await public.told()
    due = (await public.walk.duty("public-update-1")).due_at
    await public.walk.wait(20)

    await update(public, "We renew the certificate.")

    duties = await public.walk.duties()
    assert duties["public-update-1"].state == "met"
    assert duties["public-update-2"].due_at > due


async def test_at_the_end_the_issue_says_so_in_its_own_text_and_is_closed(public: Public) -> None:
    await public.told()
    await update(public, "We renew the certificate.")

    await public.walk.resolved()
    await public.settle()

    body = public.issue.body or ""
    assert body.startswith("Resolved: It works again as expected.")
    assert "**Latest:**" not in body
    assert (public.issue.state, public.issue.state_reason) == ("closed", "completed")
    assert len(public.issue.comments) == 1


async def test_only_the_owner_approves_an_update(public: Public) -> None:
    await public.told()

    with pytest.raises(Forbidden, match="Public words are the owner's to approve"):
        await incidents.approve_public_update(public.walk.house, BOB, public.walk.ref, text="Ha", post="Ha")


async def test_an_update_that_is_too_long_is_refused(public: Public) -> None:
    await public.told()

    with pytest.raises(Invalid, match="post counts 300 characters; X takes 280"):
        await update(public, "Short.", "x" * 300)
    with pytest.raises(Invalid, match="text"):
        await update(public, "x" * 20_001, "Short.")
    assert "public_update_approved" not in await public.walk.kinds()


async def test_an_update_before_the_public_has_heard_anything_is_refused(public: Public) -> None:
    await public.begun()

    with pytest.raises(Conflict, match="The public has heard nothing of INC-1 yet"):
        await update(public, "We renew it.")


async def test_after_the_end_there_is_no_update(public: Public) -> None:
    await public.told()
    await public.walk.resolved()

    with pytest.raises(Conflict):
        await update(public, "We renew it.")


async def test_an_outsiders_comment_on_the_issue_reaches_the_thread(public: Public) -> None:
    await public.told()
    public.walk.mailbox.take()
    public.town.faults.add("github", "issue_comment", "duplicate_event")

    await public.town.github.comment("joe", REPO, 1, "It works in Firefox.")
    await public.settle()

    [told] = [one.text for one in public.walk.mailbox.take("thread.say") if "Firefox" in one.text]
    assert "@joe" in told


async def test_our_own_edits_come_back_to_us_and_change_nothing(public: Public) -> None:
    await public.told()
    before = len((await public.walk.incident()).facts)
    await update(public, "We renew the certificate.", "-")

    new = [fact.kind for fact in (await public.walk.incident()).facts[before:]]
    assert new == ["public_update_approved", "issue_updated"]


# Of what is private nothing is ever said


async def secret(public: Public) -> str:
    """A security incident of Alice's."""
    report = NewReport("web", LEAK, "Alice", outside=False)
    walk = public.walk
    walk.ref = (await incidents.declare(walk.house, ALICE, report, kind="security")).ref
    await incidents.own(walk.house, ALICE, walk.ref)
    await public.settle()
    return walk.ref


def nothing_was_said(public: Public) -> None:
    written = [call for call in public.town.requests if call.method != "GET"]
    assert written == [], [call.path for call in written]


async def test_every_act_that_speaks_in_public_is_refused_for_what_is_private(public: Public) -> None:
    house, ref = public.walk.house, await secret(public)
    attempts = [
        incidents.approve_public_words(house, ALICE, ref, title="t", body="b", post="p"),
        incidents.approve_public_update(house, ALICE, ref, text="t", post="p"),
        incidents.approve_action(house, ALICE, ref, "close-issue", "closed"),
        incidents.approve_action(house, ALICE, ref, "answer-post", "closed"),
    ]

    for attempt in attempts:
        with pytest.raises(TocsinError):
            await attempt
    await learning.file_follow_up(house, ALICE, ref, "Rotate every key", "bob")
    await public.settle()

    nothing_was_said(public)


async def test_what_was_private_stays_so_whatever_kind_it_becomes_and_no_public_word_is_taken(
    public: Public,
) -> None:
    """A service incident may be spoken of, but not one that began as a hole."""
    house, ref = public.walk.house, await secret(public)
    await incidents.change_kind(house, ALICE, ref, "service", "it was an outage after all")
    refused = f"{ref} is private: there are no public words about it, whatever its kind"

    with pytest.raises(Forbidden, match=refused):
        await incidents.approve_public_words(house, ALICE, ref, title="t", body="b", post="p")
    with pytest.raises(Forbidden, match=refused):
        await incidents.approve_public_update(house, ALICE, ref, text="t", post="p")
    await public.settle()

    nothing_was_said(public)


async def test_facts_that_call_for_public_words_plan_none_where_it_is_private(public: Public) -> None:
    ref = await secret(public)
    forged = [
        f.PublicWordsDrafted("t", "b", "p"),
        f.PublicWordsApproved("t", "b", "p"),
        f.IssueOpened(REPO, 1, "https://github.com/acme/website/issues/1"),
        f.PostPublished("1", "https://x.com/acme/status/1"),
        f.PublicUpdateApproved("t", "p"),
        f.FollowUpFiled("F9", "t", "", "bob"),
    ]
    await change(public.walk.house, ref, ENGINE, lambda case: list(forged))
    await public.settle()
    await public.walk.resolved()
    await public.settle()

    async with public.walk.house.pool.acquire() as conn:
        planned = await conn.fetch("SELECT does FROM works WHERE does = ANY($1)", sorted(PUBLIC))
    assert planned == []
    nothing_was_said(public)


async def test_a_public_work_that_got_into_the_rows_all_the_same_is_refused_by_the_engine(
    public: Public,
) -> None:
    ref, house = await secret(public), public.walk.house
    words = [
        f.PublicWordsApproved("t", LEAK, LEAK),
        f.IssueOpened(REPO, 1, "https://github.com/acme/website/issues/1"),
        f.PostPublished("1", "https://x.com/acme/status/1"),
        f.PublicUpdateApproved(LEAK, LEAK),
        f.FollowUpFiled("F9", LEAK, "", "bob"),
    ]
    await change(house, ref, ENGINE, lambda case: list(words))
    facts = (await public.walk.incident()).facts
    approved = next(str(fact.n) for fact in facts if isinstance(fact.what, f.PublicUpdateApproved))
    payload = {"fact": approved, "text": LEAK, "follow_up": "F9", "report": "R1", "duty": "close-issue"}
    tampered = [
        Work(does, f"tampered/{does}", f"tampered/{does}", payload=payload) for does in sorted(PUBLIC)
    ]
    tampered += [
        Work(does, f"tampered/{does}/{via}", f"tampered/{does}/{via}", via=via, payload=payload)
        for does in (w.ANSWER, w.TELL)
        for via in ("x", "github")
    ]
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.find(conn, ref)
        assert head
        await work_rows.plan(conn, head.id, tampered, house.clock.now())
    await public.settle()

    async with house.pool.acquire() as conn:
        ended = await conn.fetch("SELECT key, state FROM works WHERE key LIKE 'tampered/%'")
    assert {row["key"]: row["state"] for row in ended} == {work.key: "refused" for work in tampered}
    nothing_was_said(public)


async def test_words_that_wait_to_go_out_when_it_becomes_private_never_do(public: Public) -> None:
    await public.told()
    public.town.faults.add("github", "PATCH*", "503", times=50)
    public.town.faults.add("x", "POST*", "503", times=50)
    await update(public, LEAK, LEAK)

    await incidents.change_kind(public.walk.house, ALICE, public.walk.ref, "security", "it is a hole")
    public.town.faults.clear()
    for _ in range(4):
        await public.walk.wait(5)
    await public.walk.resolved()
    await public.settle()

    assert LEAK not in (public.issue.body or "")
    assert public.issue.comments == []
    assert len(public.posts) == 1


async def test_a_comment_on_the_issue_of_one_that_became_private_reaches_its_members_only(
    public: Public,
) -> None:
    await public.told()
    await incidents.change_kind(public.walk.house, ALICE, public.walk.ref, "security", "it is a hole")
    await public.settle()

    answer = await public.town.github.comment("joe", REPO, 1, "I can sign in as you.")
    await public.settle()

    assert "INC-" not in str(answer.body)
    assert public.issue.comments[-1].user == "joe", "nothing is answered"
