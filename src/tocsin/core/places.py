"""The addresses of Tocsin's own pages, as they stand in messages and in evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """`base` is the address under which people reach this Tocsin, without a slash at the end."""

    base: str

    @property
    def inbox(self) -> str:
        return f"{self.base}/inbox"

    @property
    def on_call(self) -> str:
        return f"{self.base}/on-call"

    @property
    def contacts(self) -> str:
        return f"{self.base}/me/contacts"

    @property
    def readiness(self) -> str:
        return f"{self.base}/on-call/readiness"

    @property
    def alerts(self) -> str:
        return f"{self.base}/alerts"

    def alert(self, ref: str) -> str:
        return f"{self.base}/alerts/{ref}"

    @property
    def policies(self) -> str:
        return f"{self.base}/on-call/policies"

    def policy(self, id: str) -> str:
        return f"{self.base}/on-call/policies/{id}"

    def answer_alerts(self, ref: str, person: str, signature: str) -> str:
        """Where one person answers the alerts of one message without signing in."""
        return f"{self.base}/alerts/answer/{ref}/{person}/{signature}"

    def test_page(self, ticket: str) -> str:
        return f"{self.base}/test-page/{ticket}"

    @property
    def incidents(self) -> str:
        return f"{self.base}/incidents"

    def incident(self, ref: str) -> str:
        return f"{self.base}/incidents/{ref}"

    def run(self, ref: str, run: str) -> str:
        """Where a run of a procedure is seen and steered."""
        return f"{self.base}/incidents/{ref}/procedures/{run}"

    def fact(self, ref: str, n: int) -> str:
        return f"{self.base}/incidents/{ref}#fact-{n}"

    def retrospective(self, ref: str) -> str:
        return f"{self.base}/incidents/{ref}/retrospective"

    def status(self, token: str) -> str:
        return f"{self.base}/status/{token}"

    def answer(self, ref: str, about: str, person: str, sign: Callable[[str, str], str]) -> str:
        """Where one person answers for one task, handover or follow-up without signing in: the signature is good for no more."""
        return f"{self.base}/answer/{ref}/{about}/{person}/{sign(ref, answers_for(person, about))}"

    def acknowledge(self, ref: str, person: str, signature: str) -> str:
        return f"{self.base}/ack/{ref}/{person}/{signature}"


def answers_for(person: str, about: str) -> str:
    """What is signed for such a link: handles hold no blanks, so that it stands for nothing else."""
    return f"{person} {about}"
