"""The code that verifies a contact method: six digits, good for ten minutes and five tries, and not more than some an hour."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.oncall.writing import Desk
from tocsin.core.channel import CODE
from tocsin.core.contacts import CODE_TRIES, ContactMethod, code_of
from tocsin.core.notices import Words, said
from tocsin.core.work import NOTICE, Work
from tocsin.errors import Conflict, Invalid
from tocsin.store import contacts as rows
from tocsin.store import works as work_rows

LIVES: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
BY_PERSON, TO_ADDRESS = 10, 5
"""How many codes go out within an hour at one person's wish, and to one address, whoever asks."""


async def send_code(desk: Desk, person: str, contact: ContactMethod) -> None:
    """Have a code sent there; the one before it is good no more. Conflict where too many went out within the hour."""
    since = desk.now - HOUR
    by_person, there = await rows.codes_since(desk.conn, person, contact.via, contact.address, since)
    if by_person >= BY_PERSON or there >= TO_ADDRESS:
        most, what = (
            (BY_PERSON, "to one person") if by_person >= BY_PERSON else (TO_ADDRESS, "to one address")
        )
        raise Conflict(f"At most {most} codes an hour go {what}: wait a while, then ask for another")
    nonce = secrets.token_hex(8)
    expires_at = desk.now + LIVES
    await rows.add_code(desk.conn, person, contact, nonce, desk.now, expires_at)
    words = Words(
        "Your code", f"for the contact method {contact.name}, good for {LIVES.seconds // 60} minutes"
    )
    payload = {"person": person, **contact.on_work, **said(words, ())}
    payload |= {"purpose": CODE, "nonce": nonce, "until": expires_at.isoformat()}
    key = f"contact/{contact.id}/code/{nonce}"
    work = Work(NOTICE, f"contact/{contact.id}/code", key, contact.via, payload)
    await work_rows.plan(desk.conn, None, [work], desk.now)


async def check_code(house: House, contact: ContactMethod, typed: str) -> None:
    """Take the code that verifies it; it opens nothing a second time. Invalid, saying what to do, for a wrong or an old one."""
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        code = await rows.open_code(conn, contact.id)
        is_old = code is None or now >= code.expires_at or code.tries >= CODE_TRIES
        right = False
        if code and not is_old:
            clean = "".join(sign for sign in typed if sign.isalnum())
            right = hmac.compare_digest(code_of(house.sign, contact.id, code.nonce), clean)
            # Counted in this transaction, which no refusal undoes.
            await conn.execute(rows.SQL["count_try"], code.id)
            if right:
                await conn.execute(rows.SQL["end_codes"], rows.number_of(contact.id), now)
    if right:
        return
    if code is None or is_old:
        raise Invalid(
            f"There is no code for {contact.name} that is still good: ask for another", field="code"
        )
    left = CODE_TRIES - code.tries - 1
    raise Invalid(
        f"That is not the code for {contact.name}; "
        + (f"{left} more {'try' if left == 1 else 'tries'}" if left else "ask for another"),
        field="code",
    )
