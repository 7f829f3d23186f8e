"""A started town, and desks: what a reach may look at, built from facts by hand. Bob is on call for Acme."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from importlib.resources import files

import pytest

from tocsin.acts.house import Signature
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.folding import fold
from tocsin.core.handbook import Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.people import Person, Roster
from tocsin.core.places import Places
from tocsin.core.work import Desk
from tocsin.town import Town

MakeDesk = Callable[..., Desk]
BOB = Person("bob", "Bob Okafor", email="bob@acme.example")
ABILITIES = ("answer:email", "answer:x", "issue", "page:email", "post", "thread")


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    """The outside world, at the time of the test's clock."""
    town = Town(now=clock.now)
    town.github.add_repo("acme/website")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture(scope="session")
def handbook() -> Handbook:
    return read_handbook(files("tocsin.handbooks").joinpath("default.toml").read_text())


@pytest.fixture
def make_desk(clock: HandClock, handbook: Handbook) -> MakeDesk:
    """A desk for an incident of which these things happened, all at the present minute."""

    def make(*whats: f.What, title: str = "Sign-in is broken") -> Desk:
        declared = f.Declared("INC-7", title, "service", "high", handbook.hash, ABILITIES)
        incident = fold(_facts([declared, *whats], clock))
        places = Places("https://tocsin.acme.example")
        roster = Roster({"bob": BOB}, {}, ("bob",))
        return Desk(incident, handbook, roster, places, clock.now(), Signature(b"key of the tests"))

    return make


def _facts(whats: Iterable[f.What], clock: HandClock) -> list[Fact]:
    now = clock.now()
    return [Fact(n, now - timedelta(seconds=1), f.TOCSIN, "engine", what) for n, what in enumerate(whats, 1)]
