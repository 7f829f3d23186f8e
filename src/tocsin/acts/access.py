"""Who may come in: API keys, sign-in links that work once, and sessions. Only hashes are stored; a secret is shown once."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from tocsin.acts.house import House, Signature
from tocsin.acts.people import everybody, save_person
from tocsin.acts.rights import RIGHTS, Visitor, both
from tocsin.errors import Conflict, Invalid, NotFound, Unauthenticated
from tocsin.store import access as rows
from tocsin.store.access import KeyHolder, KeyRow
from tocsin.store.pool import Connection

KEY_PREFIX = "tocsin_"
LINK_LIVES = timedelta(minutes=30)
FIRST_LINK_LIVES = timedelta(days=1)
SESSION_LIVES = timedelta(days=30)


async def create_key(
    house: House, name: str, *, person: str = "", rights: Sequence[str] = ("respond",)
) -> str:
    """Make a key and give it, this once. `person` is whose name it acts in; without one it can't do what only a person can."""
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise Invalid(
            f"{name!r} is no name for a key: write letters, digits, dots, dashes and underscores",
            field="name",
        )
    for right in rights:
        if right not in RIGHTS:
            raise Invalid(f"{right!r} is no right; there are {', '.join(RIGHTS)}", field="rights")
    if person and person not in (await everybody(house)).people:
        raise NotFound(f"Nobody is called {person}: add them first", field="person")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    async with house.pool.acquire() as conn:
        if not await rows.add_key(conn, name, hashed(key), person, tuple(rights), house.clock.now()):
            raise Conflict(f"There is a key {name} already: revoke it first, or take another name")
    return key


async def list_keys(house: House) -> list[KeyRow]:
    return await rows.keys(house.pool)


async def revoke_key(house: House, name: str) -> None:
    if not await rows.revoke_key(house.pool, name, house.clock.now()):
        raise NotFound(f"There is no key {name} in force", field="name")


async def visitor_of_key(house: House, key: str) -> Visitor:
    """Who comes with this key. Unauthenticated if it is none, or was revoked."""
    found = (await house.callers.ask(house, hashed(key)))[0] if key.startswith(KEY_PREFIX) else None
    if found is None:
        raise Unauthenticated("This key is not known, or was revoked. Make one with `tocsin key create NAME`")
    return visitor_of(found)


def visitor_of(holder: KeyHolder) -> Visitor:
    """Who comes with a key: a person's own has at most their rights."""
    if not holder.person:
        return Visitor("", f"the key {holder.name}", holder.rights)
    return Visitor(holder.person, holder.person, both(holder.rights, holder.person_rights))


async def sign_in_link(house: House, person: str, lives: timedelta = LINK_LIVES) -> str:
    """A secret for /sign-in/SECRET that signs this person in, once. NotFound if nobody is called so."""
    if person not in (await everybody(house)).people:
        raise NotFound(f"Nobody is called {person}: add them first", field="person")
    secret = secrets.token_urlsafe(32)
    await rows.add_link(house.pool, hashed(secret), person, house.clock.now() + lives)
    return secret


async def first_admin_link(house: House) -> str | None:
    """A sign-in link for the first admin; None once some admin has signed in."""
    if await rows.admin_was_here(house.pool):
        return None
    admins = [p.handle for p in (await everybody(house)).people.values() if "admin" in p.rights]
    first = (
        admins[0]
        if admins
        else (await save_person(house, "admin", name="First admin", rights=("admin",))).handle
    )
    # Only the newest is good: each start prints one, and the logs keep them all.
    await rows.drop_links(house.pool, first)
    return await sign_in_link(house, first, FIRST_LINK_LIVES)


async def sign_in(house: House, secret: str) -> str:
    """Use up a link; the secret of the session that it opens. Unauthenticated if the link was used or has expired."""
    now = house.clock.now()
    person = await rows.use_link(house.pool, hashed(secret), now)
    if person is None:
        raise Unauthenticated(
            "This link was used already, or has expired. Ask for a new one on the sign-in page"
        )
    session = secrets.token_urlsafe(32)
    await rows.add_session(house.pool, hashed(session), person, now, now + SESSION_LIVES)
    return session


async def visitor_of_session(house: House, session: str) -> Visitor | None:
    """Who is signed in with this session; None if nobody is."""
    found = await rows.session(house.pool, hashed(session), house.clock.now()) if session else None
    return Visitor(found[0], found[1], found[2]) if found else None


async def sign_out(house: House, session: str) -> None:
    await rows.end_session(house.pool, hashed(session))


async def signature(conn: Connection) -> Signature:
    """This installation's own key for signed links, made at the first question."""
    value = await rows.secret(conn, "links", secrets.token_hex(32))
    return Signature(bytes.fromhex(value))


async def kept_secret(house: House, name: str, proposed: str) -> str:
    """This installation's own secret of that name: what was proposed first, from then on."""
    return await rows.secret(house.pool, name, proposed)


def hashed(secret: str) -> str:
    """Keys and links are long and random, so a fast hash is enough: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
