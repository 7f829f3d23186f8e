"""What a policy of a file does when nobody answers. Nobody is looked up: each target stands for whom it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from tocsin.core.escalation.explain import coming
from tocsin.core.escalation.policy import PRIORITIES, WEBHOOK, Stamped, Target
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.state import begun
from tocsin.core.escalation.written import policy_of
from tocsin.core.spans import span_text
from tocsin.doors.cli.yaml_files import Page
from tocsin.errors import Invalid, TocsinError

Placed = Callable[[Page, TocsinError], Invalid]
Read = tuple[Page, str, int | None, dict[str, Any]]


class AsWritten:
    """A look for which each target is somebody, called as the target is written."""

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        return (target.written,)

    def why_not(self, handle: str, at: datetime) -> str:
        return ""

    def turn(self, of: str) -> int:
        return 0


def foretold(docs: Sequence[Read], priority: str, start: datetime, placed: Placed) -> Iterator[str]:
    """What happens to an alert of the first of these policies, line by line. Invalid, with the file and line, where one can't be."""
    if priority.upper() not in PRIORITIES:
        raise Invalid(f"There is no priority {priority}; there are {', '.join(PRIORITIES)}", field="priority")
    policies = {}
    for page, id, _, doc in docs:
        try:
            one = policy_of({**doc, "id": id})
        except TocsinError as why:
            raise placed(page, why) from why
        policies[one.id] = one
    first = policies[docs[0][1]]
    try:
        stamp = stamped(first, policies)
    except TocsinError as why:
        raise Invalid(f"{docs[0][0].at('')}: {why.message}", field=why.field) from why
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    one_alert = begun(stamp, start, priority.upper())
    yield from _of_webhooks(stamp)
    yield f"An alert of {priority.upper()} by {first.id} that nobody answers:"
    for line in coming(one_alert, AsWritten(), start, str):
        left_out = f" ({'; '.join(line.why)})" if line.why else ""
        yield f"  after {span_text(line.at - start):>7}  {line.text}{left_out}"


def _of_webhooks(stamp: Stamped) -> Iterator[str]:
    """What only a server can say of them, and what it would refuse."""
    targets = (*(target for stage in stamp.stages for target in stage.to), *stamp.last_resort)
    for target in dict.fromkeys(one for one in targets if one.kind == WEBHOOK):
        yield f"{target.written} hears something only where TOCSIN_WEBHOOK_SECRETS is set, with which such calls are signed"
        if _is_private(target.name):
            yield f"{target.written} leads into your own network: saving it is refused"


def _is_private(url: str) -> bool:
    """As far as the address itself says it; what a name leads to is asked when it is saved."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
