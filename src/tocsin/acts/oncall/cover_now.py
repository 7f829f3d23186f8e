"""What was planned ahead about a request for cover, as it is true when it goes out: an edit may have moved the shift meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from tocsin.acts.house import House
from tocsin.core.notices import said
from tocsin.core.oncall import cover_words as words
from tocsin.core.oncall.calculator import shifts
from tocsin.core.oncall.cover_words import Asked
from tocsin.core.work import NOTICE_SETTLE, Work
from tocsin.store.cover import CoverRow
from tocsin.store.people import Directory


def looked_at_again(work: Work, row: CoverRow) -> Work:
    """The work with what it is about, by which it is looked at again when it goes out."""
    about = (row.schedule, row.person, row.start.isoformat(), row.end.isoformat())
    return replace(work, payload={**work.payload, "covers": json.dumps(about)})


async def cover_now(house: House, known: Directory, work: Work, now: datetime) -> Work | None:
    """A warning that nobody took the shift tells what of it is still theirs, and is not sent where nothing is; nor does anybody "stay on call"."""
    schedule, person, start, end = json.loads(work.payload["covers"])
    kept = known.kept.get(schedule)
    if kept is None or kept.ended_at is not None:
        return None
    window = datetime.fromisoformat(start), datetime.fromisoformat(end)
    own = [one for one in shifts(kept.schedule, *window) if one.person == person]
    if own:
        window = min(one.start for one in own), max(one.end for one in own)
    reader = known.people.get(work.payload["person"])
    zone = (reader.zone if reader else "") or kept.schedule.plan_at(window[0]).zone
    name = kept.schedule.name or schedule
    asked = Asked(known.names.get(person, person), name, *window, "", now, zone, house.places.on_call)
    if work.does == NOTICE_SETTLE:
        told = words.expired(asked) if own else words.nothing_left(asked)
    elif own:
        told = words.still_yours(asked)
    else:
        return None
    return replace(work, payload={**work.payload, **said(told, ())})
