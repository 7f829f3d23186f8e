"""A small stand-in for Opsgenie: alerts that teams answer, who is on call, the API v2, and a page with buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.faults import Faults
from tocsin.town.ids import Now, iso
from tocsin.town.opsgenie.api import Api
from tocsin.town.opsgenie.board import Alert, Board
from tocsin.town.opsgenie.webhooks import Webhooks
from tocsin.town.pages import Pages
from tocsin.town.wire import Post

__all__ = ["Alert", "Opsgenie"]


class Opsgenie:
    """What tests and the demo hold in their hands."""

    key = "7ac0c0de-aaaa-bbbb-cccc-000000000000"

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self._pages = pages
        self._board = Board(now)
        self.webhooks = Webhooks(faults, post)
        self._board.tell = self.webhooks.later
        self._api = Api(self._board, self.key)
        self.url = ""
        """Where the town is reached, without `/opsgenie`."""

    @property
    def alerts(self) -> list[Alert]:
        """Every alert that was made of a request by now, oldest first."""
        self._board.catch_up()
        return self._board.alerts

    @property
    def delay(self) -> timedelta:
        """How long after its acceptance a request is processed, on the town's clock."""
        return self._board.delay

    @delay.setter
    def delay(self, delay: timedelta) -> None:
        self._board.delay = delay

    def hold(self) -> None:
        """From now on requests are accepted, and nothing comes of them until `process`."""
        self._board.is_held = True

    def process(self) -> None:
        """Process all that was accepted, and what comes from now on at its time."""
        self._board.is_held = False
        self._board.catch_up(all=True)

    def add_team(self, name: str) -> str:
        """A team that alerts can be for; gives its id."""
        self._board.teams[name] = id = self._board.id(f"team/{name}")
        return id

    def add_schedule(self, name: str, on_call: list[str]) -> None:
        """A schedule with the mail addresses of those who are on call; an existing one is changed."""
        self._board.schedules[name] = list(on_call)

    def acknowledge(self, alias: str, user: str) -> None:
        """A person (a mail address) acknowledges the open alert of that alias."""
        self._board.acknowledge(self._open(alias), user)

    def close(self, alias: str, user: str) -> None:
        self._board.close(self._open(alias), user)

    def link(self, alert: Alert) -> str:
        return f"{self.url}/opsgenie/alert/detail/{alert.id}/details"

    def _open(self, alias: str) -> Alert:
        self._board.catch_up()
        alert = self._board.find(alias, "alias")
        if alert is None:
            raise ValueError(f"There is no open alert {alias!r}")
        return alert

    def as_json(self) -> dict[str, Any]:
        return {
            "alerts": [
                {
                    "id": alert.id,
                    "tiny_id": str(alert.tiny),
                    "alias": alert.alias,
                    "message": alert.message,
                    "description": alert.description,
                    "status": alert.status,
                    "count": alert.count,
                    "acknowledged_by": alert.acknowledged_by,
                    "owner": alert.owner,
                    "snoozed_until": iso(alert.snoozed_until) if alert.snoozed_until else "",
                    "closed_by": alert.closed_by,
                    "notes": list(alert.notes),
                    "created_at": iso(alert.created_at),
                    "url": self.link(alert),
                }
                for alert in self.alerts
            ]
        }

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/opsgenie", self._overview),
            Route("/opsgenie/", self._overview),
            Route("/opsgenie/alert/detail/{id}/details", self._one),
            Route("/opsgenie/form", self._form, methods=["POST"]),
        ]

    async def _overview(self, request: Request) -> Response:
        return self._show(request, self.alerts[::-1])

    async def _one(self, request: Request) -> Response:
        found = [alert for alert in self.alerts if alert.id == request.path_params["id"]]
        return self._show(request, found, 200 if found else 404)

    def _show(self, request: Request, alerts: list[Alert], status: int = 200) -> Response:
        people = sorted({mail for mails in self._board.schedules.values() for mail in mails})
        names = {id: name for name, id in self._board.teams.items()}
        return self._pages.show(
            "opsgenie.html",
            request,
            status,
            alerts=alerts,
            people=people,
            names=names,
            schedules=self._board.schedules,
        )

    async def _form(self, request: Request) -> Response:
        form = await request.form()
        alert = self._board.find(str(form.get("id", "")), "id")
        if alert is not None and alert.status == "open":
            user = str(form.get("user", ""))
            (self._board.close if form.get("do") == "close" else self._board.acknowledge)(alert, user)
        return RedirectResponse("/opsgenie", status_code=303)
