"""The words that go outside, drafted from the handbook's texts."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left

from tocsin.core import facts as f
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident, Report

POST_LIMIT = 280
LINK_WEIGHT = 23
"""X counts any link as 23 characters (docs.x.com, counting characters)."""
LINK = re.compile(r"https?://[!-~]*[a-z0-9/=_#&+-]", re.IGNORECASE)
"""A link ends before the punctuation that follows it, and before any sign that no link has."""
BARE_LINK = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w.-])", re.IGNORECASE)
"""X makes a link of `acme.example` too, where the ending is one of the net's: it may weigh 23, and is taken to."""
LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""The signs that weigh 1 (twitter-text, configuration 3); all others weigh 2."""
LAST_LINK = re.compile(r"(https?://\S+|\{issue\})$")
LONGEST_ISSUE, LONGEST_UPDATE = 40_000, 20_000
"""Together they fit into the 65,536 characters that GitHub takes."""
ISSUE_MARK = "{issue}"


def post_length(text: str) -> int:
    """The length of a post as X counts it: every link weighs 23, signs beyond Latin and general punctuation weigh 2.

    Where X's own count is not known for sure (bare names of hosts, joined emoji), it errs on the long side.
    """
    text = unicodedata.normalize("NFC", text.replace(ISSUE_MARK, "https://issue"))
    rest, links = LINK.subn("", text)
    hosts = sum(max(0, LINK_WEIGHT - len(host)) for host in BARE_LINK.findall(rest))
    return links * LINK_WEIGHT + hosts + sum(map(_weight, rest))


def _weight(sign: str) -> int:
    return 1 if any(first <= ord(sign) <= last for first, last in LIGHT) else 2


def fitted(text: str, limit: int = POST_LIMIT) -> str:
    """`text` cut to what a post holds; a cut shows as an ellipsis before its last link, if it ends in one."""
    if post_length(text) <= limit:
        return text
    text = text.rstrip()
    match = LAST_LINK.search(text, len(text) - len(_last_word(text)))
    tail = f" {match[1]}" if match else ""
    body = (text[: match.start()] if match else text).rstrip()
    fits = bisect_left(range(len(body)), True, key=lambda n: post_length(f"{body[: n + 1]}…{tail}") > limit)
    body = body[:fits].rstrip()
    while (
        body and post_length(f"{body}…{tail}") > limit
    ):  # A link that was cut may weigh more than the whole.
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
        title=handbook.words("issue_title", incident.kind, **parts),
        body=handbook.words("issue_body", incident.kind, **parts),
        post=fitted(handbook.words("post", incident.kind, **parts)),
    )


def public_update(incident: Incident) -> str:
    """The draft of an update for the public: what the owner last said."""
    return sentence(incident.last_word)


def issue_text(incident: Incident, ending: str = "") -> str:
    """The issue's text as it should read: the words that were approved first, and above them the latest state.

    `ending` is said where the issue closes. Without it nothing stands there that nobody has approved yet.
    """
    words = incident.public.words
    first = words.body if words else ""
    said = [(at, update.text) for at, update in incident.public.updates if update.text]
    if ending:
        at, state = incident.ended_at, ending
    elif said:
        at, state = said[-1][0], f"**Latest:** {said[-1][1]}"
    else:
        return first
    stamp = f" _({at:%Y-%m-%d %H:%M} UTC)_" if at else ""
    return f"{state}{stamp}\n\n---\n\n{first}" if first else f"{state}{stamp}"


def sentence(text: str) -> str:
    """`text` as a sentence that others can follow: with a capital, and a full stop where it has no end."""
    text = text.strip()
    if not text:
        return ""
    end = "" if text[-1] in ".!?…:" else "."
    return text[0].upper() + text[1:] + end


def answer(incident: Incident, handbook: Handbook, status_page: str) -> str:
    """What a reporter is answered at the start."""
    return handbook.words(
        "answer",
        incident.kind,
        status_page=status_page,
        organisation=handbook.organisation,
        title=incident.title,
        ref=incident.ref,
    )


def ending(incident: Incident, handbook: Handbook, report: Report, status_page: str) -> str:
    """What a reporter is told at the end."""
    name = "told_dismissed" if incident.dismissed else "told_resolved"
    return _tidy(
        handbook.words(
            name,
            incident.kind,
            public=public_ending(incident, handbook),
            status_page=status_page,
            organisation=handbook.organisation,
            title=incident.title,
            ref=incident.ref,
        )
    )


def _tidy(text: str) -> str:
    """Without the gaps that empty parts leave."""
    return re.sub(r" {2,}", " ", text).strip()


def public_ending(incident: Incident, handbook: Handbook) -> str:
    """The public sentence on how it ended: the owner's own, else the handbook's; always the handbook's where it is private."""
    if incident.dismissed:
        return "" if incident.private else sentence(incident.dismissed.public)
    if incident.resolved and incident.resolved.public and not incident.private:
        return sentence(incident.resolved.public)
    return sentence(handbook.words("public_resolved", incident.kind, organisation=handbook.organisation))


def issue_closing(incident: Incident, handbook: Handbook) -> str:
    return handbook.words(
        "issue_closed",
        incident.kind,
        public=public_ending(incident, handbook),
        organisation=handbook.organisation,
        ref=incident.ref,
    )


def post_ending(incident: Incident, handbook: Handbook) -> str:
    issue = incident.public.issue.url if incident.public.issue else ""
    words = handbook.words(
        "post_resolved",
        incident.kind,
        public=public_ending(incident, handbook),
        issue=issue,
        organisation=handbook.organisation,
    )
    # Where there is no issue, nothing is announced where its link would stand.
    return fitted(words if issue else _without_announcement(words))


def _without_announcement(words: str) -> str:
    """`Sorted. Details:` without what nothing follows."""
    words = words.rstrip()
    last = re.split(r"[.!?]", _last_word(words))[-1]
    return words[: -len(last)].rstrip() if words.endswith(":") and len(last) > 1 else words


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text.strip() else ""
