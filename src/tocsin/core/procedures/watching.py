"""The steps that watch whether what was done took effect: the pipeline, the version that the site reports, the signal."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.core.procedures.declared import Target
from tocsin.core.procedures.hands import JSON, Step
from tocsin.core.spans import span_text


def effect_steps(target: Target, versions: Sequence[str], made_by: str) -> tuple[Step, ...]:
    """`made_by` is the step whose commit goes through the pipeline ("": none does)."""
    found: list[Step] = []
    if made_by and target.repository and (target.checks or target.environment):
        inputs: dict[str, JSON] = {"repository": target.repository, "sha_from": f"{made_by}.sha"}
        if target.checks:
            inputs["checks"] = list(target.checks)
        if target.environment:
            inputs["environment"] = target.environment
        found.append(
            Step("pipeline", "github.pipeline", "Watch the pipeline at that commit", inputs, watches=True)
        )
    if target.version_url:
        version: dict[str, JSON] = {"target": target.id, "versions": list(versions)}
        if made_by:
            version["commit_from"] = f"{made_by}.sha"
        title = f"Watch until {target.service} reports {versions[0][:12] if versions else 'it'}"
        found.append(Step("version", "site.version", title, version, watches=True))
    if target.health_url:
        minutes = int(target.watch.total_seconds() // 60)
        title = f"Watch the signal of {target.service} for {span_text(target.watch)}: recovered, or not"
        healthy: dict[str, JSON] = {"target": target.id, "minutes": minutes}
        found.append(Step("healthy", "site.healthy", title, healthy, watches=True))
    return tuple(found)
