"""The channels named webhook: a page as signed JSON. Whatever answers 2xx has it; what else it answers is not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Final

import msgspec

from tocsin.core.channel import Can, Field, Message
from tocsin.core.work import Delivered, Outcome, Refused
from tocsin.integrations.guard import Guard
from tocsin.integrations.http import Failed, failure_of
from tocsin.integrations.typed import Typed
from tocsin.integrations.webhook.hook import Hook, hook_from, hook_of, rotated, url_from
from tocsin.integrations.webhook.signing import id_of, signed

VIA: Final = "webhook"
LABEL: Final = "The webhook"
REFUSALS: Final = {
    401: "does not take our signature: does it know the same secret? (401)",
    403: "does not take our signature: does it know the same secret? (403)",
    410: "is gone: its receiver wants nothing more (410)",
}
"""What such an answer means from a receiver, where it means another thing than from a service of ours."""
FIELDS: Final = (
    Field(
        "url",
        "Address",
        help="Where Tocsin posts. Whoever knows it can post there as well, so it is not shown whole.",
        example="https://hooks.acme.example/tocsin",
    ),
    Field(
        "secret",
        "Secret",
        help="With it each call is signed (Standard Webhooks). Make one with `openssl rand -base64 32`, and give it to the receiver.",
        example="whsec_…",
        secret=True,
    ),
    Field(
        "second_secret",
        "Second secret",
        help="While the receiver goes from one secret to the other: calls are then signed with both.",
        secret=True,
        optional=True,
    ),
)


class WebhookChannel:
    """To the webhooks that people have for themselves, each with secrets of its own. `answer` gives the address at which a POST acknowledges, by a ticket."""

    via = VIA
    label = "Webhook"
    # Whom it wakes is for the receiver: nothing is known of that here.
    can = Can(answers=True, idempotent=True)
    fields = FIELDS

    def __init__(self, typed: Typed, guard: Guard, answer: Callable[[str], str]) -> None:
        self._typed = typed
        self._guard = guard
        self._answer = answer

    def address(self, given: Mapping[str, str]) -> str:
        return hook_from(given, self._guard).address

    def shown(self, address: str) -> str:
        return hook_of(address).shown

    def with_secret(self, address: str, secret: str) -> str:
        return rotated(hook_of(address), secret).address

    async def send(self, message: Message, attempt: int) -> Outcome:
        answer = self._answer(message.ticket) if message.ticket else ""
        return await posted(self._typed, hook_of(message.to), message, answer)


class PolicyWebhooks:
    """To the webhooks that escalation policies name: their calls are signed with the secrets of the settings."""

    via = VIA
    label = "Webhook"
    can = Can(idempotent=True)
    fields = FIELDS[:1]

    def __init__(self, typed: Typed, guard: Guard, secrets: tuple[str, ...]) -> None:
        self._typed = typed
        self._guard = guard
        self._secrets = secrets

    def address(self, given: Mapping[str, str]) -> str:
        return url_from(given, self._guard)

    def shown(self, address: str) -> str:
        return Hook(address, ()).shown

    async def send(self, message: Message, attempt: int) -> Outcome:
        return await posted(self._typed, Hook(message.to, self._secrets), message, "")


async def posted(typed: Typed, hook: Hook, message: Message, answer: str) -> Outcome:
    """Post it, signed. `answer` is the address at which a POST acknowledges it; "" where there is none."""
    id = id_of(message.key)
    content = body(message, id, answer)
    headers = {"Content-Type": "application/json", **signed(id, message.now, content, hook.secrets)}
    try:
        answered = await typed.call("POST", hook.url, headers=headers, content=content)
    except Failed as why:
        return why.outcome
    if answered.is_success:
        return Delivered({"message": id})
    if answered.status_code in REFUSALS:
        return Refused(f"{LABEL} {REFUSALS[answered.status_code]}")
    return failure_of(LABEL, answered, message.now).outcome


def body(message: Message, id: str, answer: str) -> bytes:
    """What is posted: docs/howto/webhooks-and-other-services.md says what each thing means. "" stands for what there is none of."""
    return msgspec.json.encode(
        {
            "type": message.purpose,
            "timestamp": message.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "data": {
                "id": id,
                "person": message.person,
                "urgency": message.urgency,
                "subject": message.subject,
                "text": message.text,
                "short": message.short,
                "link": message.link,
                "answer_link": message.answer_link,
                "acknowledge_url": answer,
                "follows": message.of,
            },
        }
    )
