"""A channel per incident, and the reactions of people and of the app."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from town.conftest import Listener


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_channel_is_made_for_an_incident_and_archived_after_it(
    slack: AsyncWebClient, town: Town
) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    await slack.conversations_invite(channel=channel, users=[town.slack.user_id("alice")])
    topic = await slack.conversations_setTopic(channel=channel, topic="Sign-in down")
    await slack.conversations_archive(channel=channel)

    info = (await slack.conversations_info(channel=channel, include_num_members=True))["channel"]
    assert topic["channel"]["topic"]["value"] == info["topic"]["value"] == "Sign-in down"
    assert (info["num_members"], info["is_archived"]) == (2, True)


async def test_archived_channels_can_be_left_out_of_the_list(slack: AsyncWebClient) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    await slack.conversations_archive(channel=channel)

    every = await slack.conversations_list()
    in_use = await slack.conversations_list(exclude_archived=True)
    assert [one["name"] for one in every["channels"]] == ["incidents", "inc-1"]
    assert [one["name"] for one in in_use["channels"]] == ["incidents"]


async def test_an_archived_channel_takes_nothing_more(slack: AsyncWebClient, town: Town) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    ts = (await slack.chat_postMessage(channel=channel, text="x"))["ts"]
    await slack.conversations_archive(channel=channel)
    alice = town.slack.user_id("alice")

    assert await error_of(slack.chat_postMessage(channel=channel, text="y")) == "is_archived"
    assert await error_of(slack.reactions_add(channel=channel, timestamp=ts, name="eyes")) == "is_archived"
    assert await error_of(slack.conversations_setTopic(channel=channel, topic="y")) == "is_archived"
    assert await error_of(slack.conversations_invite(channel=channel, users=[alice])) == "is_archived"
    assert await error_of(slack.conversations_join(channel=channel)) == "is_archived"
    assert await error_of(slack.conversations_archive(channel=channel)) == "already_archived"
    assert await error_of(slack.conversations_create(name="inc-1")) == "name_taken"
    with pytest.raises(ValueError, match="archived"):
        await town.slack.say("alice", "inc-1", "anybody?")


async def test_a_channel_that_the_app_is_not_in_cannot_be_changed(slack: AsyncWebClient, town: Town) -> None:
    channel = town.slack.add_channel("others", bot_in=False)
    alice = town.slack.user_id("alice")

    assert await error_of(slack.conversations_archive(channel=channel)) == "not_in_channel"
    assert await error_of(slack.conversations_setTopic(channel=channel, topic="x")) == "not_in_channel"
    assert await error_of(slack.conversations_invite(channel=channel, users=[alice])) == "not_in_channel"


async def test_what_slack_never_archives(slack: AsyncWebClient, town: Town) -> None:
    general = town.slack.add_channel("general")
    dm = (await slack.conversations_open(users=[town.slack.user_id("alice")]))["channel"]["id"]

    assert await error_of(slack.conversations_archive(channel=general)) == "cant_archive_general"
    assert await error_of(slack.conversations_archive(channel=dm)) == "method_not_supported_for_channel_type"


async def test_archiving_can_fail_and_its_answer_can_be_lost(
    town: Town, web: httpx2.AsyncClient, slack: AsyncWebClient
) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    headers = {"Authorization": f"Bearer {town.slack.bot_token}"}
    order: dict[str, Any] = {"json": {"channel": channel}, "headers": headers}
    town.faults.add("slack", "conversations.archive", "429", retry_after=9)
    town.faults.add("slack", "conversations.archive", "lost_answer")

    limited = await web.post("/slack/api/conversations.archive", **order)
    with pytest.raises(httpx2.TransportError):
        await web.post("/slack/api/conversations.archive", **order)

    again = await web.post("/slack/api/conversations.archive", **order)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "9")
    assert again.json()["error"] == "already_archived"


async def test_a_reaction_comes_and_goes(slack: AsyncWebClient, town: Town, app: Listener) -> None:
    await slack.chat_postMessage(channel="incidents", text="x")
    message = town.slack.messages("incidents")[-1]

    await town.slack.react("alice", message, ":pushpin:")
    again = await town.slack.react("alice", message, "pushpin")
    await town.slack.react("bob", message, "pushpin")
    await town.slack.unreact("alice", message, "pushpin")

    added, removed = app.events("reaction_added"), app.events("reaction_removed")
    assert [event["user"] for event in added] == [town.slack.user_id("alice"), town.slack.user_id("bob")]
    assert again.status == 0
    assert [(event["reaction"], event["item"]["ts"]) for event in removed] == [("pushpin", message.ts)]
    assert removed[0]["item_user"] == town.slack.bot_user_id
    assert message.reactions == {"pushpin": [town.slack.user_id("bob")]}


async def test_only_a_reaction_that_is_there_can_be_taken_back(slack: AsyncWebClient, town: Town) -> None:
    await slack.chat_postMessage(channel="incidents", text="x")

    with pytest.raises(ValueError, match="has not reacted"):
        await town.slack.unreact("alice", town.slack.messages("incidents")[-1], "eyes")


async def test_a_reaction_can_be_told_of_twice(slack: AsyncWebClient, town: Town, app: Listener) -> None:
    await slack.chat_postMessage(channel="incidents", text="x")
    town.faults.add("slack", "reaction_added", "duplicate_event")

    await town.slack.react("alice", town.slack.messages("incidents")[-1], "eyes")

    assert len(app.events("reaction_added")) == 2


async def test_the_apps_own_reaction_is_told_of_like_anybodys(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    posted = await slack.chat_postMessage(channel="incidents", text="x")
    await slack.reactions_add(channel=posted["channel"], timestamp=posted["ts"], name="eyes")
    await town.settled()

    assert [event["user"] for event in app.events("reaction_added")] == [town.slack.bot_user_id]


async def test_reactions_in_a_channel_without_the_app_are_not_told_of(town: Town, app: Listener) -> None:
    town.slack.add_channel("others", bot_in=False)
    await town.slack.say("alice", "others", "lunch?")

    await town.slack.react("bob", town.slack.messages("others")[-1], "eyes")

    assert app.events("reaction_added") == []


async def test_a_second_click_on_a_reaction_takes_it_back(
    slack: AsyncWebClient, town: Town, web: httpx2.AsyncClient
) -> None:
    posted = await slack.chat_postMessage(channel="incidents", text="x")
    form = {
        "as": "alice",
        "channel": posted["channel"],
        "ts": posted["ts"],
        "action": "react",
        "value": "eyes",
    }
    seen = []
    for _ in range(2):
        await web.post("/slack/click", data=form)
        await town.settled()
        seen.append(list(town.slack.messages("incidents")[-1].reactions))

    assert seen == [["eyes"], []]


async def test_the_page_of_an_archived_channel_has_no_composer(
    slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    await slack.conversations_archive(channel=channel)

    page = (await web.get(f"/slack?channel={channel}")).text
    assert "This channel is archived." in page
    assert "Message #inc-1" not in page


async def test_people_live_in_a_time_zone(slack: AsyncWebClient, town: Town) -> None:
    dora = town.slack.add_user("dora", "Dora", "dora@acme.example", tz="Asia/Kolkata")

    user = (await slack.users_info(user=dora))["user"]
    assert (user["tz"], user["tz_label"], user["tz_offset"]) == ("Asia/Kolkata", "IST", 19800)


async def test_a_channel_is_renamed_by_who_made_it_to_a_name_that_is_free(
    slack: AsyncWebClient, town: Town
) -> None:
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    renamed = await slack.conversations_rename(channel=channel, name="inc-1-mail")

    assert renamed["channel"]["name"] == "inc-1-mail"
    assert await error_of(slack.conversations_rename(channel=channel, name="incidents")) == "name_taken"
    assert (
        await error_of(slack.conversations_rename(channel=channel, name="Inc 1")) == "invalid_name_specials"
    )
    town.slack.space.channels[channel].creator = town.slack.user_id("alice")
    assert await error_of(slack.conversations_rename(channel=channel, name="inc-2")) == "not_authorized"


async def test_bookmarks_are_links_and_stand_in_their_order(slack: AsyncWebClient, town: Town) -> None:
    channel = town.slack.channel_id("incidents")
    for title in ("Page", "Issue"):
        await slack.bookmarks_add(
            channel_id=channel, title=title, type="link", link=f"https://a.example/{title}"
        )

    listed = (await slack.bookmarks_list(channel_id=channel))["bookmarks"]
    assert [(one["title"], one["link"]) for one in listed] == [
        ("Page", "https://a.example/Page"),
        ("Issue", "https://a.example/Issue"),
    ]
    bad = slack.bookmarks_add(channel_id=channel, title="x", type="link", link="page")
    assert await error_of(bad) == "invalid_link"
    assert await error_of(slack.bookmarks_list(channel_id="C0")) == "channel_not_found"


async def test_a_method_without_its_permission_is_refused(slack: AsyncWebClient, town: Town) -> None:
    town.slack.forbid("bookmarks.list")

    assert (
        await error_of(slack.bookmarks_list(channel_id=town.slack.channel_id("incidents"))) == "missing_scope"
    )
