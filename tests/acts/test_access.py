"""Keys, sign-in links and sessions: a secret is shown once, and stops when it should."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.acts import access, people
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.errors import Conflict, Invalid, NotFound, Unauthenticated


async def test_a_key_acts_in_its_persons_name_and_never_may_more_than_they(house: House) -> None:
    key = await access.create_key(house, "mine", person="bob", rights=("admin",))

    visitor = await access.visitor_of_key(house, key)

    assert (visitor.person, visitor.rights) == ("bob", ("respond",))


async def test_a_key_that_is_nobodys_has_its_own_rights(house: House) -> None:
    visitor = await access.visitor_of_key(house, await access.create_key(house, "robot", rights=("report",)))

    assert (visitor.person, visitor.name) == ("", "the key robot")
    assert (visitor.may("report"), visitor.may("respond")) == (True, False)


async def test_a_revoked_key_opens_nothing_and_its_name_is_free_again(house: House) -> None:
    old = await access.create_key(house, "robot")
    with pytest.raises(Conflict, match="There is a key robot already: revoke it first"):
        await access.create_key(house, "robot")

    await access.revoke_key(house, "robot")
    new = await access.create_key(house, "robot")

    with pytest.raises(Unauthenticated, match="not known, or was revoked"):
        await access.visitor_of_key(house, old)
    assert (await access.visitor_of_key(house, new)).name == "the key robot"
    assert [row.revoked_at for row in await access.list_keys(house)] == [None]


@pytest.mark.parametrize(
    ("name", "person", "rights", "error", "words"),
    [
        ("a b", "", ("read",), Invalid, "'a b' is no name for a key"),
        ("robot", "", ("fly",), Invalid, "'fly' is no right; there are read, report, respond, admin"),
        ("robot", "zoe", ("read",), NotFound, "Nobody is called zoe: add them first"),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused_by_name(
    house: House, name: str, person: str, rights: tuple[str, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await access.create_key(house, name, person=person, rights=rights)


async def test_a_sign_in_link_works_once(house: House) -> None:
    link = await access.sign_in_link(house, "bob")

    session = await access.sign_in(house, link)

    visitor = await access.visitor_of_session(house, session)
    assert visitor is not None
    assert visitor.person == "bob"
    with pytest.raises(Unauthenticated, match="used already"):
        await access.sign_in(house, link)


async def test_links_and_sessions_expire(house: House, clock: HandClock) -> None:
    late = await access.sign_in_link(house, "bob")
    session = await access.sign_in(house, await access.sign_in_link(house, "bob"))

    clock.advance(timedelta(days=31))

    assert await access.visitor_of_session(house, session) is None
    with pytest.raises(Unauthenticated, match="has expired"):
        await access.sign_in(house, late)


async def test_a_link_for_nobody_is_refused_by_name(house: House) -> None:
    with pytest.raises(NotFound, match="Nobody is called zoe"):
        await access.sign_in_link(house, "zoe")


async def test_signing_out_ends_the_session(house: House) -> None:
    session = await access.sign_in(house, await access.sign_in_link(house, "bob"))

    await access.sign_out(house, session)

    assert await access.visitor_of_session(house, session) is None
    assert await access.visitor_of_session(house, "") is None


async def test_the_first_admin_is_let_in_by_a_link_until_an_admin_was_here(house: House) -> None:
    link = await access.first_admin_link(house)
    assert link is not None

    await access.sign_in(house, link)

    assert await access.first_admin_link(house) is None
    assert "admin" in (await people.everybody(house)).people["admin"].rights


async def test_whoever_is_removed_is_out_at_once(house: House) -> None:
    key = await access.create_key(house, "mine", person="bob")
    session = await access.sign_in(house, await access.sign_in_link(house, "bob"))

    await people.remove_person(house, "bob")

    assert await access.visitor_of_session(house, session) is None
    with pytest.raises(Unauthenticated):
        await access.visitor_of_key(house, key)


async def test_a_signed_link_holds_for_its_incident_and_person_only(house: House) -> None:
    signature = house.sign("INC-1", "bob")

    assert house.sign.holds("INC-1", "bob", signature)
    assert not house.sign.holds("INC-1", "alice", signature)
    assert not house.sign.holds("INC-2", "bob", signature)
