"""The web: pages for people, from which everything can be done without a script, a chat or any other service.

A page parses what came, calls acts, and shows; it knows nothing of tables, of the engine, or of any outside service.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.acts.house import House
from tocsin.doors.web import (
    ack,
    admin,
    alert_answer,
    alerts_page,
    answer,
    case_page,
    connect,
    contacts_page,
    handbook_editing,
    handbook_pages,
    inbox_page,
    lists,
    on_call,
    push_page,
    readiness_page,
    reporting,
    retrospective_page,
    run_page,
    sign_in,
)
from tocsin.doors.web.guard import Endpoint, Handler, guarded, sealed
from tocsin.doors.web.rendering import asset_addresses, asset_files, environment
from tocsin.doors.web.visit import Visit, Web
from tocsin.errors import NotFound

PAGES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("GET", "/", lists.home, "read"),
    ("GET", "/incidents", lists.incidents, "read"),
    ("GET", "/incidents/{ref}", case_page.show, "read"),
    ("POST", "/incidents/{ref}/{act}", case_page.act, "respond"),
    ("GET", "/incidents/{ref}/retrospective", retrospective_page.show, "read"),
    ("GET", "/incidents/{ref}/retrospective.md", retrospective_page.markdown, "read"),
    ("POST", "/incidents/{ref}/retrospective/{act}", retrospective_page.act, "respond"),
    ("GET", "/incidents/{ref}/procedures", run_page.to_incident, "read"),
    ("GET", "/incidents/{ref}/procedures/{run}", run_page.show, "read"),
    ("POST", "/incidents/{ref}/procedures/{run}/{act}", run_page.act, "respond"),
    ("GET", "/alerts", alerts_page.show_list, "read"),
    ("GET", "/alerts/new", alerts_page.ask, "report"),
    ("POST", "/alerts/new", alerts_page.open_one, "report"),
    ("GET", "/alerts/{ref}", alerts_page.show, "read"),
    # Whoever may open alerts may close them, as monitoring does; all else takes a responder.
    ("POST", "/alerts/{ref}/close", alerts_page.close, "report"),
    ("POST", "/alerts/{ref}/{act}", alerts_page.act, "respond"),
    ("GET", "/inbox", inbox_page.show, "read"),
    ("POST", "/inbox/{id}/{act}", inbox_page.act, "report"),
    ("GET", "/ops-log", lists.log, "read"),
    ("GET", "/ops-log.md", lists.log_markdown, "read"),
    ("GET", "/ops-log.csv", lists.log_csv, "read"),
    ("GET", "/handbook", handbook_pages.show, "read"),
    ("GET", "/handbook/edit", handbook_editing.show, "respond"),
    ("POST", "/handbook/edit", handbook_editing.save, "respond"),
    ("GET", "/handbook/versions", handbook_pages.versions, "read"),
    ("GET", "/handbook/versions/{number}", handbook_pages.version, "read"),
    ("GET", "/handbook/score", handbook_pages.score, "read"),
    ("GET", "/handbook/score.csv", handbook_pages.score_table, "read"),
    ("GET", "/on-call/readiness", readiness_page.show, "read"),
    *on_call.PAGES,
    ("GET", "/people", admin.show_people, "admin"),
    ("POST", "/people/{act}", admin.change_people, "admin"),
    ("GET", "/keys", admin.show_keys, "admin"),
    ("POST", "/keys/create", admin.create_key, "admin"),
    ("POST", "/keys/revoke", admin.revoke_key, "admin"),
    ("GET", "/connect/{slack_id}/{until}/{signature}", connect.show, "read"),
    ("POST", "/connect/{slack_id}/{until}/{signature}", connect.confirm, "read"),
    ("GET", "/me", admin.show_me, "read"),
    ("POST", "/me", admin.save_me, "read"),
    ("POST", "/me/notices", admin.choose_notices, "read"),
    ("GET", "/me/contacts", contacts_page.show, "read"),
    ("POST", "/me/contacts/{act}", contacts_page.act, "read"),
    ("GET", "/people/{handle}/contacts", contacts_page.show, "admin"),
    ("POST", "/people/{handle}/contacts/{act}", contacts_page.act, "admin"),
    ("GET", "/me/push", push_page.show, "read"),
    ("POST", "/me/push", push_page.add, "read"),
    ("GET", "/test-page/{ticket}", readiness_page.ask, ""),
    ("POST", "/test-page/{ticket}", readiness_page.confirm, ""),
    ("GET", "/report", reporting.ask, ""),
    ("GET", "/status/{token}", reporting.status, ""),
    ("GET", "/ack/{ref}/{person}/{signature}", ack.show, ""),
    ("POST", "/ack/{ref}/{person}/{signature}", ack.answer, ""),
    ("GET", "/alerts/answer/{ref}/{person}/{signature}", alert_answer.show, ""),
    ("POST", "/alerts/answer/{ref}/{person}/{signature}", alert_answer.answer, ""),
    ("GET", "/answer/{ref}/{about}/{person}/{signature}", answer.show, ""),
    ("POST", "/answer/{ref}/{about}/{person}/{signature}", answer.take, ""),
    ("GET", "/sign-in", sign_in.ask, ""),
    ("POST", "/sign-in", sign_in.take_pasted, ""),
    ("GET", "/sign-in/{secret}", sign_in.show_button, ""),
    ("POST", "/sign-in/{secret}", sign_in.take_link, ""),
    ("POST", "/sign-out", sign_in.sign_out, ""),
)
"""Every page: method, address, what answers, and the right that a visitor needs ("" is open to everybody)."""


def routes(house: House) -> list[BaseRoute]:
    """The pages, the files they need, and last a page that says that there is none: other doors are mounted before these."""
    files = asset_files()
    web = Web(house, environment(), asset_addresses(files))
    pages: list[BaseRoute] = [
        Route(path, guarded(web, handler, right), methods=[method]) for method, path, handler, right in PAGES
    ]
    take = guarded(web, reporting.taking(reporting.Turnstile()))
    return [
        *pages,
        Route("/report", take, methods=["POST"]),
        Route("/static/{name}", _asset(files), methods=["GET"]),
        Route("/{path:path}", guarded(web, _nothing_here), methods=["GET", "POST"]),
    ]


def _asset(files: dict[str, tuple[bytes, str]]) -> Endpoint:
    async def answer(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            return sealed(Response("There is no such file", 404, media_type="text/plain"))
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return sealed(Response(found[0], media_type=found[1], headers=headers))

    return answer


async def _nothing_here(visit: Visit) -> Response:
    raise NotFound("There is no page at this address. Check the link, or go to the front page")
