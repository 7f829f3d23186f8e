"""The page on which one sees what ntfy and Web Push show on people's phones, and presses the buttons."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ntfy import Ntfy
from tocsin.town.pages import Pages
from tocsin.town.push import PushService


class Phones:
    def __init__(self, ntfy: Ntfy, push: PushService, pages: Pages) -> None:
        self._ntfy = ntfy
        self._push = push
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        return [Route("/phones", self._show), Route("/phones", self._press, methods=["POST"])]

    async def _show(self, request: Request) -> Response:
        topics = sorted({note.topic for note in self._ntfy.notes})
        return self._pages.show(
            "phones.html",
            request,
            topics=[(topic, self._ntfy.shown(topic)[::-1]) for topic in topics],
            devices=[
                (id, device, list(device.shown.values())[::-1]) for id, device in self._push.devices.items()
            ],
        )

    async def _press(self, request: Request) -> Response:
        form = await request.form()
        of, id, label = (str(form.get(name, "")) for name in ("of", "id", "label"))
        device = self._push.devices.get(of)
        note = next((one for one in self._ntfy.shown(of) if one.id == id), None)
        if device and id in device.shown:
            await self._push.press(device, id, label)
        elif note:
            await self._ntfy.press(note, label)
        return RedirectResponse("/phones", 303)
