"""Ends what bears on a schedule: what has not begun is cancelled, what runs ends now, what was stays."""

from __future__ import annotations

from tocsin.acts.oncall.cover_telling import withdraw_all
from tocsin.acts.oncall.writing import Desk
from tocsin.core.oncall.model import Override, Shadow
from tocsin.store import oncall as rows
from tocsin.store.oncall import Kept


async def end_all_of(desk: Desk, kept: Kept) -> None:
    """Everything that was to change that schedule for a while."""
    for override in kept.schedule.overrides:
        await end_override_row(desk, override)
    for shadow in kept.schedule.shadows:
        await end_shadow_row(desk, shadow)
    await withdraw_all(desk, "of", kept.id)


async def end_override_row(desk: Desk, one: Override) -> None:
    if one.end <= desk.now:
        return
    name = "end_override" if one.start < desk.now else "cancel_override"
    await _end(desk, name, "override", one.id)


async def end_shadow_row(desk: Desk, one: Shadow) -> None:
    if one.end <= desk.now:
        return
    name = "end_shadow" if one.start < desk.now else "cancel_shadow"
    await _end(desk, name, "shadow", one.id)


async def _end(desk: Desk, query: str, kind: str, id: int) -> None:
    row = await desk.conn.fetchrow(rows.SQL[kind], id)
    if row is not None:
        await desk.conn.fetchval(rows.SQL[query], id, row["version"], desk.now)
