"""A little website whose sign-in can break and be mended: by hand, or by the version that is deployed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages


class Site:
    """The website of Acme, a company of the town."""

    def __init__(self, now: Now, pages: Pages) -> None:
        self._now = now
        self._pages = pages
        self.signin_works = True
        self.changed_at = now()
        self.version = ""
        """The commit of its source that it runs; "" as long as nothing was deployed."""

    @property
    def status(self) -> str:
        """`up` or `down`."""
        return "up" if self.signin_works else "down"

    def break_signin(self) -> None:
        self._set(False)

    def mend(self) -> None:
        self._set(True)

    def run(self, version: str, works: bool) -> None:
        """Run another version from now on."""
        self.version = version
        self._set(works)

    def _set(self, works: bool) -> None:
        self.signin_works = works
        self.changed_at = self._now()

    def routes(self) -> list[Route]:
        return [
            Route("/site", self._home),
            Route("/site/", self._home),
            Route("/site/healthz", self._health),
            Route("/site/signin", self._signin, methods=["GET", "POST"]),
            Route("/site/control", self._control, methods=["GET", "POST"]),
        ]

    async def _home(self, request: Request) -> Response:
        return self._pages.show("site.html", request, site=self, view="home")

    async def _health(self, request: Request) -> Response:
        body = {"status": "ok" if self.signin_works else "failing", "since": iso(self.changed_at)}
        if self.version:
            body["version"] = self.version
        if not self.signin_works:
            body["why"] = "sign-in: the session store refuses every login"
        return JSONResponse(body, status_code=200 if self.signin_works else 503)

    async def _signin(self, request: Request) -> Response:
        if not self.signin_works:
            return self._pages.show("site.html", request, status=500, site=self, view="error")
        view = "welcome" if request.method == "POST" else "signin"
        form = await request.form()
        return self._pages.show("site.html", request, site=self, view=view, name=form.get("email", ""))

    async def _control(self, request: Request) -> Response:
        if request.method == "GET":
            return self._pages.show("site.html", request, site=self, view="control")
        form = await request.form()
        if form.get("do") == "break":
            self.break_signin()
        else:
            self.mend()
        return RedirectResponse("/site/control", status_code=303)
