"""A small stand-in for Google Docs: documents that one service account may edit, the API v1, and a page to read them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.google.api import Api
from tocsin.town.google.documents import Document, Drawer, length
from tocsin.town.google.oauth import Booth
from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages

__all__ = ["Document", "Google"]


class Google:
    """What tests and the demo hold in their hands."""

    def __init__(self, now: Now, pages: Pages) -> None:
        self._pages = pages
        self._drawer = Drawer(now)
        self._booth = Booth(now)
        self._api = Api(self._drawer, self._booth)
        self._url = ""

    @property
    def url(self) -> str:
        """Where the town is reached, without `/google`."""
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url
        self._api.token_url = f"{url}/google/token"

    @property
    def account(self) -> str:
        """The mail address of the service account, with which a document is shared."""
        return self._booth.email

    def service_account_json(self) -> str:
        """The account's key file. The town must be started: its token endpoint stands in the file."""
        return self._booth.account(self._api.token_url)

    def add_document(self, title: str, *, shared: bool = True) -> str:
        """A new, empty document; gives its id."""
        return self._drawer.add(title, shared=shared).id

    def share(self, id: str, shared: bool = True) -> None:
        self._known(id).is_shared = shared

    def link(self, id: str) -> str:
        """The address in the browser, as people copy it."""
        return f"{self._url}/google/document/d/{id}/edit"

    def text(self, id: str) -> str:
        """What stands in the document, with the newline that ends it."""
        return self._known(id).text

    def type(self, id: str, text: str) -> None:
        """Somebody writes at the end of the document."""
        document = self._known(id)
        self._drawer.insert(document, length(document.text), text)

    def forget_tokens(self) -> None:
        """Every token that was handed out is void, as when a key is revoked."""
        self._booth.forget()

    def _known(self, id: str) -> Document:
        if id not in self._drawer.documents:
            raise ValueError(f"There is no document {id!r}; add one with add_document")
        return self._drawer.documents[id]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "id": document.id,
                "title": document.title,
                "url": self.link(document.id),
                "text": document.text,
                "entries": list(document.entries),
                "edited_at": iso(document.edited_at),
            }
            for document in self._drawer.documents.values()
        ]

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/google", self._overview),
            Route("/google/", self._overview),
            Route("/google/document/d/{id}", self._one),
            Route("/google/document/d/{id}/edit", self._one),
            Route("/google/document/d/{id}/type", self._form, methods=["POST"]),
        ]

    async def _overview(self, request: Request) -> Response:
        return self._pages.show("google.html", request, documents=list(self._drawer.documents.values()))

    async def _one(self, request: Request) -> Response:
        document = self._drawer.documents.get(request.path_params["id"])
        documents = [document] if document else []
        return self._pages.show("google.html", request, 200 if document else 404, documents=documents)

    async def _form(self, request: Request) -> Response:
        id = request.path_params["id"]
        text = str((await request.form()).get("text", "")).strip()
        if text and id in self._drawer.documents:
            lead = "" if self.text(id) == "\n" else "\n"
            self.type(id, lead + text.replace("\r\n", "\n"))
        return RedirectResponse(f"/google/document/d/{id}/edit", status_code=303)
