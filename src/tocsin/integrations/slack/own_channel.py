"""The channel that an incident gets for itself, where the setting says so: made, topped with its card, kept up, and archived last.

The card also stands in the incidents channel, where everybody sees it; both are kept up to date.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.integrations.slack.channel import IncidentsChannel, topic_in
from tocsin.integrations.slack.client import Slack, SlackFailed

LONGEST_NAME: Final = 60
"""Slack takes 80 signs; more than this nobody reads in the list of channels."""
LONGEST_TOPIC: Final = 250
UNNAMED: Final = ("name_taken", "not_authorized", "missing_scope", "restricted_action")
UNMARKED: Final = ("missing_scope", "too_many_bookmarks", "invalid_link", "restricted_action")
ARCHIVED: Final = ("already_archived", "is_archived", "channel_not_found")


def first_name(incident: Incident) -> str:
    """What it is made as: of the first title, so that a second try finds what the first one made."""
    first = incident.facts[0].what
    return name_of(incident.ref, first.title if isinstance(first, f.Declared) else incident.title)


def name_of(ref: str, title: str) -> str:
    """`inc-12-sign-in-is-broken`. A title of which nothing is left (in another script) gives the number alone."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{ref.lower()}-{slug}"[:LONGEST_NAME].rstrip("-")


async def make(slack: Slack, name: str, *, is_private: bool = False) -> str:
    """The id of the channel of that name, made at the first call. Raises SlackFailed."""
    try:
        answer = await slack.do(lambda web: web.conversations_create(name=name, is_private=is_private))
        return str(answer["channel"]["id"])
    except SlackFailed as failed:
        if failed.error != "name_taken":
            raise
    return await IncidentsChannel(slack, name).id()  # An earlier try made it, unseen.


async def pin(slack: Slack, channel: str, message: str) -> None:
    """Keep the card at the top. Without the permission it is only not pinned."""
    try:
        await slack.do(lambda web: web.pins_add(channel=channel, timestamp=message))
    except SlackFailed as failed:
        if failed.error not in ("already_pinned", "missing_scope"):
            raise


def names_before(incident: Incident) -> set[str]:
    """What the channel was called by the titles that the incident had."""
    titles = {fact.what.was for fact in incident.facts if isinstance(fact.what, f.Retitled)}
    return {first_name(incident), *(name_of(incident.ref, title) for title in titles)}


async def keep_up(slack: Slack, channel: str, incident: Incident, topic: str) -> None:
    """Its name follows the title, unless people gave it one of theirs; its topic says how it stands.

    Slack tells the channel of each change, so none is made in vain.
    """
    name = name_of(incident.ref, incident.title)
    topic = topic[:LONGEST_TOPIC]
    known = (await slack.do(lambda web: web.conversations_info(channel=channel))).get("channel") or {}
    if topic_in(known) != topic:
        await slack.do(lambda web: web.conversations_setTopic(channel=channel, topic=topic))
    if known.get("name") != name and known.get("name") in names_before(incident):
        await rename(slack, channel, name)


async def rename(slack: Slack, channel: str, name: str) -> None:
    """One that Slack does not let us rename keeps its name: the topic and the card say what it is about."""
    try:
        await slack.do(lambda web: web.conversations_rename(channel=channel, name=name))
    except SlackFailed as failed:
        if failed.error not in UNNAMED:
            raise


async def bookmark(slack: Slack, channel: str, links: Mapping[str, str]) -> None:
    """Have these links (title: address) among the channel's bookmarks, each once. Without the permission there are none."""
    try:
        answer = await slack.do(lambda web: web.bookmarks_list(channel_id=channel))
        known = {str(one.get("link")) for one in answer.get("bookmarks") or []}
        for title, url in links.items():
            if url not in known:
                await _bookmark(slack, channel, title, url)
    except SlackFailed as failed:
        if failed.error not in UNMARKED:
            raise


async def _bookmark(slack: Slack, channel: str, title: str, url: str) -> None:
    await slack.do(lambda web: web.bookmarks_add(channel_id=channel, title=title, type="link", link=url))


def links_of(incident: Incident, places: Places) -> dict[str, str]:
    """What people look for in the channel's head: the page, what the public was told, the ops log, the retrospective."""
    public = incident.public
    found = {
        "Incident page": places.incident(incident.ref),
        "Public issue": public.issue.url if public.issue else "",
        "Public post": public.post.url if public.post else "",
        "Retrospective": places.retrospective(incident.ref) if incident.asked.retrospective.planned else "",
    }
    return {title: url for title, url in found.items() if url}


async def archive(slack: Slack, channel: str) -> None:
    try:
        await slack.do(lambda web: web.conversations_archive(channel=channel))
    except SlackFailed as failed:
        if failed.error not in ARCHIVED:
            raise


def topic_of(incident: Incident, severity: str, roster: Roster) -> str:
    owner = roster.name(incident.owner) if incident.owner else "nobody owns it yet"
    return f"{incident.ref} | {severity} | {incident.status} | {owner}"
