"""A small stand-in for PagerDuty: incidents made of events, who is on call, its two APIs, signed webhooks, and a page with buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.faults import Faults
from tocsin.town.ids import Now, iso
from tocsin.town.pagerduty.api import Api, agent_of
from tocsin.town.pagerduty.board import ACKNOWLEDGED, ITSELF, RESOLVED, Agent, Board, Incident, Service, User
from tocsin.town.pagerduty.webhooks import Webhooks
from tocsin.town.pages import Pages
from tocsin.town.wire import Post

__all__ = ["Incident", "PagerDuty"]


class PagerDuty:
    """What tests and the demo hold in their hands."""

    token = "u+7ac0c0deAAAAbbbbCCCC"  # noqa: S105

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self._pages = pages
        self._board = Board(now)
        self._api = Api(self._board, self.token)
        self.webhooks = Webhooks(faults, post)
        self._board.tell = self.webhooks.later
        self._url = ""

    @property
    def url(self) -> str:
        """Where the town is reached, without `/pagerduty`."""
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url
        self._api.url = self.webhooks.board_url = f"{url}/pagerduty"

    @property
    def incidents(self) -> list[Incident]:
        """Every incident that was made of an event by now, oldest first."""
        self._board.catch_up()
        return self._board.incidents

    @property
    def delay(self) -> timedelta:
        """How long after its acceptance an event is processed, on the town's clock."""
        return self._board.delay

    @delay.setter
    def delay(self, delay: timedelta) -> None:
        self._board.delay = delay

    def hold(self) -> None:
        """From now on events are accepted, and nothing comes of them until `process`."""
        self._board.is_held = True

    def process(self) -> None:
        self._board.is_held = False
        self._board.catch_up(all=True)

    def add_service(self, name: str) -> str:
        """A service with an integration of the Events API v2; gives its key."""
        key = f"R{name.upper()}{'0' * 32}"[:32]
        self._board.services[key] = Service(self._board.id(f"service/{name}"), name, key)
        return key

    def add_user(self, name: str, email: str) -> User:
        id = self._board.id(f"user/{email}")
        self._board.users[id] = user = User(id, name, email)
        return user

    def add_schedule(self, id: str, on_call: list[str]) -> None:
        """A schedule with the mail addresses of those who are on call; an existing one is changed."""
        self._board.schedules[id] = list(on_call)

    def acknowledge(self, key: str, email: str) -> None:
        """A user acknowledges the open incident of that key."""
        self._change(key, ACKNOWLEDGED, email)

    def resolve(self, key: str, email: str = "") -> None:
        """A user resolves it; without one PagerDuty does by itself, when its time-out has come."""
        self._change(key, RESOLVED, email)

    def merge(self, key: str, into: str, email: str) -> None:
        """A user merges the incident of `key` into that of `into`, which resolves it."""
        incident, target = self._open(key), self._open(into)
        incident.merged_into = target.id
        self._board.change(incident, RESOLVED, self._agent(email))

    def _change(self, key: str, status: str, email: str) -> None:
        self._board.change(self._open(key), status, self._agent(email))

    def _agent(self, email: str) -> Agent:
        user = self._board.user_by_mail(email) if email else None
        if email and user is None:
            raise ValueError(f"There is no user {email!r}")
        return agent_of(user) if user else ITSELF

    def _open(self, key: str) -> Incident:
        found = [one for one in self.incidents if one.key == key and one.status != RESOLVED]
        if not found:
            raise ValueError(f"There is no open incident {key!r}")
        return found[-1]

    def link(self, incident: Incident) -> str:
        return f"{self.url}/pagerduty/incidents/{incident.id}"

    def as_json(self) -> dict[str, Any]:
        return {
            "incidents": [
                {
                    "id": one.id,
                    "number": one.number,
                    "key": one.key,
                    "title": one.title,
                    "service": one.service.name,
                    "status": one.status,
                    "count": one.count,
                    "assigned": [one_of.email for one_of in one.assigned],
                    "log": [f"{entry.verb} by {entry.agent.summary}" for entry in one.log],
                    "created_at": iso(one.created_at),
                    "url": self.link(one),
                }
                for one in self.incidents
            ]
        }

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/pagerduty", self._overview),
            Route("/pagerduty/", self._overview),
            Route("/pagerduty/incidents/{id}", self._one),
            Route("/pagerduty/form", self._form, methods=["POST"]),
        ]

    async def _overview(self, request: Request) -> Response:
        return self._show(request, self.incidents[::-1])

    async def _one(self, request: Request) -> Response:
        found = [one for one in self.incidents if one.id == request.path_params["id"]]
        return self._show(request, found, 200 if found else 404)

    def _show(self, request: Request, incidents: list[Incident], status: int = 200) -> Response:
        return self._pages.show(
            "pagerduty.html",
            request,
            status,
            incidents=incidents,
            people=list(self._board.users.values()),
            schedules=self._board.schedules,
        )

    async def _form(self, request: Request) -> Response:
        form = await request.form()
        incident = self._board.find(str(form.get("id", "")))
        user = self._board.users.get(str(form.get("user", "")))
        if incident is not None and user is not None and incident.status != RESOLVED:
            status = RESOLVED if form.get("do") == "resolve" else ACKNOWLEDGED
            self._board.change(incident, status, agent_of(user))
        return RedirectResponse("/pagerduty", status_code=303)
