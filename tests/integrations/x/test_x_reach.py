"""What goes out on X, against the X of the town over real HTTP with real signatures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.texts import post_length
from tocsin.core.work import ANSWER, POST_ANSWER, POST_PUBLISH, TELL, Delivered, Desk, Later, Refused, Work
from tocsin.integrations.x import XLink, connect
from tocsin.integrations.x.reach import XReach
from tocsin.settings import read_settings
from tocsin.town import Town

MakeDesk = Callable[..., Desk]
APPROVED = f.PublicWordsApproved("Sign-in is broken", "We know.", "Sign-in is broken; updates: {issue}")
ISSUE = f.IssueOpened("acme/website", 12, "https://github.com/acme/website/issues/12")
PUBLISH = Work(POST_PUBLISH, "INC-7/public/post", "INC-7/post/4")


@pytest.fixture
def reach(link: XLink) -> XReach:
    assert isinstance(link.reach, XReach)
    return link.reach


def reported(town: Town, text: str = "@acme sign-in is broken", report: str = "R1") -> f.ReportReceived:
    """Jane's post on X, as a report."""
    post = town.x.post("@jane", text)
    return f.ReportReceived(
        report, "x", text, "@jane", True, "x", token=f"token-{report}", address=post.id, url=post.url
    )


def answering(report: str = "R1", text: str = "") -> Work:
    duty = f"acknowledge-reporter-{report}"
    payload = {"duty": duty, "text": text, "report": report}
    return Work(ANSWER, f"INC-7/report/{report}", f"INC-7/{duty}", via="x", payload=payload)


def telling(report: str = "R1") -> Work:
    duty = f"tell-reporter-{report}"
    return Work(
        TELL, f"INC-7/report/{report}", f"INC-7/{duty}", via="x", payload={"duty": duty, "report": report}
    )


def ours(town: Town) -> list[str]:
    return [post.text for post in town.x.posts if post.author == "@acme"]


async def test_a_reporter_is_answered_under_their_post_by_name_with_their_status_page(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    report = reported(town)

    outcome = await reach.carry_out(answering(), make_desk(report), 1)

    [reply] = town.x.replies_to(report.address)
    assert reply.text.startswith("@jane Thanks for telling us. We are looking into it right now")
    assert reply.text.endswith("https://tocsin.acme.example/status/token-R1")
    assert outcome == Delivered({"text": reply.text, "post": reply.id, "url": reply.url})


async def test_the_request_is_one_json_post_whose_signature_x_can_check(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    report = reported(town)

    await reach.carry_out(answering(text="We see it."), make_desk(report), 1)

    me, post = town.requests
    assert (me.method, me.path, me.status) == ("GET", "/x/2/users/me", 200)
    assert (post.method, post.path, post.status) == ("POST", "/x/2/tweets", 201)
    assert post.json == {"text": "@jane We see it.", "reply": {"in_reply_to_tweet_id": report.address}}
    assert post.headers["content-type"] == "application/json"
    assert post.headers["authorization"].startswith('OAuth oauth_nonce="')


async def test_words_that_a_person_wrote_go_out_instead_of_the_draft(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(answering(text="Known, back in 5 minutes."), make_desk(reported(town)), 1)

    assert ours(town) == ["@jane Known, back in 5 minutes."]


async def test_a_long_answer_is_cut_to_a_post_and_keeps_its_link(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    text = "We are sorry. " * 40 + "https://tocsin.acme.example/status/token-R1"

    await reach.carry_out(answering(text=text), make_desk(reported(town)), 1)

    [posted] = ours(town)
    assert post_length(posted) <= 280
    assert posted.endswith("… https://tocsin.acme.example/status/token-R1")


async def test_a_reporter_is_told_the_end_though_they_were_answered_before(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    report, resolved = reported(town), f.Resolved("rolled back", "sign-in works", "sign-in works again.")
    await reach.carry_out(answering(), make_desk(report), 1)

    outcome = await reach.carry_out(telling(), make_desk(report, resolved), 2)

    assert isinstance(outcome, Delivered)
    assert ours(town)[1].startswith("@jane This is resolved: Sign-in works again.")
    assert outcome.evidence["text"] == ours(town)[1]


async def test_the_post_goes_out_as_approved_with_the_issue_s_link(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 1)

    [post] = town.x.posts
    assert post.text == "Sign-in is broken; updates: https://github.com/acme/website/issues/12"
    assert outcome == Delivered({"text": post.text, "post": post.id, "url": post.url})


async def test_without_an_issue_the_post_names_no_link_and_no_updates(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(PUBLISH, make_desk(APPROVED), 1)

    assert ours(town) == ["Sign-in is broken"]


async def test_under_our_post_stands_that_it_is_resolved(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    post = town.x.post("@acme", "Sign-in is broken")
    desk = make_desk(APPROVED, ISSUE, f.PostPublished(post.id, post.url), f.Resolved("rollback", "it works"))
    work = Work(POST_ANSWER, "INC-7/public/post", "INC-7/answer-post", payload={"duty": "answer-post"})

    outcome = await reach.carry_out(work, desk, 1)

    [reply] = town.x.replies_to(post.id)
    assert reply.text.startswith("Resolved: It works again as expected.")
    assert outcome == Delivered({"text": reply.text, "post": reply.id, "url": reply.url})


async def test_an_answer_whose_yes_was_lost_is_found_and_not_posted_again(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(reported(town))
    town.faults.add("x", "POST /2/tweets", "lost_answer")

    first = await reach.carry_out(answering(), desk, 1)
    second = await reach.carry_out(answering(), desk, 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert len(ours(town)) == 1
    assert second.evidence["post"] == town.x.posts[-1].id


async def test_a_post_whose_yes_was_lost_is_found_and_not_posted_again(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    town.faults.add("x", "POST /2/tweets", "lost_answer")

    await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 1)
    second = await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 2)

    assert isinstance(second, Delivered)
    assert len(ours(town)) == 1


async def test_even_a_first_try_that_x_calls_a_duplicate_finds_what_stands_there(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    """A node that died after posting leaves no trace but the post."""
    await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 1)

    again = await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 1)

    assert isinstance(again, Delivered)
    assert again.evidence["post"] == town.x.posts[0].id


async def test_a_post_of_an_earlier_incident_is_never_taken_for_this_one_s(
    town: Town, reach: XReach, make_desk: MakeDesk, clock: HandClock
) -> None:
    await reach.carry_out(PUBLISH, make_desk(APPROVED, ISSUE), 1)
    clock.advance(timedelta(hours=2))
    desk = make_desk(APPROVED, ISSUE)

    outcomes = [await reach.carry_out(PUBLISH, desk, 1), await reach.carry_out(PUBLISH, desk, 5)]

    assert isinstance(outcomes[0], Later)
    assert outcomes[1] == Refused(
        "X takes no text twice, and has this one from before the incident: change its words"
    )


async def test_the_answer_to_one_reporter_is_never_taken_for_that_to_another(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(reported(town), reported(town, "@acme still broken", "R2"))
    await reach.carry_out(answering("R1", "We see it."), desk, 1)

    outcome = await reach.carry_out(answering("R2", "We see it, too."), desk, 2)

    assert isinstance(outcome, Delivered)
    assert len(ours(town)) == 2


async def test_a_limit_is_waited_out_until_the_instant_that_x_names(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    town.faults.add("x", "POST /2/tweets", "429", retry_after=90)

    outcome = await reach.carry_out(answering(), make_desk(reported(town)), 1)

    assert outcome == Later("X asks us to slow down (429): Too Many Requests", timedelta(seconds=90))


async def test_trouble_of_x_s_own_is_waited_out(town: Town, reach: XReach, make_desk: MakeDesk) -> None:
    town.faults.add("x", "*", "503")

    outcome = await reach.carry_out(answering(), make_desk(reported(town)), 1)

    assert outcome == Later("X has trouble of its own (503): Service Unavailable")


async def test_a_deleted_report_is_refused_with_x_s_words(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    report = reported(town)
    town.x.posts.clear()

    outcome = await reach.carry_out(answering(), make_desk(report), 1)

    assert isinstance(outcome, Refused)
    assert "deleted or not visible to you" in outcome.why


async def test_wrong_tokens_are_refused_by_name_and_never_shown(town: Town, make_desk: MakeDesk) -> None:
    secrets = {
        f"TOCSIN_X_{name}": "wrong-and-secret"
        for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
    }
    link = connect(read_settings({**secrets, "TOCSIN_X_BASE_URL": f"{town.url}/x"}))
    assert link is not None
    assert link.reach is not None

    outcome = await link.reach.carry_out(answering(), make_desk(reported(town)), 1)
    await link.aclose()

    assert outcome == Refused(
        "X does not take our credentials: check its tokens in the settings (401): Unauthorized"
    )


WITHOUT = [
    (answering("R9"), (), "no post on X", "there is no such report"),
    (PUBLISH, (), "approved", "nobody approved"),
    (
        Work(POST_ANSWER, "INC-7/public/post", "k", payload={"duty": "answer-post"}),
        (),
        "no post of ours",
        "nothing was posted",
    ),
]


@pytest.mark.parametrize(("work", "facts", "why", "reason"), WITHOUT, ids=[row[3] for row in WITHOUT])
async def test_nothing_goes_out_where_something_is_missing(
    town: Town,
    reach: XReach,
    make_desk: MakeDesk,
    work: Work,
    facts: tuple[f.What, ...],
    why: str,
    reason: str,
) -> None:
    outcome = await reach.carry_out(work, make_desk(*facts), 1)

    assert isinstance(outcome, Refused)
    assert why in outcome.why
    assert not town.requests


async def test_a_report_that_moved_is_answered_by_the_incident_that_it_moved_to(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(reported(town), f.ReportMoved("R1", "INC-8", "another thing"))

    outcome = await reach.carry_out(answering(), desk, 1)

    assert outcome == Refused("the report moved to INC-8, which answers it")
    assert ours(town) == []


async def test_without_an_access_token_there_is_no_link() -> None:
    assert connect(read_settings({})) is None
