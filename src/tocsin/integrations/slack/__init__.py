"""Slack: reports, commands and clicks come in; the thread, its card, pages and answers go out. No other folder knows of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.work import OWN_CHANNEL, SHOWS_ON_CALL, Reach
from tocsin.integrations.link import Link
from tocsin.integrations.slack.alert_channels import DirectAlerts, PostedAlerts
from tocsin.integrations.slack.client import Slack
from tocsin.integrations.slack.door import SlackDoor
from tocsin.integrations.slack.lobby import Lobby
from tocsin.integrations.slack.reach import SlackReach
from tocsin.integrations.slack.reactions import signs
from tocsin.integrations.slack.socket import listen
from tocsin.settings import Settings


class SlackLink:
    """One workspace. Signed HTTP, Socket Mode, or both: whatever there is a secret for."""

    name = "slack"
    label = "Slack"
    abilities: frozenset[str] = frozenset({"thread", "page:slack", "answer:slack", SHOWS_ON_CALL})

    def __init__(
        self,
        slack: Slack,
        channel: str,
        signing_secret: str,
        app_token: str,
        *,
        signs: Mapping[str, str] | None = None,
        channel_per_incident: bool = False,
    ) -> None:
        if channel_per_incident:
            self.abilities = self.abilities | {OWN_CHANNEL}
        self._slack = slack
        self._signing_secret = signing_secret
        self._app_token = app_token
        self._signs = signs or {}
        self._lobby: Lobby | None = None
        self.reach: Reach | None = SlackReach(slack, channel)
        self.given_channels: tuple[Channel, ...] = (DirectAlerts(slack), PostedAlerts(slack))

    def routes(self, house: House) -> list[BaseRoute]:
        return SlackDoor(self._lobby_of(house), self._signing_secret).routes() if self._signing_secret else []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(listen, self._lobby_of(house), self._app_token)] if self._app_token else []

    def _lobby_of(self, house: House) -> Lobby:
        if self._lobby is None:
            self._slack.web.now = house.clock.now
            self._lobby = Lobby(house, self._slack, self._signs)
        return self._lobby

    async def settled(self) -> None:
        """Come back when all that came in is dealt with."""
        if self._lobby is not None:
            await self._lobby.settled()

    async def aclose(self) -> None:
        await self.settled()
        await self._slack.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to the workspace of the settings; None where no bot token is set."""
    if settings.slack_bot_token is None:
        return None
    secret, token = settings.slack_signing_secret, settings.slack_app_token
    return SlackLink(
        Slack(settings.slack_bot_token.get_secret_value(), settings.slack_base_url),
        settings.slack_channel,
        secret.get_secret_value() if secret else "",
        token.get_secret_value() if token else "",
        channel_per_incident=settings.slack_channel_per_incident,
        signs=signs(_names(settings.slack_timeline_signs), _names(settings.slack_follow_up_signs)),
    )


def _names(signs: str) -> list[str]:
    """`:pushpin:, memo` as names; "-" is no sign's."""
    return [name for name in signs.replace(":", " ").replace(",", " ").split() if name != "-"]
