"""The addresses of Tocsin's own pages, as they stand in messages and in evidence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """`base` is the address under which people reach this Tocsin, without a slash at the end."""

    base: str

    @property
    def inbox(self) -> str:
        return f"{self.base}/inbox"

    def incident(self, ref: str) -> str:
        return f"{self.base}/incidents/{ref}"

    def fact(self, ref: str, n: int) -> str:
        return f"{self.base}/incidents/{ref}#fact-{n}"

    def retrospective(self, ref: str) -> str:
        return f"{self.base}/incidents/{ref}/retrospective"

    def status(self, token: str) -> str:
        return f"{self.base}/status/{token}"

    def acknowledge(self, ref: str, person: str, signature: str) -> str:
        return f"{self.base}/ack/{ref}/{person}/{signature}"
