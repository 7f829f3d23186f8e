"""The wiring, by hand: settings, database, house, links, engine, doors, and the server that holds them together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

import asyncpg
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from tocsin.acts import access, looks
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.receipts import Heard
from tocsin.clock import clock_from
from tocsin.core.deploys.judging import ABILITY
from tocsin.core.escalation.policy import CHANNEL, SINK, WEBHOOK
from tocsin.core.procedures.hands import Hand
from tocsin.doors import feeds, health, web
from tocsin.doors.api import api
from tocsin.engine.channel_reach import ChannelReach
from tocsin.engine.judging import Judging
from tocsin.engine.loop import Engine
from tocsin.engine.place_reach import PlaceReach
from tocsin.engine.reaches import Reaches
from tocsin.engine.reverting import Reverting
from tocsin.engine.sink import Sink
from tocsin.errors import Invalid
from tocsin.integrations import abilities_of, channels_of, connect_all, given_channels_of, hands_of
from tocsin.integrations.link import Link, ReadsAddresses
from tocsin.logs import Strike
from tocsin.settings import Settings
from tocsin.settings_procedures import declared_in, struck_out
from tocsin.store.migrate import migrate
from tocsin.store.pool import open_pool
from tocsin.store.postgres import EmbeddedPostgres

log = structlog.get_logger()
LAST_CLOSE_SECONDS = 5.0
LAST_WORK_SECONDS = 20.0
"""How long the engine may finish what is in hand after a SIGTERM."""
GARBAGE = 10_000
"""After so many new objects that still live, the youngest are looked through for garbage; Python's own default is 700."""
RESTART_SECONDS = 5.0
"""How long a link's task that failed waits before it is started again."""


@dataclass(frozen=True, slots=True)
class Tocsin:
    """A whole Tocsin, put together but not yet listening."""

    house: House
    engine: Engine
    links: list[Link]
    asgi: Starlette


@contextlib.asynccontextmanager
async def database(settings: Settings, embedded: EmbeddedPostgres | None) -> AsyncIterator[str]:
    """The address of the database: the one that the settings name, or the embedded one, watched over for as long as this block."""
    if embedded is None:
        assert settings.database_url
        yield settings.database_url.get_secret_value()
        return
    watch = asyncio.create_task(embedded.watch())
    try:
        yield embedded.dsn()
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


@contextlib.asynccontextmanager
async def tocsin(settings: Settings, dsn: str, public_url: str) -> AsyncIterator[Tocsin]:
    """Everything on an open database: migrated, with its links, engine and doors."""
    clock = clock_from(settings.clock)
    pool = await open_pool(dsn, max_size=min(settings.workers, 8) + 6)
    alert_pool = await open_pool(dsn, max_size=6, plans_once=True)
    links: list[Link] = []
    hands: Mapping[str, Hand] = {}
    try:
        async with pool.acquire() as conn:
            for step in await migrate(conn, clock.now()):
                log.info("the database was migrated", step=str(step))
        links = connect_all(settings)
        house = await make_house(
            pool,
            clock,
            abilities=abilities_of(links),
            public_url=public_url,
            handbook=settings.handbook,
        )
        house.alert_pool = alert_pool
        engine = _furnished(house, settings, links)
        hands = house.hands
        await looks.roster(house)  # Read before anybody asks: with thousands of schedules it takes seconds.
        yield Tocsin(house, engine, links, _doors(house, links))
    finally:
        for link in links:
            await link.aclose()
        for hand in hands.values():
            await hand.aclose()
        await asyncio.gather(_close(alert_pool), _close(pool))


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), LAST_CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()  # A database that hangs does not hold us up.


def _furnished(house: House, settings: Settings, links: list[Link]) -> Engine:
    """The house with its channels, its procedures and what else the settings say; and its engine."""
    channels = channels_of(links)
    house.channels, house.given = channels, {**given_channels_of(links), SINK: Sink()}
    house.receipts = Heard(house)
    house.gap_days, house.monthly_tests = settings.oncall_gap_days, settings.monthly_test_pages
    house.pages_per_hour = settings.pages_per_hour
    house.declared = declared_in(settings)
    house.abilities |= {ABILITY} if house.declared.targets else set()
    house.hands = hands_of(settings, house.declared)
    house.strike = Strike(struck_out(settings)).text
    for link in links:
        if isinstance(link, ReadsAddresses):
            house.read_address = link.read_address
    reaches = (link.reach for link in links if link.reach)
    by_channels = (ChannelReach(one, house) for one in channels.values())
    by_places = (PlaceReach(one) for via, one in house.given.items() if via in (CHANNEL, WEBHOOK))
    judges = (Judging(house), Reverting(house))
    reached = Reaches([*reaches, *by_channels, *by_places, *judges])
    engine = Engine(house, reached, workers=settings.workers)
    house.wake, house.wake_pager, house.node = engine.wake, engine.wake_pager, engine.number
    return engine


def _doors(house: House, links: list[Link]) -> Starlette:
    inbound = [route for link in links for route in link.routes(house)]
    return Starlette(
        routes=[
            *health.routes(house),
            *feeds.routes(house),
            Mount("/api/v1", api(house)),
            *inbound,
            *web.routes(house),
        ]
    )


async def serve(settings: Settings, embedded: EmbeddedPostgres | None) -> None:
    """Serve until SIGTERM or SIGINT; then finish the work in hand and leave. `embedded` is the database that was started for it."""
    listening = _listen(settings.host, settings.port)
    url = settings.public_url or f"http://{settings.host}:{listening.getsockname()[1]}"
    async with database(settings, embedded) as dsn, tocsin(settings, dsn, url) as whole:
        config = uvicorn.Config(
            whole.asgi, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10
        )
        server = _Server(config)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.leave)
        _collect_less()
        engine = asyncio.create_task(whole.engine.run())
        tasks = [
            asyncio.create_task(_keep_up(task)) for link in whole.links for task in link.tasks(whole.house)
        ]
        await _greet(whole.house, url, whole.links)
        await server.serve(sockets=[listening])
        log.info("leaving: finishing the work in hand")
        for task in tasks:
            task.cancel()
        whole.engine.stop()
        await asyncio.wait([engine, *tasks], timeout=LAST_WORK_SECONDS)
        engine.cancel()
        await asyncio.wait([engine, *tasks], timeout=LAST_CLOSE_SECONDS)


def _collect_less() -> None:
    """Have Python's collector leave alone what the start made, and look less often: it took a fifth of the time that an alert costs.

    What the start left as garbage is not looked for: that would hold up a node that has pages to send.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)
    gc.enable()


async def _greet(house: House, url: str, links: list[Link]) -> None:
    names = ", ".join(link.label for link in links if link.label) or "no outside service yet (see docs/howto)"
    _say(f"Tocsin listens at {url}, linked to: {names}")
    link = await access.first_admin_link(house)
    if link:
        _say(f"First admin, sign in here (once, within a day): {url}/sign-in/{link}")


async def _keep_up(task: Callable[[], Awaitable[None]]) -> None:
    """A link's task that fails is reported and started again."""
    while True:
        try:
            await task()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a link's task failed; it is started again")
        await asyncio.sleep(RESTART_SECONDS)


class _Server(uvicorn.Server):
    """uvicorn's server, with signals left to us: it would end the process before our work in hand is done."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    """Listen at once, so that a taken port is told before anything was started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming the protocol makes asyncio switch off Nagle's algorithm; without, each kept connection waits 40 ms for an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)  # Two may bind one port, but only one may listen.
    except OSError as why:
        listening.close()
        raise Invalid(
            f"Can't listen at {host}:{port}: {why.strerror}. Choose others with --host and --port",
            field="TOCSIN_PORT",
        ) from why
    return listening


def _say(text: str) -> None:
    """What the person who started it has to read, beside the logs."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
