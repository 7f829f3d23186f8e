"""Adds, verifies, renames and removes the devices of a person. Each change is logged, and they hear of it on what they had before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tocsin.acts.contacts.codes import check_code, send_code
from tocsin.acts.contacts.whose import channel_of, must_be_themselves, own_method_of, whose
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.writing import Desk, trying, writing
from tocsin.acts.people import everybody
from tocsin.acts.roster import roster_at
from tocsin.core.channel import HasSecret
from tocsin.core.contacts import GIVEN, METHOD, ContactMethod, usable
from tocsin.core.notices import Notice, Words, in_order, works_for
from tocsin.core.people import Person, Roster
from tocsin.errors import Conflict, Invalid
from tocsin.store import contacts as rows
from tocsin.store import works as work_rows

MOST = 20
"""How many devices one person may add."""
LONGEST_ADDRESS = 4000


@dataclass(frozen=True, slots=True)
class Removed:
    """A contact method that is gone, and what that means."""

    method: ContactMethod
    warnings: tuple[str, ...] = ()


async def add(
    house: House, by: By, handle: str, via: str, given: Mapping[str, str], name: str = ""
) -> ContactMethod:
    """Add a device, to which a code goes out at once: it is used once that was typed in. Invalid, by the field, for a wrong address."""
    channel = channel_of(house, via)
    asked = {field.id for field in channel.fields}
    if unknown := [one for one in given if one not in asked]:
        raise Invalid(
            f"{channel.label} has no field {unknown[0]}; it has {', '.join(asked)}", field=unknown[0]
        )
    # Beside the loop: what checks an address may take a while to load.
    address = await asyncio.to_thread(channel.address, given)
    if len(address) > LONGEST_ADDRESS:
        raise Invalid(f"An address has at most {LONGEST_ADDRESS:,} characters", field="address")
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        if any((one.via, one.address) == (channel.via, address) for one in person.contacts):
            raise Conflict(f"{person.handle} has that contact method already", field="address")
        if len(person.methods) >= MOST:
            raise Conflict(f"{person.handle} has {MOST} contact methods, which is all that one may have")
        called = _name_of(house, person, name) if name.strip() else _usual_name(person, channel.via)
        found = await rows.add(desk.conn, person.handle, channel.via, address, called, by.name, desk.now)
        await send_code(desk, person.handle, found)
        await _log(desk, person, f"added a contact method of {person.handle} ({channel.label})")
        text = f"{_who(by, person)} added *{called}* ({channel.label}) to the ways to reach you. It is used once the code was typed in."
        await _tell(desk, person, f"contact/{found.id}/added", "A contact method was added", text)
    house.wake()
    return found


async def resend(house: House, by: By, handle: str, method: str) -> ContactMethod:
    """Send another code; the one before it is good no more."""
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        found = own_method_of(person, method)
        channel_of(house, found.via)
        await send_code(desk, person.handle, found)
    house.wake()
    return found


async def verify(house: House, by: By, handle: str, method: str, code: str) -> ContactMethod:
    """Take the code that came to the device: from now on pages go there. Only its owner can."""
    person = whose(await everybody(house), by, handle)
    must_be_themselves(by, person)
    found = own_method_of(person, method)
    await check_code(house, found, code)
    async with writing(house, by) as desk:
        await desk.conn.execute(rows.SQL["verify"], rows.number_of(found.id), desk.now)
        await _log(desk, person, f"verified a contact method of {person.handle} ({found.via})")
    return replace(found, verified=True, failing="", failing_until=None)


async def rename(house: House, by: By, handle: str, method: str, name: str) -> ContactMethod:
    """Call it otherwise; rules go on to mean it."""
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        found = own_method_of(person, method)
        called = _name_of(house, person, name, but=found.id)
        await desk.conn.execute(rows.SQL["rename"], rows.number_of(found.id), called)
    return replace(found, name=called)


async def change_secret(house: House, by: By, handle: str, method: str, secret: str) -> ContactMethod:
    """Give a device another secret; the one before it counts beside it until ("") it is ended. Invalid where it has none, or that is none."""
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        found = own_method_of(person, method)
        channel = channel_of(house, found.via)
        if not isinstance(channel, HasSecret):
            raise Invalid(f"{channel.label} has no secret to change", field="secret")
        changed = replace(found, address=channel.with_secret(found.address, secret))
        await desk.conn.execute(rows.SQL["readdress"], rows.number_of(found.id), changed.address)
        await _log(
            desk, person, f"changed the secret of a contact method of {person.handle} ({channel.label})"
        )
        what = "gave another secret to" if secret.strip() else "ended the older secret of"
        text = f"{_who(by, person)} {what} *{found.name}* ({channel.label})."
        key = f"contact/{found.id}/secret/{desk.version}"
        await _tell(desk, person, key, "The secret of a contact method changed", text)
    house.wake()
    return changed


async def remove(house: House, by: By, handle: str, method: str, *, preview: bool = False) -> Removed:
    """Remove a device and the rules that name it. The warnings say where that leaves nothing, or while they are on call."""
    async with (trying if preview else writing)(house, by) as desk:
        person = whose(desk.known, by, handle)
        found = own_method_of(person, method)
        left = replace(person, methods=tuple(one for one in person.methods if one != found))
        roster = await roster_at(house, desk.conn, desk.now)
        removed = Removed(found, _warnings(house, left, roster))
        if not preview:
            # Told first: a rule that is gone names nothing, but those devices have to be there still.
            text = f"{_who(by, person)} removed *{found.name}* ({_label(house, found)}) from the ways to reach you."
            await _tell(desk, left, f"contact/{found.id}/removed", "A contact method was removed", text)
            await rows.remove(desk.conn, person.handle, found.id)
            await _log(desk, person, f"removed a contact method of {person.handle} ({found.via})")
    house.wake()
    return removed


def _warnings(house: House, left: Person, roster: Roster) -> tuple[str, ...]:
    found = []
    ready = usable(left.contacts, house.abilities)
    if not ready:
        found.append(f"{left.handle} can't be reached at all now: add another contact method")
    elif all(one.is_given for one in ready):
        names = " and ".join(one.via for one in ready)
        found.append(f"Only {names} is left to reach {left.handle}: add one that wakes them")
    if found and left.handle in roster.on_call:
        found.append(f"{left.handle} is on call now")
    return tuple(found)


def _name_of(house: House, person: Person, name: str, but: str = "") -> str:
    called = name.strip().lower().replace(" ", "-")
    if not METHOD.fullmatch(called):
        raise Invalid(
            f"{name!r} is no name for a contact method: write small letters, digits, dots and dashes, such as phone",
            field="name",
        )
    if called in (*GIVEN, *house.channels) or rows.looks_like_id(called):
        raise Invalid(f"{called} means something else in rules: take another name", field="name")
    if any(one.name == called and one.id != but for one in person.contacts):
        raise Conflict(f"{person.handle} has a contact method {called} already", field="name")
    return called


def _usual_name(person: Person, via: str) -> str:
    taken = {one.name for one in person.contacts}
    return next(name for n in range(1, MOST + 2) if (name := f"{via}-{n}") not in taken)


def _label(house: House, contact: ContactMethod) -> str:
    channel = house.channels.get(contact.via)
    return channel.label if channel else contact.via


def _who(by: By, person: Person) -> str:
    return "You" if by.person == person.handle else by.name


async def _log(desk: Desk, person: Person, words: str) -> None:
    await desk.log("contact changed", words, subject=person.handle)


async def _tell(desk: Desk, person: Person, key: str, subject: str, text: str) -> None:
    """They hear of it where they are reached already: whoever did it in their name does not hear it alone."""
    words = Words(
        subject,
        f"{text} If that was not you, tell an admin.",
        desk.house.places.contacts,
        "My contact methods",
    )
    notice = Notice(person.handle, key, words)
    roster = Roster({person.handle: person})
    works = in_order(works_for(notice, roster, desk.house.abilities))
    await work_rows.plan(desk.conn, None, works, desk.now)
