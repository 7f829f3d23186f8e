"""Walks: what is severe and not quickly resolved is told to the public, and the public is told the end."""

from __future__ import annotations

import pytest
from walk_steps import ALICE, BOB, LOG, MINUTE, Walk

from tocsin.acts import incidents
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Forbidden, Invalid


async def test_after_thirty_minutes_at_high_severity_both_words_are_drafted(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.wait(29)
    assert (await walk.incident()).public.draft is None

    await walk.wait(1)

    draft = (await walk.incident()).public.draft
    assert draft is not None
    assert "Self-hosted instances are not affected" in draft.post, "it says who is not affected"
    assert "{issue}" in draft.post
    assert (await walk.duty("public-issue")).owes == ("alice",)
    assert any("the public should hear of it" in one.text for one in walk.mailbox.take("thread.say"))


async def test_the_issue_is_opened_first_and_the_post_carries_its_link(walk: Walk) -> None:
    await walk.begin()
    await walk.public()

    order = [one.does for one in walk.mailbox.sent if one.does in ("issue.open", "post.publish")]

    assert order == ["issue.open", "post.publish"]
    assert "https://outside.example/issue.open/" in walk.mailbox.take("post.publish")[0].text
    assert [(await walk.duty(id)).state for id in ("public-issue", "public-post")] == ["met", "met"]


async def test_the_post_waits_for_the_issue(walk: Walk) -> None:
    walk.mailbox.answers["issue.open"] = [Later("GitHub is down", 3 * MINUTE)]
    await walk.begin()
    await walk.public()
    assert walk.mailbox.take("post.publish") == []

    await walk.wait(3)

    assert len(walk.mailbox.take("post.publish")) == 1


async def test_the_owner_edits_the_words_and_nobody_else_approves_them(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.wait(30)

    with pytest.raises(Forbidden, match="Public words are the owner's to approve: Alice"):
        await incidents.approve_public_words(walk.house, BOB, walk.ref)
    with pytest.raises(Invalid, match="post counts 324 characters; X takes 280"):
        await incidents.approve_public_words(walk.house, ALICE, walk.ref, post="x" * 300)
    await incidents.approve_public_words(
        walk.house, ALICE, walk.ref, title="Sign-in", post="We know. {issue}"
    )
    await walk.engine.run_due()

    assert walk.mailbox.take("post.publish")[0].text.startswith("We know. https://outside.example/")


async def test_words_that_a_service_refused_are_mended_and_go_out_once(walk: Walk) -> None:
    walk.mailbox.answers["post.publish"] = [Refused("you said that before")]
    await walk.begin()
    await walk.public()
    assert any("approve them once more" in one.text for one in walk.mailbox.take("thread.say"))

    await incidents.approve_public_words(walk.house, ALICE, walk.ref, post="In other words. {issue}")
    await walk.engine.run_due()

    assert len(walk.mailbox.take("issue.open")) == 1, "the issue stands already"
    assert len(walk.mailbox.take("post.publish")) == 1
    assert (await walk.duty("public-post")).state == "met"


async def test_what_is_quickly_resolved_or_mild_has_no_public_words(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await incidents.change_severity(walk.house, ALICE, walk.ref, "moderate", "a way around")

    await walk.wait(90)
    await walk.resolved()

    assert {"public-issue", "public-post", "close-issue", "answer-post"}.isdisjoint(await walk.duties())


async def test_public_words_that_went_out_early_are_not_asked_for_again(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await incidents.approve_public_words(walk.house, ALICE, walk.ref)
    await walk.engine.run_due()

    await walk.wait(30)

    assert "public-issue" not in await walk.duties()
    assert (await walk.incident()).public.draft is None


async def test_security_is_never_public(walk: Walk) -> None:
    walk.ref = (await incidents.declare(walk.house, ALICE, _leak(), kind="security")).ref
    await walk.engine.run_due()
    await incidents.own(walk.house, ALICE, walk.ref)

    await walk.wait(60)

    assert (await walk.incident()).public.draft is None
    with pytest.raises(Forbidden, match="of the kind security: there are no public words"):
        await incidents.approve_public_words(walk.house, ALICE, walk.ref, title="t", body="b", post="p")


async def test_resolved_the_issue_is_closed_and_the_post_answered(walk: Walk) -> None:
    await walk.begin()
    await walk.public()

    await walk.resolved()

    assert "Resolved: It works again as expected." in walk.mailbox.take("issue.close")[0].text
    assert walk.mailbox.take("post.answer")[0].text.startswith("Resolved: It works again as expected.")
    assert [(await walk.duty(id)).state for id in ("close-issue", "answer-post")] == ["met", "met"]


async def test_it_can_not_close_while_the_public_believes_it_is_broken_nor_is_that_waived(walk: Walk) -> None:
    walk.mailbox.answers["issue.close"] = [Refused("the token has expired")]
    await walk.begin()
    await walk.public()
    await walk.resolved()
    await walk.learned()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    await walk.engine.run_due()

    with pytest.raises(
        Conflict, match=r"INC-1 can't close yet: Update and close the public issue \(close-issue\)"
    ):
        await incidents.close(walk.house, ALICE, walk.ref)
    with pytest.raises(Forbidden, match="close-issue can't be waived"):
        await incidents.waive(walk.house, ALICE, walk.ref, "close-issue", "too tired")
    await incidents.done_by_hand(
        walk.house, ALICE, walk.ref, "close-issue", "https://github.com/acme/website/1"
    )

    assert (await walk.incident()).status == "closed"


async def test_opened_again_the_public_is_told_in_new_words(walk: Walk) -> None:
    await walk.begin()
    await walk.public()
    await walk.resolved()
    await incidents.reopen(walk.house, BOB, walk.ref, "sign-in fails again")
    await walk.owned()
    await walk.wait(30)

    await incidents.approve_public_words(walk.house, ALICE, walk.ref)
    await walk.engine.run_due()
    await walk.resolved()

    assert [
        len(walk.mailbox.take(does)) for does in ("issue.open", "post.publish", "issue.close", "post.answer")
    ] == [2] * 4
    assert (await walk.duty("public-issue-2")).state == "met"


def _leak() -> incidents.NewReport:
    return incidents.NewReport("web", "tokens in a public log", "Alice", outside=False)
