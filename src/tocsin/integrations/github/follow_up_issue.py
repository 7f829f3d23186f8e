"""What goes out to GitHub for a follow-up: an issue with its owner, linked back to the incident, and its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.core import facts as f
from tocsin.core.asked import FollowUp
from tocsin.core.words import shortened
from tocsin.core.work import Delivered, Desk, Outcome, Refused, Work
from tocsin.integrations.github.client import GitHubClient, Issue
from tocsin.integrations.github.marks import marker
from tocsin.integrations.http import Failed

LABEL: Final = "follow-up"
LONGEST_BODY: Final = 60_000
"""GitHub takes 65,536 characters, our marker among them."""
SKEW: Final = timedelta(minutes=1)
"""How far GitHub's clock and ours may lie apart."""
UNASSIGNABLE: Final = 422
"""What GitHub says of a login that can't be assigned, where the token may assign at all. Nothing was made then."""


async def open_follow_up(
    client: GitHubClient, repository: str, work: Work, desk: Desk, attempt: int, since: datetime
) -> Outcome:
    """Open the issue, or find the one that an earlier try has opened after `since`."""
    one = desk.incident.asked.follow_up(work.payload["follow_up"])
    if one is None:
        return Refused(f"{desk.incident.ref} has no follow-up {work.payload['follow_up']}")
    mark = marker(work, desk)
    issue = await client.issue_with(mark, since, desk.now, repository) if attempt > 1 else None
    if issue is None:
        issue = await _opened(client, repository, one, f"{body_of(one, desk)}\n\n{mark}", desk)
    return Delivered({"repository": repository, "number": str(issue.number), "url": issue.html_url})


async def _opened(client: GitHubClient, repository: str, one: FollowUp, body: str, desk: Desk) -> Issue:
    owner = desk.roster.people.get(one.to)
    logins = [owner.github] if owner and owner.github else []
    try:
        return await client.open_issue(
            one.title, body, desk.now, repository, labels=[LABEL], assignees=logins
        )
    except Failed as why:
        if why.status != UNASSIGNABLE or not logins:
            raise
    # Whoever is none of the repository's people can't be assigned. The body names the owner all the same.
    return await client.open_issue(one.title, body, desk.now, repository, labels=[LABEL])


async def close_follow_up(client: GitHubClient, work: Work, desk: Desk, attempt: int) -> Outcome:
    """Say under its issue how it was done, and close it. What has no issue, or was taken back meanwhile, is left."""
    one = desk.incident.asked.follow_up(work.payload["follow_up"])
    done = _done(desk, one.id) if one else None
    if one is None or not one.number or one.done_at is None or done is None:
        return Delivered()
    if str(done.n) != work.payload["fact"] or not isinstance(done.what, f.FollowUpDone):
        return Delivered()
    mark, where, since = marker(work, desk), one.repository, done.at - SKEW
    found = await client.comment_with(mark, one.number, since, desk.now, where) if attempt > 1 else None
    if found is None:
        how = shortened(" ".join(part for part in (done.what.how, done.what.url) if part), LONGEST_BODY)
        text = f"{desk.roster.name(done.by)} says in {desk.incident.ref} that it is done: {how}"
        found = await client.comment(one.number, f"{text}\n\n{mark}", desk.now, where)
    await client.close_issue(one.number, "completed", "", desk.now, where)
    return Delivered({"url": found.html_url})


def _done(desk: Desk, follow_up: str) -> f.Fact | None:
    """The last time that it was said to be done."""
    facts = reversed(desk.incident.facts)
    return next(
        (x for x in facts if isinstance(x.what, f.FollowUpDone) and x.what.follow_up == follow_up), None
    )


def body_of(one: FollowUp, desk: Desk) -> str:
    """Names the owner whether or not GitHub assigns them: it drops those whom it can't assign without a word."""
    owner = desk.roster.people.get(one.to)
    login = f" (@{owner.github})" if owner and owner.github else ""
    ref = desk.incident.ref
    came = f"Follow-up {one.id} of [{ref}]({desk.places.incident(ref)}). Owner: {desk.roster.name(one.to)}{login}."
    close = "Close this issue when it is done: the follow-up is done with it."
    return "\n\n".join(part for part in (shortened(one.text, LONGEST_BODY), f"{came} {close}") if part)


def filed_at(desk: Desk, follow_up: str) -> datetime:
    """When it was filed; no issue of it is older."""
    for fact in desk.incident.facts:
        if isinstance(fact.what, f.FollowUpFiled) and fact.what.follow_up == follow_up:
            return fact.at
    return desk.incident.started_at
