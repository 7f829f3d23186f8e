"""Which service shall fail next, how, and how often. It only remembers and answers; the gate and the mail server act on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

KINDS = {
    "429": "refuse with 429 and Retry-After",
    "403": "refuse with 403, as GitHub does beyond its secondary rate limit",
    "410": "refuse with 410, as a push service does when a subscription is gone",
    "413": "refuse with 413: it is too large",
    "500": "answer 500 without doing anything",
    "503": "answer 503 without doing anything",
    "timeout": "accept and never answer",
    "lost_answer": "do it, then break the connection before the answer is whole",
    "duplicate_event": "deliver the next event, or the next mail that people write, twice",
    "451": "mail: refuse for now",
    "550": "mail: refuse for good",
    "drop": "mail: accept, and lose it; pagers and Buildkite: lose the next delivery of a webhook",
}
SERVICES = (
    "slack",
    "x",
    "github",
    "google",
    "opsgenie",
    "pagerduty",
    "twilio",
    "ntfy",
    "push",
    "webhook",
    "chat",
    "mail",
    "site",
    "buildkite",
)


@dataclass(slots=True)
class Fault:
    """One order to fail. `match` is a glob over paths, Slack methods, event names or mail recipients.

    The first `spared` calls that match go well.
    """

    service: str
    match: str
    kind: str
    times: int
    retry_after: int | None = None
    spared: int = 0


class Faults:
    """The standing orders to fail, first given first taken."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []
        self.patience = 30.0
        """How many seconds a `timeout` holds a request at most."""
        self.met = 0
        """How often something failed as ordered."""

    def add(
        self,
        service: str,
        match: str,
        kind: str,
        times: int = 1,
        retry_after: int | None = None,
        spared: int = 0,
    ) -> Fault:
        """Make the next `times` matching calls of `service` fail, after `spared` that go well. ValueError for what cannot be asked."""
        if service not in SERVICES:
            raise ValueError(f"There is no service {service!r} in the town; it has {', '.join(SERVICES)}")
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind!r}; there are {', '.join(KINDS)}")
        fault = Fault(service, match or "*", kind, times, retry_after, spared)
        self.pending.append(fault)
        return fault

    def clear(self) -> None:
        """From now on everything works."""
        self.pending.clear()

    def take(self, service: str, names: Iterable[str], kinds: Iterable[str]) -> Fault | None:
        """The first standing order of these kinds that fits one of the names; it is then used up by one."""
        known, wanted = list(names), set(kinds)
        fitting = [
            fault
            for fault in self.pending
            if fault.service == service and fault.kind in wanted and _fits(fault.match, known)
        ]
        taken = next((fault for fault in fitting if not fault.spared), None)
        for fault in fitting:
            fault.spared = max(0, fault.spared - 1)
        if taken:
            self._use(taken)
        return taken

    def _use(self, fault: Fault) -> None:
        self.met += 1
        fault.times -= 1
        if fault.times <= 0:
            self.pending.remove(fault)


def _fits(match: str, names: list[str]) -> bool:
    return any(fnmatchcase(name, match) for name in names)
