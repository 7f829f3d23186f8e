"""Which schemas an incident knows to be dirty, by what its own runs looked at. None of them is forgotten before it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.procedures.plan import DATABASE
from tocsin.core.procedures.run import Run

CLEANS: Final = frozenset({"schema.flag", "schema.down"})
"""Steps that end with a flag that was read, and is clear."""


def dirty_schemas(incident: Incident) -> tuple[f.SchemaFoundDirty, ...]:
    """Those that were found dirty, and not clean since."""
    dirty: dict[str, f.SchemaFoundDirty] = {}
    for fact in incident.facts:
        match fact.what:
            case f.SchemaFoundDirty() as found:
                dirty[found.schema] = found
            case f.SchemaFoundClean(schema=schema):
                dirty.pop(schema, None)
    return tuple(dirty.values())


def found_by_look(incident: Incident, run: Run, seen: Mapping[str, Mapping[str, Any]]) -> Iterator[f.What]:
    """What the looks of a plan say that the incident does not know yet."""
    if run.of != DATABASE:
        return
    known = {one.schema for one in dirty_schemas(incident)}
    for one in seen.values():
        is_dirty, version = one.get("dirty"), one.get("version")
        if not isinstance(is_dirty, bool) or not isinstance(version, int):
            continue
        if is_dirty and run.target not in known:
            yield f.SchemaFoundDirty(run.id, run.target, version)
        elif not is_dirty and run.target in known:
            yield f.SchemaFoundClean(run.target, version, run.id)


def found_by_step(incident: Incident, run: Run, done: f.What) -> Iterator[f.What]:
    """What a step left: the flag is clear with the one that clears it, whatever is still to be done after that."""
    step = run.step(done.step) if isinstance(done, f.StepDone) else None
    if step is None or step.step.hand not in CLEANS:
        return
    becomes = step.step.inputs.get("becomes")
    if any(one.schema == run.target for one in dirty_schemas(incident)) and isinstance(becomes, int):
        yield f.SchemaFoundClean(run.target, becomes, run.id)
