"""Slack's Web API as the rest of this folder sees it: an answer, or one exception that bears the outcome. It knows no incident."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tocsin.core.work import Later, Refused

JSON = dict[str, Any]

TIMEOUT_SECONDS: Final = 10.0
SHORTEST_WAIT: Final = timedelta(seconds=1)
"""Where Slack does not say how long."""
HERE = ("localhost", "127.0.0.1", "::1")
TOKEN_HELP = "check TOCSIN_SLACK_BOT_TOKEN, or install the app anew and take its bot token"  # noqa: S105
INVITE = "invite Tocsin there with /invite, or name another channel in TOCSIN_SLACK_CHANNEL"

LATER: Final[Mapping[str, str]] = {
    "ratelimited": "Slack asks to slow down",
    "rate_limited": "Slack asks to slow down",
    "message_limit_exceeded": "Slack asks to slow down",
    "internal_error": "Slack has an error of its own",
    "fatal_error": "Slack has an error of its own",
    "service_unavailable": "Slack is unavailable",
    "request_timeout": "Slack did not get the whole request",
    "team_added_to_org": "the workspace is being moved to an organisation",
    "org_login_required": "the workspace is being moved to an organisation",
}
"""Errors that pass by themselves."""

REFUSED: Final[Mapping[str, str]] = {
    "invalid_auth": f"Slack does not know the token: {TOKEN_HELP}",
    "not_authed": f"Slack saw no token: {TOKEN_HELP}",
    "token_revoked": f"the token was revoked: {TOKEN_HELP}",
    "token_expired": f"the token has expired: {TOKEN_HELP}",
    "account_inactive": f"the app was removed from the workspace: {TOKEN_HELP}",
    "not_allowed_token_type": f"it is the wrong kind of token: {TOKEN_HELP}",
    "missing_scope": "the app lacks a scope: apply the manifest of docs/howto/slack.md and install the app anew",
    "no_permission": "the app lacks a permission: apply the manifest of docs/howto/slack.md and install the app anew",
    "channel_not_found": f"Slack shows no such channel to Tocsin: {INVITE}",
    "not_in_channel": f"Tocsin is no member of the channel: {INVITE}",
    "is_archived": "the channel is archived: take it out of the archive, or name another in TOCSIN_SLACK_CHANNEL",
    "restricted_action": "the workspace lets only some people post there: allow Tocsin to, in the channel's settings",
    "restricted_action_read_only_channel": "the channel is read-only: allow Tocsin to post, in the channel's settings",
    "user_not_found": "Slack has no such user: correct the Slack id of the person",
    "users_not_found": "Slack has no user with that e-mail address",
    "user_disabled": "the person's Slack account is deactivated: reach them in another way",
    "cannot_dm_bot": "this is a bot, and bots read no messages: correct the Slack id of the person",
    "messages_tab_disabled": "the app's messages tab is off: switch it on under App Home",
    "message_not_found": "the message is gone: somebody deleted it",
    "thread_not_found": "the thread is gone: somebody deleted its first message",
    "cant_update_message": "the message was written by somebody else",
    "edit_window_closed": "the workspace does not allow to edit so old a message",
    "msg_too_long": "the text is longer than Slack takes",
    "invalid_blocks": "Slack does not take the message's blocks; please report this as a bug of Tocsin",
    "expired_trigger_id": "Slack gives three seconds to open a form, and they had passed: try again",
    "invalid_trigger_id": "Slack gives three seconds to open a form, and they had passed: try again",
    "exchanged_trigger_id": "the form was opened already",
    "user_not_in_channel": "the person is no member of the channel",
}
"""Errors that stay until somebody does something, with what to do."""


class SlackFailed(Exception):
    """A call that Slack did not carry out. `outcome` is ready to be handed on; `error` is Slack's own word for it, if any."""

    def __init__(self, outcome: Later | Refused, error: str = "") -> None:
        super().__init__(outcome.why)
        self.outcome = outcome
        self.error = error


class Gated(AsyncWebClient):
    """Waits as long as Slack asked for: what it refused with 429 in a channel is not sent there before, by whichever work."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._closed_until: dict[tuple[str, str], datetime] = {}

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        """As the SDK's own. Raises SlackFailed with the rest of the wait, without asking, while Slack wants none of these calls."""
        body = given.get("json") or given.get("params") or given.get("data") or {}
        key = (api_method, str(body.get("channel", "")))
        now = self.now()
        until = self._closed_until.pop(key, now)
        if until > now:
            self._closed_until[key] = until
            raise SlackFailed(Later(LATER["ratelimited"], until - now), "ratelimited")
        try:
            return await super().api_call(api_method, **given)
        except SlackApiError as why:
            failed = _said_no(why)
            if isinstance(failed.outcome, Later) and failed.outcome.why == LATER["ratelimited"]:
                self._closed_until[key] = self.now() + (failed.outcome.wait or SHORTEST_WAIT)
            raise


class Slack:
    """One workspace, through one bot token."""

    def __init__(self, bot_token: str, base_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        # Its own retries are off: it would post again without looking whether the first try took effect.
        self.web = Gated(bot_token, base_url, retry_handlers=[], logger=logging.getLogger("slack_sdk.tocsin"))
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        if urlsplit(base_url).hostname in HERE:
            self.web.proxy = None  # The SDK takes HTTPS_PROXY even for this very machine.

    async def do(self, call: Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]) -> JSON:
        """Slack's answer. Raises SlackFailed."""
        self._open()
        try:
            answer = await call(self.web)
        except SlackApiError as why:
            raise _said_no(why) from why
        except (aiohttp.ClientError, OSError, TimeoutError, SlackClientError) as why:
            raise SlackFailed(Later(f"Slack can't be reached: {type(why).__name__} {why}".rstrip())) from why
        except AttributeError as why:  # The SDK on a 200 that is plain text, such as a proxy's notice.
            raise SlackFailed(Later("what answered was not Slack")) from why
        return answer.data if isinstance(answer.data, dict) else {}

    async def permalink(self, channel: str, message: str) -> str:
        """The address of a message; "" where Slack gives none. Raises SlackFailed if it can't be asked now."""
        try:
            answer = await self.do(lambda web: web.chat_getPermalink(channel=channel, message_ts=message))
        except SlackFailed as failed:
            if isinstance(failed.outcome, Later):
                raise
            return ""
        return str(answer.get("permalink", ""))

    async def respond(self, url: str, body: JSON) -> None:
        """Answer at a response URL. Raises SlackFailed."""
        try:
            async with self._open().post(url, json=body) as answer:
                if answer.status >= 400:
                    raise SlackFailed(Refused(f"the response URL answered {answer.status}"))
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            raise SlackFailed(Later(f"Slack can't be reached: {type(why).__name__}")) from why

    def _open(self) -> aiohttp.ClientSession:
        """The one session, made at the first use since it belongs to the running loop."""
        if self.web.session is None or self.web.session.closed:
            self.web.session = aiohttp.ClientSession(timeout=self._timeout)
        return self.web.session

    async def aclose(self) -> None:
        if self.web.session is not None:
            await self.web.session.close()


def outcome_of(status: int, error: str, retry_after: str = "") -> Later | Refused:
    """What an HTTP status and Slack's error code come to. The codes that are in neither table are final: Slack means them."""
    if status == 429 or LATER.get(error) == LATER["ratelimited"]:
        wait = timedelta(seconds=int(retry_after)) if retry_after.isdecimal() else None
        return Later(LATER["ratelimited"], wait)
    if status >= 500:
        return Later(f"Slack answered {status}")
    if error in LATER:
        return Later(LATER[error])
    if error in REFUSED:
        return Refused(f"{REFUSED[error]} ({error})")
    return Refused(f"Slack refused: {error or f'status {status}'}")


def _said_no(why: SlackApiError) -> SlackFailed:
    response = why.response
    if isinstance(response, AsyncSlackResponse):
        data = response.data if isinstance(response.data, dict) else {}
        error = str(data.get("error", ""))
        if not error and response.status_code == 200:
            return SlackFailed(Later("what answered was not Slack"))
        wait = str(response.headers.get("Retry-After", ""))
        return SlackFailed(outcome_of(response.status_code, error, wait), error)
    # A body that is no JSON although it says so: half an answer, or somebody else's.
    return SlackFailed(Later("Slack's answer could not be read"))
