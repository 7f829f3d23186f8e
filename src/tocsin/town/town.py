"""The town as a whole: its services, the one HTTP server and the one mail server that they live on."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from starlette.applications import Starlette

from tocsin.town.buildkite import Buildkite
from tocsin.town.ci import Ci
from tocsin.town.deploys import Deployer
from tocsin.town.faults import Faults
from tocsin.town.frontend import Frontend
from tocsin.town.gate import Exchange, Gate
from tocsin.town.github import GitHub
from tocsin.town.google import Google
from tocsin.town.hall import Hall
from tocsin.town.hooks import Hooks
from tocsin.town.ids import Now
from tocsin.town.mail import MailServer
from tocsin.town.ntfy import Ntfy
from tocsin.town.opsgenie import Opsgenie
from tocsin.town.pagerduty import PagerDuty
from tocsin.town.pages import Pages
from tocsin.town.phones import Phones
from tocsin.town.push import PushService
from tocsin.town.renovate import Renovate
from tocsin.town.serving import Server, listen
from tocsin.town.site import Site
from tocsin.town.slack import Slack
from tocsin.town.timers import Timers
from tocsin.town.twilio import Twilio
from tocsin.town.wire import Post
from tocsin.town.x import X


class Town:
    """Slack, X, GitHub, Google Docs, Opsgenie, PagerDuty, Twilio, Buildkite, mail and a website, small and on this machine. All their timestamps come from `now`."""

    def __init__(self, now: Now) -> None:
        self._post = Post()
        self._server: Server | None = None
        self._smtp: asyncio.Server | None = None
        self.url = ""
        self.smtp_port = 0
        pages = Pages()
        self.faults = Faults()
        self.slack = Slack(now, self.faults, self._post, pages)
        self.x = X(now, pages)
        self.github = GitHub(now, self.faults, self._post, pages)
        self.google = Google(now, pages)
        self.opsgenie = Opsgenie(now, self.faults, self._post, pages)
        self.pagerduty = PagerDuty(now, self.faults, self._post, pages)
        self.twilio = Twilio(now, self.faults, self._post, pages)
        self.mail = MailServer(now, self.faults)
        self.ntfy = Ntfy(now, self._post)
        self.push = PushService(now, self._post)
        self.hooks = Hooks(now, self._post, pages)
        self.site = Site(now, pages)
        self.frontend = Frontend(now, self.site)
        self.timers = Timers(now, self._post)
        code = self.github.code
        self.ci = Ci(self.github.board, code.hosting, code.actions, self.timers)
        code.reactions.append(self.ci.pushed)
        self.deploys = Deployer(now, self.github.board, code, self.site, self.timers)
        self.renovate = Renovate(self.github.board, code, self.timers)
        self.buildkite = Buildkite(now, self.faults, self._post, pages, code, self.timers)
        phones = Phones(self.ntfy, self.push, pages)
        hall = Hall(self.mail, self.faults, self._post, self.as_json, pages)
        services = (
            *(self.slack, self.x, self.github, self.google, self.opsgenie, self.pagerduty),
            *(
                self.twilio,
                self.ntfy,
                self.push,
                phones,
                self.hooks,
                self.site,
                self.frontend,
                self.buildkite,
                hall,
            ),
        )
        self._app = Starlette(routes=[route for service in services for route in service.routes()])
        self._gate = Gate(self._app, self.faults, now)

    @property
    def requests(self) -> deque[Exchange]:
        """Every call that a service's API got, oldest first."""
        return self._gate.log

    async def start(self, host: str = "127.0.0.1", port: int = 0, smtp_port: int = 0) -> None:
        """Open both servers. Port 0 takes any free one; `url` and `smtp_port` then say which."""
        self._server = Server(self._gate, listen(host, port))
        self.url = self._server.url
        named = (
            self.slack,
            self.x,
            self.github,
            self.google,
            self.opsgenie,
            self.pagerduty,
            self.twilio,
            self.ntfy,
            self.push,
            self.hooks,
            self.buildkite,
        )
        for service in named:
            service.url = self.url
        await self._start_mail(host, smtp_port)
        await self._server.start()

    async def _start_mail(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(self.mail.protocol, host, port)
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close both servers, and take the git repositories away. What else the services hold stays readable."""
        await self.slack.drop_sockets()
        await self.timers.stop()
        await self._post.close()
        if self._smtp is not None:
            self._smtp.close()
        if self._server is not None:
            await self._server.stop()
        self.github.close()

    async def settled(self) -> None:
        """Come back when every event that the services send on their own is delivered, and all that follows from pushes is done."""
        await self._post.settled()

    def as_json(self) -> dict[str, Any]:
        """All that can be seen in the town, as plain data."""
        return {
            "failed_on_purpose": self.faults.met,
            "slack": self.slack.as_json(),
            "x": self.x.as_json(),
            "github": self.github.as_json(),
            "buildkite": self.buildkite.as_json(),
            "google_docs": self.google.as_json(),
            "opsgenie": self.opsgenie.as_json(),
            "pagerduty": self.pagerduty.as_json(),
            "ntfy": [note.as_json() for note in self.ntfy.notes],
            "push": self.push.as_json(),
            "twilio": self.twilio.as_json(),
            "mail": [
                {
                    "sender": mail.sender,
                    "recipients": mail.recipients,
                    "subject": mail.subject,
                    "message_id": mail.headers.get("Message-ID", ""),
                    "text": mail.text,
                    "links": mail.links,
                    "attachments": [
                        {"name": one.name, "type": one.type, "text": one.text} for one in mail.attachments
                    ],
                    "at": mail.at.isoformat(),
                }
                for mail in self.mail.messages
            ],
        }
