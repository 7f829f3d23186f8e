"""Signing in with a link that works once. Opening the link only shows a button, so that no scanner of mails uses it up."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from tocsin.acts import access, people
from tocsin.doors.errors import status_of
from tocsin.doors.web.visit import SESSION, Visit, local_path
from tocsin.errors import Invalid, TocsinError

PASTED: Final = re.compile(r"(?:.*/sign-in/)?([A-Za-z0-9_-]{20,100})(?:\?.*)?")


async def ask(visit: Visit) -> Response:
    return _page(visit, _wanted(visit))


async def take_pasted(visit: Visit) -> Response:
    """Sign in with a link or a code that was pasted."""
    pasted = visit.form.text("link").strip()
    match = PASTED.fullmatch(pasted)
    try:
        if match is None:
            raise Invalid("That is no sign-in link: paste all of it, or the code at its end", field="link")
        return await _signed_in(visit, match[1])
    except TocsinError as why:
        return _page(visit, local_path(visit.form.text("next")), why, pasted)


async def show_button(visit: Visit) -> Response:
    return visit.page("sign_in_button.html", next=_wanted(visit))


async def take_link(visit: Visit) -> Response:
    try:
        return await _signed_in(visit, visit.name("secret"))
    except TocsinError as why:
        return _page(visit, local_path(visit.form.text("next")), why)


async def sign_out(visit: Visit) -> Response:
    await access.sign_out(visit.house, visit.request.cookies.get(SESSION, ""))
    response = visit.went_well("/sign-in", "You are signed out.")
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax", secure=visit.web.is_https)
    return response


async def _signed_in(visit: Visit, secret: str) -> Response:
    session = await access.sign_in(visit.house, secret)
    visitor = await access.visitor_of_session(visit.house, session)
    to = local_path(visit.form.text("next"))
    said = "You are signed in."
    if visitor and visitor.may("admin") and await _is_unknown(visit, visitor.person):
        to, said = "/me", "You are signed in. Say who you are, so that Tocsin can reach you."
    response = visit.went_well(to, said)
    visit.set_cookie(response, SESSION, session, int(access.SESSION_LIVES.total_seconds()))
    return response


async def _is_unknown(visit: Visit, handle: str) -> bool:
    """Whether nobody has said yet who this person is."""
    person = (await people.everybody(visit.house)).people.get(handle)
    return person is not None and not person.email


def _page(visit: Visit, to: str, wrong: TocsinError | None = None, pasted: str = "") -> Response:
    status = status_of(wrong) if wrong else 200
    message = wrong.message if wrong else ""
    return visit.page("sign_in.html", status=status, next=to, wrong=message, pasted=pasted)


def _wanted(visit: Visit) -> str:
    return local_path(visit.request.query_params.get("next", "/"))
