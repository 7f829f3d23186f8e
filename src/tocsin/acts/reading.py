"""How acts read a file at an address, without knowing how that is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tocsin.errors import Invalid


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands at an address: `data`, or None where it has not changed. The rest asks next time whether it has."""

    data: bytes | None
    etag: str = ""
    last_modified: str = ""


class CantRead(Invalid):
    """An address that can't be read. `passes` where that may pass by itself."""

    def __init__(self, message: str, *, passes: bool) -> None:
        super().__init__(message, field="url")
        self.passes = passes


class ReadAddress(Protocol):
    async def __call__(self, url: str, etag: str, last_modified: str) -> Answer:
        """What stands at an address, if it changed since. CantRead, saying why, where there is nothing to be had."""
        ...


async def reads_nothing(url: str, etag: str, last_modified: str) -> Answer:
    """Where nothing reads addresses, such as in a command on the database itself."""
    raise CantRead("Nothing here reads addresses", passes=True)
