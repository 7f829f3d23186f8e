"""The town hall: the front page, the letter boxes, and the office where one can order a service to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tocsin.town.faults import KINDS, SERVICES, Faults
from tocsin.town.mail import MailServer
from tocsin.town.pages import Pages
from tocsin.town.wire import Post


class Hall:
    """The pages that belong to no one service."""

    def __init__(
        self,
        mail: MailServer,
        faults: Faults,
        post: Post,
        as_json: Callable[[], dict[str, Any]],
        pages: Pages,
    ) -> None:
        self._mail = mail
        self._faults = faults
        self._post = post
        self._as_json = as_json
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/", self._index),
            Route("/town.json", self._json),
            Route("/mail", self._letters),
            Route("/mail", self._write, methods=["POST"]),
            Route("/faults", self._show_faults),
            Route("/faults", self._order_fault, methods=["POST"]),
        ]

    async def _index(self, request: Request) -> Response:
        return self._pages.show("index.html", request, mails=len(self._mail.messages))

    async def _json(self, request: Request) -> Response:
        return JSONResponse(self._as_json())

    async def _letters(self, request: Request) -> Response:
        box = request.query_params.get("to", "")
        mails = self._mail.to(box) if box else self._mail.messages
        boxes = sorted({r for mail in self._mail.messages for r in mail.recipients})
        return self._pages.show(
            "mail.html",
            request,
            mails=mails[::-1],
            boxes=boxes,
            box=box,
            can_write=self._mail.can_write,
            address=self._mail.address,
            written=self._mail.written[::-1],
        )

    async def _write(self, request: Request) -> Response:
        form = await request.form()
        sender, to, subject, text = (
            str(form.get(name, "")).strip() for name in ("sender", "to", "subject", "text")
        )
        if self._mail.can_write and sender and to:
            self._post.later(self._mail.write(sender, to, subject, text))
        return RedirectResponse("/mail", status_code=303)

    async def _show_faults(self, request: Request) -> Response:
        return self._pages.show(
            "faults.html", request, pending=self._faults.pending, kinds=KINDS, services=SERVICES, error=""
        )

    async def _order_fault(self, request: Request) -> Response:
        """Takes a form or JSON: service, match, kind, times, retry_after; or do=clear."""
        sent_json = request.headers.get("content-type", "").startswith("application/json")
        order: dict[str, Any] = dict(await request.json() if sent_json else await request.form())
        if order.get("do") == "clear":
            self._faults.clear()
        else:
            wait = order.get("retry_after")
            try:
                self._faults.add(
                    str(order.get("service", "")),
                    str(order.get("match") or "*"),
                    str(order.get("kind", "")),
                    int(order.get("times") or 1),
                    int(wait) if wait not in (None, "") else None,
                )
            except ValueError as why:
                return JSONResponse({"error": str(why)}, status_code=422)
        return JSONResponse({"ok": True}) if sent_json else RedirectResponse("/faults", status_code=303)
