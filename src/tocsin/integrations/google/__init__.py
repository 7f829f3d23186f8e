"""Google: the ops log's entries also go to a document of the organisation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.google.account import ServiceAccount
from tocsin.integrations.google.client import DocsClient
from tocsin.integrations.google.reach import GoogleReach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class GoogleLink:
    name = "google"
    label = "Google Docs"
    abilities = frozenset({"doc"})
    reach: Reach | None

    def __init__(self, outside: Outside, account: ServiceAccount, document: str, url: str) -> None:
        self._outside = outside
        self.reach = GoogleReach(DocsClient(outside, account, document), url)

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to Google Docs; None without a service account. Invalid if its key can't be used."""
    if settings.google_service_account is None:
        return None
    account = ServiceAccount(settings.google_service_account.get_secret_value(), settings.google_token_url)
    outside = Outside("Google Docs", settings.google_base_url, auth=account)
    return GoogleLink(outside, account, *document_at(settings.google_doc))


def document_at(setting: str) -> tuple[str, str]:
    """The id of the document, and the address where people read it, from either."""
    linked = re.search(r"/document/d/([\w-]+)", setting)
    if linked:
        return linked[1], setting
    return setting, f"https://docs.google.com/document/d/{setting}/edit"
