"""The words that go outside, drafted from the handbook's texts."""

from __future__ import annotations

import re

from tocsin.core import facts as f
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident, Report

POST_LIMIT = 280
LINK_WEIGHT = 23
"""X counts any link as 23 characters (docs.x.com, counting characters)."""
LINK = re.compile(r"https?://\S+")
ISSUE_MARK = "{issue}"


def post_length(text: str) -> int:
    """The length of a post as X counts it: every link weighs 23, signs beyond Latin and general punctuation weigh 2."""
    rest = LINK.sub("", text.replace(ISSUE_MARK, "https://issue"))
    links = len(LINK.findall(text.replace(ISSUE_MARK, "https://issue")))
    return links * LINK_WEIGHT + sum(
        1 if ord(sign) <= 0x10FF or 0x2000 <= ord(sign) <= 0x201F else 2 for sign in rest
    )


def fitted(text: str, limit: int = POST_LIMIT) -> str:
    """`text` cut to what a post holds; a cut shows as an ellipsis before its last link, if it ends in one."""
    if post_length(text) <= limit:
        return text
    match = re.search(r"\s*(https?://\S+|\{issue\})\s*$", text)
    tail = f" {match[1]}" if match else ""
    body = text[: match.start()] if match else text
    while body and post_length(f"{body}…{tail}") > limit:
        body = body[:-1].rstrip()
    return f"{body}…{tail}"


def draft(incident: Incident, handbook: Handbook) -> f.PublicWordsDrafted:
    """The issue and the post, drafted. The post keeps the mark `{issue}` where the link will stand."""
    parts = {
        "title": incident.title.rstrip("."),
        "organisation": handbook.organisation,
        "ref": incident.ref,
        "kind": incident.kind,
    }
    return f.PublicWordsDrafted(
        title=handbook.words("issue_title", **parts),
        body=handbook.words("issue_body", **parts),
        post=fitted(handbook.words("post", **parts)),
    )


def answer(incident: Incident, handbook: Handbook, status_page: str) -> str:
    """What a reporter is answered at the start."""
    return handbook.words(
        "answer",
        status_page=status_page,
        organisation=handbook.organisation,
        title=incident.title,
        ref=incident.ref,
    )


def ending(incident: Incident, handbook: Handbook, report: Report, status_page: str) -> str:
    """What a reporter is told at the end."""
    name = "told_dismissed" if incident.dismissed else "told_resolved"
    return handbook.words(
        name,
        public=public_ending(incident, handbook),
        status_page=status_page,
        organisation=handbook.organisation,
        title=incident.title,
        ref=incident.ref,
    )


def public_ending(incident: Incident, handbook: Handbook) -> str:
    """The public sentence on how it ended: the owner's own, else the handbook's."""
    if incident.dismissed:
        return incident.dismissed.verified
    if incident.resolved and incident.resolved.public:
        return incident.resolved.public
    return handbook.words("public_resolved", organisation=handbook.organisation)


def issue_closing(incident: Incident, handbook: Handbook) -> str:
    return handbook.words(
        "issue_closed",
        public=public_ending(incident, handbook),
        organisation=handbook.organisation,
        ref=incident.ref,
    )


def post_ending(incident: Incident, handbook: Handbook) -> str:
    issue = incident.public.issue.url if incident.public.issue else ""
    words = handbook.words(
        "post_resolved",
        public=public_ending(incident, handbook),
        issue=issue,
        organisation=handbook.organisation,
    )
    return fitted(words)
