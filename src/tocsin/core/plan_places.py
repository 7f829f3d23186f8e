"""What the channels and webhooks that a policy names are told of an incident: that it pages, and that it is answered or over."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.work import Work


def for_places(incident: Incident, fact: Fact) -> Iterator[Work]:
    """Each place once for each step; what was told there is followed by how it stands."""
    match fact.what:
        case f.Paged(places=places, why=why, by_hand=False) | f.PlacesCalled(places=places, why=why):
            for place in places:
                key = f"{incident.ref}/place/{fact.n}/{place}"
                payload = {"place": place, "why": why, "fact": str(fact.n)}
                yield Work(w.PLACE_TELL, key, key, _via(place), payload)
        case f.PageAcknowledged() if incident.is_open and not incident.alert.is_answered:
            return  # Others have to acknowledge as well.
        case f.PageAcknowledged() | f.Owned() | f.PagingSnoozed() | f.Resolved() | f.Dismissed():
            yield from _settled(incident, fact)
        case f.PlaceTold() if fact.n > (since := _settled_since(incident)) > 0:
            # It was on its way while somebody answered.
            yield _settle(incident, fact, fact.what, since)
        case _:
            return


def why_not_told(work: Work, incident: Incident) -> str:
    """Why a place need not be told any more; "" where it must be."""
    if incident.is_ended:
        return f"{incident.ref} is over"
    if int(work.payload["fact"]) < _settled_since(incident):
        return "it was answered before this was due"
    return ""


def _settled(incident: Incident, fact: Fact) -> Iterator[Work]:
    """The newest message of each place: rewritten, or followed by one more."""
    newest = {old.what.place: old for old in incident.facts[: fact.n] if isinstance(old.what, f.PlaceTold)}
    for old in newest.values():
        assert isinstance(old.what, f.PlaceTold)
        yield _settle(incident, old, old.what, fact.n)


def _settle(incident: Incident, old: Fact, what: f.PlaceTold, since: int) -> Work:
    lane = f"{incident.ref}/place/settle/{old.n}"
    return Work(
        w.PLACE_SETTLE, lane, f"{lane}/{since}", what.via, {"place": what.place, "message": what.message}
    )


def _settled_since(incident: Incident) -> int:
    """The n of the fact since which nobody has to be paged; 0 while somebody has to be."""
    if incident.is_open and not incident.alert.is_answered:
        return 0
    kinds = (f.PageAcknowledged, f.Owned, f.PagingSnoozed, f.Resolved, f.Dismissed)
    return next((fact.n for fact in reversed(incident.facts) if isinstance(fact.what, kinds)), 0)


def _via(place: str) -> str:
    return place.partition(":")[0]
