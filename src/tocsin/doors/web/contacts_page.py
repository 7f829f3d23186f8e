"""The page of how one is reached: devices and their codes, rules, quiet hours, and what a page would do now. An admin sees anybody's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from tocsin.acts.contacts import choosing, looks, methods, testing
from tocsin.acts.contacts.looks import Contacts, ShownMethod
from tocsin.acts.contacts.testing import TestPage
from tocsin.acts.oncall.by import By, by_visitor
from tocsin.core.channel import Channel
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import TEXT, TIME, Field, Sheet, Trouble, refilled
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

USUAL: Final = {
    "high": "Without rules: every method at once.",
    "low": "Without rules: the first method, and every 15 minutes the next.",
}
ASKED: Final = "given-"
"""Before the ids of a channel's fields, so that none is taken for one of the form's own."""


@dataclass(frozen=True, slots=True)
class Row:
    """A contact method with what can be done to it."""

    method: ShownMethod
    verify: Sheet | None
    code: Sheet | None
    rename: Sheet | None
    remove: Sheet | None
    secret: Sheet | None = None


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Do as the form of that name asks; refused, the page comes again with what was typed."""
    name = visit.name("act")
    if name not in ACTS:
        raise NotFound(f"There is no form {name} on this page")
    try:
        said = await ACTS[name](visit, _by(visit), _whose(visit))
    except TocsinError as why:
        return await _page(visit, Trouble(name, visit.form, why))
    return visit.went_well(_place(visit), said)


async def _add(visit: Visit, by: By, handle: str) -> str:
    form = visit.form
    given = {
        name.removeprefix(ASKED): form.text(name).strip() for name in form.values if name.startswith(ASKED)
    }
    # The error names the channel's own field; the page finds it under ours.
    try:
        made = await methods.add(visit.house, by, handle, form.text("about"), given, form.text("name"))
    except TocsinError as why:
        why.field = f"{ASKED}{why.field}" if why.field in given else why.field
        raise
    return f"A code was sent to {made.name}. Type it in below: then pages go there."


async def _verify(visit: Visit, by: By, handle: str) -> str:
    found = await methods.verify(visit.house, by, handle, visit.form.text("about"), visit.form.text("code"))
    return f"{found.name} is verified: pages go there from now on."


async def _code(visit: Visit, by: By, handle: str) -> str:
    found = await methods.resend(visit.house, by, handle, visit.form.text("about"))
    return f"Another code was sent to {found.name}; the one before it is good no more."


async def _rename(visit: Visit, by: By, handle: str) -> str:
    found = await methods.rename(visit.house, by, handle, visit.form.text("about"), visit.form.text("name"))
    return f"It is called {found.name} now."


async def _secret(visit: Visit, by: By, handle: str) -> str:
    given = visit.form.text("secret")
    found = await methods.change_secret(visit.house, by, handle, visit.form.text("about"), given)
    if not given.strip():
        return f"{found.name} is signed with its newest secret alone from now on."
    return f"{found.name} is signed with the new secret and the one before it. End the older one once the receiver knows the new one."


async def _remove(visit: Visit, by: By, handle: str) -> str:
    gone = await methods.remove(visit.house, by, handle, visit.form.text("about"))
    return ". ".join([f"{gone.method.name} is removed", *gone.warnings]) + "."


async def _rules(visit: Visit, by: By, handle: str) -> str:
    urgency = visit.form.text("about")
    await choosing.choose_rules(visit.house, by, handle, {urgency: visit.form.lines("rules")})
    return f"The rules for {urgency} urgency are saved."


async def _quiet(visit: Visit, by: By, handle: str) -> str:
    start, end = visit.form.text("start").strip(), visit.form.text("end").strip()
    quiet = await choosing.choose_quiet(visit.house, by, handle, f"{start}-{end}" if start or end else "")
    return f"Quiet hours are {quiet}." if quiet else "There are no quiet hours."


async def _test(visit: Visit, by: By, handle: str) -> str:
    await testing.start(visit.house, by, handle)
    return "A test page is on its way to every contact method. Answer it there; then load this page again."


ACTS: Final[dict[str, Callable[[Visit, By, str], Awaitable[str]]]] = {
    "add": _add,
    "verify": _verify,
    "code": _code,
    "rename": _rename,
    "secret": _secret,
    "remove": _remove,
    "rules": _rules,
    "quiet": _quiet,
    "test": _test,
}


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    handle, by = _whose(visit), _by(visit)
    contacts = await looks.contacts_of(visit.house, by, handle)
    is_mine = handle == visit.me.person
    rows = [await _row(visit, by, contacts, one, is_mine, trouble) for one in contacts.methods]
    channels = [(one, _place_to_add(one)) for one in looks.channels(visit.house)]
    found = [_add_sheet(one) for one, elsewhere in channels if not elsewhere]
    return visit.page(
        "contacts.html",
        status=status_of(trouble.error) if trouble else 200,
        contacts=contacts,
        names={one.id: one.name for one in contacts.methods},
        place=_place(visit),
        is_mine=is_mine,
        rows=rows,
        add=[refilled(one, trouble) for one in found],
        is_set_up=bool(channels),
        # Only who holds such a device can add it, and does so on the device.
        elsewhere=[(one.label, there) for one, there in channels if there and is_mine],
        rules=[(ways, refilled(_rules_sheet(contacts, ways.urgency), trouble)) for ways in contacts.ways],
        quiet=refilled(_quiet_sheet(contacts), trouble),
        test=refilled(Sheet("test", "", "Send a test page"), trouble),
        tested=await _tested(visit, by, handle),
        # What went wrong with a device that is gone has no form to stand beside.
        wrong=trouble.error.message if trouble and not _has_form(trouble, rows, found) else "",
    )


async def _row(
    visit: Visit, by: By, contacts: Contacts, one: ShownMethod, is_mine: bool, trouble: Trouble | None
) -> Row:
    if one.given:
        return Row(one, None, None, None, None)
    code = Field("code", "The code that came to it", must=True, help="Six digits, good for ten minutes.")
    verify = Sheet("verify", "Verify", "Verify", (code,), one.id, owed=True)
    gone = await methods.remove(visit.house, by, contacts.person, one.id, preview=True)
    remove = Sheet("remove", "Remove …", "Remove it", (), one.id, help=_sentences(gone.warnings), danger=True)
    name = Field("name", "What it is called", value=one.name, must=True, help="Rules go by this name.")
    is_new = not one.verified
    return Row(
        one,
        refilled(verify, trouble) if is_new and is_mine else None,
        refilled(Sheet("code", "", "Send another code", (), one.id), trouble) if is_new else None,
        refilled(Sheet("rename", "Rename …", "Rename it", (name,), one.id), trouble),
        refilled(remove, trouble),
        refilled(_secret_sheet(one), trouble) if one.has_secret else None,
    )


def _secret_sheet(one: ShownMethod) -> Sheet:
    help = "Calls are then signed with it and the one before it. Once the receiver knows it, send this empty: that ends the older one."
    field = Field("secret", "New secret", help="openssl rand -base64 32 makes one. It is never shown again.")
    return Sheet("secret", "New secret …", "Change the secret", (field,), one.id, help=help)


async def _tested(visit: Visit, by: By, handle: str) -> TestPage | None:
    try:
        return await testing.last_test(visit.house, by, handle)
    except NotFound:
        return None


def _add_sheet(channel: Channel) -> Sheet:
    """Drawn from what the channel says that it needs."""
    asked = tuple(
        Field(
            f"{ASKED}{one.id}",
            one.label,
            help=" ".join(part for part in (one.help, one.example and f"Such as {one.example}") if part),
            must=not one.optional,
        )
        for one in channel.fields
    )
    name = Field("name", "What you call it", help="Such as phone. Rules go by this name.")
    return Sheet(
        "add", f"Add {channel.label} …", "Send a code to it", (*asked, name), channel.via, help=_can(channel)
    )


def _place_to_add(channel: Channel) -> str:
    """The page on which such a device is added; "" where its address can be typed."""
    return next((one.page for one in channel.fields if one.page), "")


def _can(channel: Channel) -> str:
    can = channel.can
    wakes = "It wakes you." if can.interrupts else "It may not wake you."
    answers = "You can acknowledge on it." if can.answers else "You acknowledge by the link in the message."
    receipts = "" if can.tells_delivery else "It does not tell whether a message arrived."
    return " ".join(part for part in (wakes, answers, receipts) if part)


def _rules_sheet(contacts: Contacts, urgency: str) -> Sheet:
    names = ", ".join(one.name for one in contacts.methods)
    help = f"One rule a line: a method's name, and after how long, such as: slack, or phone after 5m. You have {names or 'no method yet'}."
    text = "\n".join(contacts.rules.get(urgency, ()))
    field = Field("rules", "Rules", TEXT, value=text, help=help, rows=4)
    return Sheet("rules", "Change the rules …", "Save the rules", (field,), urgency, help=USUAL[urgency])


def _quiet_sheet(contacts: Contacts) -> Sheet:
    start, _, end = contacts.quiet.partition("-")
    fields = (Field("start", "From", TIME, value=start), Field("end", "To", TIME, value=end))
    zone = (
        f"By the clock of {contacts.zone}. " if contacts.zone else "Set a time zone on your own page first. "
    )
    help = f"{zone}What is of low urgency waits for their end; high urgency pierces them. Leave both empty for none."
    return Sheet("quiet", "Quiet hours", "Save", fields, help=help)


def _has_form(trouble: Trouble, rows: list[Row], add: list[Sheet]) -> bool:
    if trouble.act in ("rules", "quiet", "test"):
        return True
    sheets = [
        one for row in rows for one in (row.verify, row.code, row.rename, row.remove, row.secret) if one
    ]
    return any(trouble.concerns(one) for one in (*sheets, *add))


def _sentences(warnings: tuple[str, ...]) -> str:
    return " ".join(f"{one}." for one in warnings)


def _by(visit: Visit) -> By:
    return by_visitor(visit.me, "web")


def _whose(visit: Visit) -> str:
    return visit.name("handle") if "handle" in visit.request.path_params else visit.me.person


def _place(visit: Visit) -> str:
    return (
        f"/people/{visit.name('handle')}/contacts"
        if "handle" in visit.request.path_params
        else "/me/contacts"
    )
