"""The channel apprise: a message in whatever chat or app an address of Apprise leads to. Nothing comes back but by its links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from threading import Thread
from typing import Any, Final, TypeVar

import httpx2

from tocsin.core.channel import Can, Field, Message
from tocsin.core.words import shortened
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.integrations.apprise.address import Place, place_of, typed, without
from tocsin.integrations.guard import UNLESS_NAMED, Guard, Inside, Unknown
from tocsin.integrations.http import failure_of

VIA: Final = "apprise"
PATIENCE = timedelta(seconds=30)
"""For all that one message takes: some services are asked several things."""
LONGEST_WORDS: Final = 300
T = TypeVar("T")
REFUSALS: Final = {
    401: "does not take the credentials in the address",
    403: "does not take the credentials in the address",
    404: "knows no such place as the address names",
}
FIELDS: Final = (
    Field(
        "url",
        "Address",
        help="As Apprise writes it: tgram://… is Telegram, workflows://… Teams, discord://… Discord, mmosts://… Mattermost, matrixs://… "
        "Matrix, pover://… Pushover, signals://… Signal; github.com/caronc/apprise has them all. Choose a chat that only you read.",
        example="tgram://123456789:ABCdef/987654321",
        secret=True,
    ),
)


class AppriseChannel:
    via = VIA
    label = "Other service"
    can = Can()
    fields = FIELDS

    def __init__(self, guard: Guard, patience: timedelta = PATIENCE) -> None:
        self._guard = guard
        self._patience = patience

    def address(self, given: Mapping[str, str]) -> str:
        url = typed(given.get("url", ""))
        place: Place = _library().place_from(url, self._guard)
        return place.address

    def shown(self, address: str) -> str:
        return place_of(address).shown

    async def send(self, message: Message, attempt: int) -> Outcome:
        place, loop, seconds = (
            place_of(message.to),
            asyncio.get_running_loop(),
            self._patience.total_seconds(),
        )

        def call() -> tuple[bool, Any]:
            library = _library()
            of = library.Call(self._guard, loop)
            return library.send(place, message, of, seconds), of

        try:
            # Its connections are cut at the same time; it may sleep besides.
            is_sent, of = await asyncio.wait_for(_in_thread(call), seconds + 1)
        except TimeoutError:
            return Later(f"{place.service} did not answer within {seconds:g} s")
        # Nothing of it is found again: the key stands for the message, so that it is told when it is over.
        return Delivered({"message": message.key}) if is_sent else _failure(place, of, message)


def _library() -> Any:
    """The heavy part, loaded when it is first needed."""
    return import_module("tocsin.integrations.apprise.library")


async def _in_thread(call: Callable[[], T]) -> T:
    """What it gives. The thread is its own: one that hangs holds up neither the others nor the end of the process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, why: BaseException | None) -> None:
        if done.cancelled():
            return
        if why:
            done.set_exception(why)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (call(), None)
        except BaseException as why:
            outcome = (None, why)
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, *outcome)

    Thread(target=run, name="apprise", daemon=True).start()
    return await done


def _failure(place: Place, call: Any, message: Message) -> Outcome:
    """What it means that a service did not take a message, in words without secrets."""
    said = shortened(without(place.url, " ".join(" ".join(call.said).split())), LONGEST_WORDS)
    if call.stopped:
        return _stopped(place, call)
    if not call.status:
        return Later(f"{place.service} can't be reached: {said or 'Apprise does not say why'}")
    headers = {name: value for name, value in call.headers.items() if name.lower() == "retry-after"}
    answer = httpx2.Response(call.status, headers=headers, content=call.content)
    failed = failure_of(place.service, answer, message.now)
    if call.status in REFUSALS:
        says = without(place.url, failed.says) or said
        return Refused(f"{place.service} {REFUSALS[call.status]} ({call.status}): {says}")
    why = without(place.url, failed.outcome.why) + (f": {said}" if said and not failed.says else "")
    return replace(failed.outcome, why=why)


def _stopped(place: Place, call: Any) -> Outcome:
    """Our own guard did not let it go on. The host may be part of the secret, so it is named only by the service."""
    why = without(place.url, str(call.stopped))
    if isinstance(call.stopped, Unknown):
        return Later(f"{place.service} can't be reached: {why}")
    hint = f": {UNLESS_NAMED}" if isinstance(call.stopped, Inside) else ""
    return Refused(f"{place.service}: {why}{hint}")
