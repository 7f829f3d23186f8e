"""Several providers of one channel as one: each message goes by the first that carries it to its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from tocsin.core.channel import Can, Channel, Message
from tocsin.core.work import Outcome, Refused
from tocsin.errors import Invalid


@runtime_checkable
class Carries(Protocol):
    """A channel that does not lead to every address."""

    def carries(self, address: str) -> bool: ...


class Switchboard:
    """`some` have the same `via`, in the order in which they are tried. It can what all of them can."""

    def __init__(self, some: Sequence[Channel]) -> None:
        self._some = some
        first = some[0]
        self.via, self.label, self.fields = first.via, first.label, first.fields
        can = [one.can for one in some]
        self.can = Can(
            answers=all(one.answers for one in can),
            tells_delivery=all(one.tells_delivery for one in can),
            tells_seen=all(one.tells_seen for one in can),
            idempotent=all(one.idempotent for one in can),
            settles=all(one.settles for one in can),
            interrupts=any(one.interrupts for one in can),
            rings=any(one.rings for one in can),
            length=min((one.length for one in can if one.length), default=None),
            spacing=max(one.spacing for one in can),
            per_second=sum(one.per_second for one in can) if all(one.per_second for one in can) else 0,
        )

    def address(self, given: Mapping[str, str]) -> str:
        for one in self._some[:-1]:
            try:
                return one.address(given)
            except Invalid:
                continue
        return self._some[-1].address(given)

    def shown(self, address: str) -> str:
        return self._some[0].shown(address)

    async def send(self, message: Message, attempt: int) -> Outcome:
        for one in self._some:
            if not isinstance(one, Carries) or one.carries(message.to):
                return await one.send(message, attempt)
        return Refused(f"No provider reaches {self.shown(message.to)}")
