"""Who is on call, in a user group and in a channel's topic. What is there already is left alone: Slack tells people of each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tocsin.core.oncall.notice_words import listed
from tocsin.core.oncall.shown import ID, topic_with
from tocsin.core.work import GROUP_SET, Delivered, HouseDesk, Outcome, Refused, Work
from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.channel import channels_called, topic_in
from tocsin.integrations.slack.client import Slack, SlackFailed

GROUP_WORDS: Final[Mapping[str, str]] = {
    "missing_scope": "the app lacks the scopes usergroups:read and usergroups:write: apply the manifest of docs/howto/slack.md "
    "and install the app anew",
    "permission_denied": "the workspace does not let Tocsin change user groups: allow it in Slack, under Settings & permissions, "
    "User groups",
    "no_such_subteam": "Slack has no such user group any more: correct the schedule",
    "invalid_users": "Slack does not take one of those on call as a member: correct their Slack ids",
    "paid_teams_only": "Slack has user groups on paid plans only: take the user group out of the schedule",
}
TOPIC_WORDS: Final[Mapping[str, str]] = {
    "missing_scope": "the app lacks the scope channels:manage (groups:write for a private channel): apply the manifest of "
    "docs/howto/slack.md and install the app anew",
    "channel_not_found": "Slack shows no such channel to Tocsin: create it, invite Tocsin there with /invite, or correct the schedule",
    "not_in_channel": "Tocsin is no member of the channel: invite it there with /invite",
    "is_archived": "the channel is archived: take it out of the archive, or name another in the schedule",
    "restricted_action": "the workspace does not let Tocsin change the channel's topic: allow it in the channel's settings",
    "user_is_restricted": "the workspace does not let Tocsin change the channel's topic: allow it in the channel's settings",
    "method_not_supported_for_channel_type": "direct messages have no topic: name a channel in the schedule",
}


class Showing:
    """Sets groups and topics in one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._ids: dict[str, str] = {}
        """Channels by their names, as they were met last."""

    async def show(self, work: Work, desk: HouseDesk) -> Outcome:
        outcome = await self._tried(work, desk)
        if isinstance(outcome, Refused) and all(one.target != work.payload["target"] for one in desk.shown):
            return Delivered()  # No schedule names the place any more: nobody has anything to mend there.
        return outcome

    async def _tried(self, work: Work, desk: HouseDesk) -> Outcome:
        is_group = work.does == GROUP_SET
        try:
            return await (self._group if is_group else self._topic)(work.payload["target"], desk)
        except SlackFailed as failed:
            words = (GROUP_WORDS if is_group else TOPIC_WORDS).get(failed.error)
            return Refused(f"{words} ({failed.error})") if words else failed.outcome

    async def _group(self, target: str, desk: HouseDesk) -> Outcome:
        """Whom Slack does not know is left out and named. An empty group Slack does not take: it stays as it is."""
        answer = await self._slack.do(
            lambda web: web.usergroups_list(include_users=True, include_disabled=True)
        )
        groups: list[JSON] = answer.get("usergroups") or []
        names = {str(one["id"]): {str(one["id"]), str(one.get("handle", "")).lower()} for one in groups}
        group = next((one for one in groups if target in names[str(one["id"])]), None)
        if group is None:
            return Refused(f"Slack has no user group @{target}: make it there, or correct the schedule")
        if group.get("date_delete"):
            return Refused(f"the user group @{target} is disabled: enable it in Slack, or name another")
        shown = [one for one in desk.shown if one.target in names[str(group["id"])]]
        people = [
            desk.roster.people[one] for one in dict.fromkeys(who for one in shown for who in one.people)
        ]
        ids = [one.slack_id for one in people if one.slack_id]
        if ids and set(ids) != set(group.get("users") or []):
            await self._slack.do(
                lambda web: web.usergroups_users_update(usergroup=str(group["id"]), users=ids)
            )
        return Delivered(_problem([one.name for one in people if not one.slack_id]))

    async def _topic(self, target: str, desk: HouseDesk) -> Outcome:
        channel = await self._channel(target)
        id, name = str(channel["id"]), str(channel.get("name", ""))
        if channel.get("is_archived"):
            raise SlackFailed(Refused("the channel is archived"), "is_archived")
        people = desk.roster.people
        shown = [
            replace(one, in_group=any(people[who].slack_id for who in one.people if who in people))
            for one in desk.shown
            if one.target in (id, name)
        ]
        current = topic_in(channel)
        topic = topic_with(current, shown, {handle: one.name for handle, one in people.items()})
        if topic is None:
            return Refused("the channel's topic leaves no room for who is on call: shorten it")
        if topic != current:
            if not channel.get("is_member") and not channel.get("is_private"):
                await self._slack.do(lambda web: web.conversations_join(channel=id))
            await self._slack.do(lambda web: web.conversations_setTopic(channel=id, topic=topic))
        return Delivered()

    async def _channel(self, target: str) -> JSON:
        """As it stands now. All names are asked for only where this one was never met, or means another channel now."""
        known = target if ID.fullmatch(target) else self._ids.get(target)
        if known:
            try:
                found = await self._info(known)
                if target in (found.get("id"), found.get("name")):
                    return found
            except SlackFailed as failed:
                if failed.error != "channel_not_found" or known == target:
                    raise
        self._ids = await channels_called(self._slack)
        if target not in self._ids:
            raise SlackFailed(Refused(f"there is no channel #{target}"), "channel_not_found")
        return await self._info(self._ids[target])

    async def _info(self, id: str) -> JSON:
        answer = await self._slack.do(lambda web: web.conversations_info(channel=id))
        return dict(answer["channel"])


def _problem(missing: list[str]) -> dict[str, Any]:
    if not missing:
        return {}
    have = "has" if len(missing) == 1 else "have"
    who = listed(missing)
    return {
        "problem": f"{who} {have} no Slack id, and can't be in the user group: enter it with their person"
    }
