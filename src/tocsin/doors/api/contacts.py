"""How people are reached: their devices, verified by a code, their rules and quiet hours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts.contacts import choosing, looks, methods
from tocsin.acts.oncall.by import By, by_visitor
from tocsin.core.contacts import ContactMethod
from tocsin.doors.api import asked_contacts as asked
from tocsin.doors.api import told_contacts as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.caller import Caller, Reader

router = APIRouter(tags=["contacts"])
Handle = Annotated[Line, Path(description="Whose. Oneself; an admin may ask for everybody.")]
Method = Annotated[Line, Path(description="The name or the id of a contact method, such as phone.")]


@router.get("/channels")
async def channels(caller: Reader) -> told.Channels:
    """The channels to people's devices that are set up, what each can do, and what to ask for when one adds a device."""
    return told.Channels(channels=[told.Channel.model_validate(one) for one in looks.channels(caller.house)])


@router.get("/people/{handle}/contacts")
async def contacts(handle: Handle, caller: Reader) -> told.Contacts:
    """How a person is reached, and what a page would do now."""
    return await _contacts(caller, handle)


@router.post("/people/{handle}/contacts", status_code=201)
async def add_contact(handle: Handle, body: asked.AddContact, caller: Reader) -> told.ContactMethod:
    """Add a device: a code goes there at once, and it is used once that was verified."""
    found = await methods.add(caller.house, _by(caller), handle, body.via, body.fields, body.name)
    return _method(caller, found)


@router.put("/people/{handle}/contacts/{method}")
async def rename_contact(
    handle: Handle, method: Method, body: asked.RenameContact, caller: Reader
) -> told.ContactMethod:
    """Call a device otherwise; rules go on to mean it."""
    return _method(caller, await methods.rename(caller.house, _by(caller), handle, method, body.name))


@router.put("/people/{handle}/contacts/{method}/secret")
async def change_secret(
    handle: Handle, method: Method, body: asked.ChangeSecret, caller: Reader
) -> told.ContactMethod:
    """Give a webhook another secret. Calls are signed with it and the one before it, until that is ended: by this with an empty one."""
    by = _by(caller)
    return _method(caller, await methods.change_secret(caller.house, by, handle, method, body.secret))


@router.post("/people/{handle}/contacts/{method}/code")
async def send_code(handle: Handle, method: Method, caller: Reader) -> told.ContactMethod:
    """Send another code; the one before it is good no more."""
    return _method(caller, await methods.resend(caller.house, _by(caller), handle, method))


@router.post("/people/{handle}/contacts/{method}/verify")
async def verify_contact(
    handle: Handle, method: Method, body: asked.VerifyContact, caller: Reader
) -> told.ContactMethod:
    """Verify a device by the code that came to it. Only its owner can."""
    return _method(caller, await methods.verify(caller.house, _by(caller), handle, method, body.code))


@router.delete("/people/{handle}/contacts/{method}")
async def remove_contact(
    handle: Handle, method: Method, wanted: Annotated[asked.Preview, Query()], caller: Reader
) -> told.RemovedContact:
    """Remove a device, or with `preview` say what that would mean."""
    gone = await methods.remove(caller.house, _by(caller), handle, method, preview=wanted.preview)
    return told.RemovedContact(method=_method(caller, gone.method), warnings=list(gone.warnings))


@router.put("/people/{handle}/rules")
async def choose_rules(handle: Handle, body: asked.ChooseRules, caller: Reader) -> told.Contacts:
    """Set by which rules a person is reached."""
    said = {
        urgency: lines for urgency, lines in (("high", body.high), ("low", body.low)) if lines is not None
    }
    await choosing.choose_rules(caller.house, _by(caller), handle, said)
    return await _contacts(caller, handle)


@router.put("/people/{handle}/quiet")
async def choose_quiet(handle: Handle, body: asked.ChooseQuiet, caller: Reader) -> told.Contacts:
    """Set when nothing of low urgency comes."""
    await choosing.choose_quiet(caller.house, _by(caller), handle, body.quiet)
    return await _contacts(caller, handle)


async def _contacts(caller: Caller, handle: str) -> told.Contacts:
    return told.Contacts.model_validate(await looks.contacts_of(caller.house, _by(caller), handle))


def _method(caller: Caller, one: ContactMethod) -> told.ContactMethod:
    return told.ContactMethod.model_validate(looks.shown_method(caller.house, one))


def _by(caller: Caller) -> By:
    return by_visitor(caller.visitor, "api")
