"""The stage: the town, the clock, and the Tocsin process, which can be killed and is started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx2

from tocsin.clock import FileClock, SystemClock, write_course
from tocsin.core.work import PROCEDURE_STEP
from tocsin.demo.cast import INCIDENTS_MAIL, REPOSITORY, Tickets, hire, settle_in
from tocsin.demo.environment import WEBHOOK_SECRET, buildkite, inherited, links, opsgenie
from tocsin.demo.ports import held_port
from tocsin.demo.teller import Teller
from tocsin.errors import Unavailable
from tocsin.store.postgres import running_dsn
from tocsin.town import Answer, Town

PATIENCE_SECONDS = 60.0
"""How long, on the machine's clock and while Tocsin is up, the stage waits for something that the story needs."""
DAYS_TAKE = timedelta(seconds=4)
"""How long, on the machine's clock, days take that just go by."""
HURRIED = 60.0
"""No faster than that where Tocsin works meanwhile: its own slowness would count in minutes."""
USUAL_PORT, TOWN_PORT = 8008, 8009
PR_SET_PDEATHSIG = 1
Seen = TypeVar("Seen")


class Stage:
    """Use as `async with`. Time passes at the story's speed in `pass_time` only; while things happen it runs as on the wall."""

    def __init__(
        self,
        data: Path,
        *,
        speed: float,
        port: int | None,
        tell: bool = True,
        keeps_opsgenie: bool = False,
        declares: str = "",
        pipeline: str = "",
    ) -> None:
        """`declares` is what Tocsin may do by itself, as its operators declare it; {town} stands for the town's address. `pipeline` is the
        one at Buildkite that builds the website ("": none does)."""
        self.speed = speed
        self.patience = PATIENCE_SECONDS
        self._keeps_opsgenie = keeps_opsgenie
        self._declares = declares
        self._pipeline = pipeline
        self._held = [held_port(port or USUAL_PORT, exactly=bool(port)), held_port(0)]
        self._port, self._mail_in = (int(one.getsockname()[1]) for one in self._held)
        self.data = data
        self.url = f"http://127.0.0.1:{self._port}"
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-stage-"))
        write_course(self._folder / "clock", SystemClock().now(), 1.0)
        self.clock = FileClock(self._folder / "clock")
        self.town = Town(now=self.clock.now)
        self.tickets = Tickets("", "")
        self.http = httpx2.AsyncClient(base_url=self.url, timeout=10)
        self.teller = Teller(self.clock) if tell else Teller(None)
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._pace = 1.0
        self._is_down = False
        self._in_peace = asyncio.Lock()
        self._starts = 0
        self._document = ""
        self._declared: dict[str, str] = {}

    async def __aenter__(self) -> Stage:
        try:
            await self._enter()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def _enter(self) -> None:
        try:
            await self.town.start(port=TOWN_PORT)
        except OSError:
            await self.town.start(port=0)
        slack_ids = settle_in(self.town)
        hooks = f"{self.url}/integrations"
        self.town.slack.point_app_at(
            events_url=f"{hooks}/slack/events",
            commands_url=f"{hooks}/slack/commands",
            interactivity_url=f"{hooks}/slack/interactivity",
        )
        self.town.github.point_webhook_at(f"{hooks}/github/webhook", WEBHOOK_SECRET)
        if self._pipeline:
            self.town.buildkite.add_pipeline(self._pipeline, REPOSITORY)
            self.town.buildkite.point_webhook_at(f"{hooks}/buildkite/webhook", WEBHOOK_SECRET)
        self.town.frontend.undisturbed = self.undisturbed
        self.town.mail.point_at("127.0.0.1", self._mail_in, INCIDENTS_MAIL)
        self._document = self.town.google.add_document("Ops log")
        self.data.mkdir(parents=True, exist_ok=True)
        if self._declares:
            self._write_declared(self._declares.format(town=self.town.url))
        await self._start()
        dsn = running_dsn(self.data)
        assert dsn, "a Tocsin that is ready has a database"
        self.tickets = await hire(dsn, self.clock, slack_ids)
        self.http.headers["authorization"] = f"Bearer {self.tickets.key}"
        self._supervisor = asyncio.create_task(self._supervise())

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._supervisor:
            self._supervisor.cancel()
        await self._end_child()
        await self.http.aclose()
        await self.town.stop()
        for held in self._held:
            held.close()
        for path in self._folder.iterdir():
            path.unlink()
        self._folder.rmdir()

    # Time

    async def pass_time(self, span: timedelta) -> None:
        """Let `span` go by at the story's speed, once everything that was to be sent has been."""
        await self.quiet()
        until = self.clock.now() + span
        self._steer(self.speed)
        try:
            while (rest := self.clock.real_seconds(until - self.clock.now())) > 0:
                await asyncio.sleep(min(rest, 0.1))
        finally:
            self._steer(1.0)

    @contextlib.contextmanager
    def hurried(self, speed: float = HURRIED) -> Iterator[None]:
        """Time runs faster here, without waiting for anything: for what Tocsin itself watches for some minutes."""
        self._steer(min(self.speed, speed))
        try:
            yield
        finally:
            self._steer(1.0)

    async def pass_days(self, until: datetime) -> None:
        """Let days go by in which nothing is urgent: the clock runs so fast that they take seconds."""
        await self.quiet()
        self._steer((until - self.clock.now()) / DAYS_TAKE)
        try:
            while self.clock.now() < until:
                await asyncio.sleep(0.02)
        finally:
            self._steer(1.0)

    async def post(self, path: str, body: Mapping[str, object], key: str = "", makes: str = "") -> None:
        """Do something over the API, in Alice's name or in that of a key's owner; again where Tocsin was gone meanwhile, unless what it
        `makes` is there: it took effect then, and the answer was lost."""
        headers = {"authorization": f"Bearer {key or self.tickets.key}"}
        async for _ in self._looks(f"an answer to {path}", 0.1):
            with contextlib.suppress(httpx2.TransportError):
                if makes and (await self.http.get(f"/api/v1/{makes}")).is_success:
                    return
                answer = await self.http.post(f"/api/v1/{path}", json=dict(body), headers=headers)
                answer.raise_for_status()
                return

    async def told(self, what: str, path: str, is_so: Callable[[Any], bool]) -> Any:
        """Ask the API until its answer is so, and give the answer."""
        async for _ in self._looks(what, 0.1):
            with contextlib.suppress(httpx2.TransportError):
                answer = await self.http.get(f"/api/v1/{path}")
                if answer.is_error:
                    raise Unavailable(f"Tocsin was to tell {what}, and says: {answer.text}")
                if is_so(told := answer.json()):
                    return told
        raise AssertionError("looking ends with what was seen, or with Unavailable")

    async def ref(self) -> str:
        """How the one incident of a story is called: where Tocsin is killed while it counts, the next one is not INC-1."""
        found = await self.told("its incident", "incidents", lambda known: known["incidents"])
        return str(found["incidents"][0]["ref"])

    async def declare(self, procedures: str, **secrets: str) -> None:
        """Tell Tocsin what it may roll back, revert and repair, as operators do: by a file, and a new start."""
        self._write_declared(procedures, **secrets)
        await self.restart()

    def _write_declared(self, procedures: str, **secrets: str) -> None:
        file = self._folder / "procedures.toml"
        file.write_text(procedures)
        named = {f"TOCSIN_SECRET_{name}": value for name, value in secrets.items()}
        self._declared = {"TOCSIN_PROCEDURES": str(file), **named}

    async def see(self, what: str, look: Callable[[], Seen | None], seconds: float | None = None) -> Seen:
        """Wait until `look` sees something in the town, and give it. Unavailable, saying what was waited for, if it never comes."""
        async for _ in self._looks(what, 0.02, seconds):
            if seen := look():
                return seen
        raise AssertionError("looking ends with what was seen, or with Unavailable")

    async def do(
        self,
        act: Callable[[], Awaitable[Answer]],
        what: str,
        look: Callable[[], Seen | None],
        tries: int = 1,
    ) -> Seen:
        """Do something as a person does it: see what comes of it, and do it again where Tocsin was gone meanwhile.

        What people just do again where nothing comes of it has more `tries`, which share the patience.
        """
        is_taken, tried = False, 0
        while True:
            await self._up()
            starts = self._starts
            try:
                is_taken = (await act()).ok or is_taken
            except ValueError:
                # A form that was taken is closed: it can't be sent again, and need not be.
                if not is_taken:
                    raise
            try:
                return await self.see(what, look, self.patience / tries if is_taken else 1.0)
            except Unavailable:
                tried += is_taken and starts == self._starts
                if tried >= tries:
                    raise

    async def at_github(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do something at GitHub; deliveries that met no Tocsin are delivered again, at the press of a button."""
        await self._up()
        await act()
        async for _ in self._looks("that GitHub's deliveries are taken", 0.2):
            if await self.town.github.redeliver():
                return

    async def quiet(self) -> None:
        """Wait until nothing waits to go out: at this speed the machine's own slowness would count in minutes."""
        async for _ in self._looks("that nothing waits to go out", 0.05):
            if await self._is_quiet():
                return

    async def _looks(self, what: str, pause: float, seconds: float | None = None) -> AsyncIterator[None]:
        """Once for each look, until so many seconds have gone by in which Tocsin was up: where it is killed often, that takes longer."""
        spent, last = 0.0, time.monotonic()
        longest = self.patience if seconds is None else seconds
        while spent < longest:
            self._must_be_supervised()
            yield
            await asyncio.sleep(pause)
            now = time.monotonic()
            spent += 0.0 if self._is_down else now - last
            last = now
        raise Unavailable(f"The story waited in vain for this: {what}")

    async def _is_quiet(self) -> bool:
        try:
            listed = (await self.http.get("/api/v1/incidents")).raise_for_status().json()["incidents"]
            for row in listed:
                whole = (await self.http.get(f"/api/v1/incidents/{row['ref']}")).raise_for_status().json()
                if any(one["does"] != PROCEDURE_STEP for one in whole["waiting"]):
                    return False
        except httpx2.HTTPError:
            return False  # It is down: nothing is quiet.
        return True

    async def _up(self) -> None:
        while self._is_down:
            self._must_be_supervised()
            await asyncio.sleep(0.02)

    def _must_be_supervised(self) -> None:
        """Raise what the supervisor met, if it has given up: nobody starts Tocsin again then, and whoever waits would wait for ever."""
        if self._supervisor and self._supervisor.done():
            self._supervisor.result()

    def _steer(self, pace: float) -> None:
        self._pace = pace
        self.clock.steer(speed=0.0 if self._is_down else pace)

    # The process

    async def kill(self) -> None:
        """kill -9; comes back when Tocsin is up again."""
        self.teller.say("kill -9: Tocsin is gone; time stands still until it is up again")
        async with self._in_peace:
            await self._end_and_come_back(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop it as operators do, so that it reads its settings anew; comes back when it is up again."""
        async with self._in_peace:
            await self._end_and_come_back(signal.SIGTERM)

    @contextlib.asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Nothing is killed meanwhile. The frontend's database lies on the server that Tocsin brings along, and dies with it: that is of the
        stage's making, and no trouble that a frontend has."""
        async with self._in_peace:
            yield

    async def _end_and_come_back(self, number: signal.Signals) -> None:
        child = self._child
        if child and child.returncode is None:
            child.send_signal(number)
            await child.wait()
        while self._child is child or self._is_down:
            self._must_be_supervised()
            await asyncio.sleep(0.02)

    async def _supervise(self) -> None:
        """Start Tocsin again whenever it ends, as any supervisor of services does."""
        while True:
            assert self._child
            await self._child.wait()
            self._is_down = True
            self._steer(self._pace)
            await self._start()
            self._is_down = False
            self._steer(self._pace)

    async def _start(self) -> None:
        """Start Tocsin, and come back when it is ready. One that is killed while it starts is followed by another."""
        while not await self._is_started():
            pass

    async def _is_started(self) -> bool:
        self._starts += 1
        self._child = child = await self._spawned()
        ends = time.monotonic() + PATIENCE_SECONDS
        while not await self._is_ready():
            if child.returncode == -signal.SIGKILL:
                return False
            if child.returncode is not None or time.monotonic() > ends:
                raise Unavailable(f"Tocsin did not start; its log is {self.data / 'tocsin.log'}")
            await asyncio.sleep(0.02)
        return True

    async def _spawned(self) -> asyncio.subprocess.Process:
        command = [
            sys.executable,
            "-m",
            "tocsin",
            "serve",
            "--port",
            str(self._port),
            "--data",
            str(self.data),
        ]
        with open(self.data / "tocsin.log", "ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    async def _is_ready(self) -> bool:
        try:
            return (await self.http.get("/readyz")).status_code == 200
        except httpx2.TransportError:
            return False

    async def _end_child(self) -> None:
        if self._child is None or self._child.returncode is not None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._child.wait(), 30)
        except TimeoutError:
            self._child.kill()
            await self._child.wait()

    def _environment(self) -> dict[str, str]:
        own = {
            "TOCSIN_CLOCK": f"file:{self._folder / 'clock'}",
            "TOCSIN_PUBLIC_URL": self.url,
            "TOCSIN_MAIL_IN_PORT": str(self._mail_in),
            "TOCSIN_GOOGLE_DOC": self._document,
        }
        kept = opsgenie(self.town) if self._keeps_opsgenie else {}
        builds = buildkite(self.town, self._pipeline) if self._pipeline else {}
        return inherited() | links(self.town) | own | kept | builds | self._declared


def end_with_parent() -> None:
    """Runs in the child: should the demo be killed, Tocsin is told to leave (on Linux), so that none is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
