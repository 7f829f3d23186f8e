"""The hand "webhook": calls the address that a target declares, signed, with the same id at every try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tocsin.core.procedures.declared import WEBHOOK, Declared, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.errors import Invalid
from tocsin.integrations.http import Failed as CallFailed
from tocsin.integrations.http import Outside
from tocsin.integrations.inputs import Ends, Inputs, refuse
from tocsin.integrations.webhook.signing import id_of, secret_from, signed
from tocsin.settings import Settings

SAYS: Final = 300


@dataclass(slots=True)
class WebhookHand:
    """`secrets` are those that targets sign with, by their names."""

    outside: Outside
    declared: Declared
    secrets: Mapping[str, str]
    name: str = "webhook"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        return Refused(f"webhook has no look {what!r}: an address that is called shows nothing")

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        if step.does != "call":
            return Refused(f"webhook can't do {step.does!r}; it can call")
        try:
            return await self._call(Inputs(step.inputs, context.seen), step, context)
        except CallFailed as why:
            return why.outcome
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        await self.outside.aclose()

    async def _call(self, inputs: Inputs, step: Step, context: Context) -> Done:
        """Inputs: target, commit, version. Whoever is called tells a second try from a second call by `webhook-id`."""
        target = self._target(inputs)
        id = id_of(f"{context.run}/{step.id}")
        body = msgspec.json.encode(
            {
                "does": "roll-back",
                "target": target.id,
                "service": target.service,
                "commit": inputs.text("commit"),
                "version": inputs.text("version"),
                "run": context.run,
                "incident": context.incident,
            }
        )
        headers = {"content-type": "application/json"}
        secret = self.secrets.get(target.secret_env, "")
        headers |= signed(id, context.now, body, [secret]) if secret else {"webhook-id": id}
        answer = await self.outside.fetch("POST", target.url, now=context.now, content=body, headers=headers)
        said = " ".join(answer.decode("utf-8", "replace").split())[:SAYS]
        return Done((Evidence("the webhook took it", said or "no words"),), {"id": id}, f"called {target.id}")

    def _target(self, inputs: Inputs) -> Target:
        target = self.declared.target(inputs.needed("target"))
        if target is None or target.by != WEBHOOK:
            refuse(f"{inputs.needed('target')} is no target that is rolled back by a webhook")
        return target


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand, where a target declares an address; none otherwise. Invalid for a secret that can't be signed with."""
    targets = [one for one in declared.targets if one.by == WEBHOOK]
    if not targets:
        return []
    used = {one.secret_env: secrets[one.secret_env] for one in targets if one.secret_env}
    for name, secret in used.items():
        try:
            used[name] = secret_from(secret)
        except ValueError as why:
            raise Invalid(
                f"TOCSIN_SECRET_{name} signs a webhook, and can't be used: {why}. Write what `openssl rand -base64 32` gives"
            ) from why
    return [WebhookHand(Outside("The webhook", ""), declared, used)]
