"""What the timeline says of a build that is run again, and of whether Tocsin takes the commit back by itself."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core import reruns
from tocsin.core.procedures.auto_revert import ASKS, NO, YES
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.words import listed
from tocsin.core.teller import Tell, Teller, Words, quotes

ENDS: Final = {
    reruns.GREEN: "passed when it was run again: a flake",
    reruns.RED: "failed once more when it was run again: it is confirmed",
    reruns.UNFINISHED: "was run again, and did not end in time: not confirmed",
    reruns.REFUSED: "could not be run again: not confirmed",
}


def _build(t: Teller, id: str) -> str:
    one = next((one.asked for one in t.incident.reruns if one.id == id), None)
    return f"{one.workflow} at {short(one.sha)}" if one else id


def _asked(t: Teller, who: str, what: f.BuildRerunAsked) -> Words:
    line = f"{who} has {what.workflow} run again at {short(what.sha)}, the oldest suspect"
    return Words(line, quotes(("", what.title)), what.url, what.until, "it has until")


def _ended(t: Teller, who: str, what: f.BuildRerunEnded) -> Words:
    line = f"{_build(t, what.rerun)} {ENDS.get(what.outcome, what.outcome)}"
    return Words(line, quotes(("Why", what.why)), what.url)


def _judged(t: Teller, who: str, what: f.RevertJudged) -> Words:
    commit = f"{short(what.sha)} of {what.repository}"
    lines = {
        YES: f"Tocsin reverts {commit} by itself{', and merges that on green' if what.merges else ''}",
        ASKS: f"Tocsin would revert {commit}; by the handbook a person has to say yes",
        NO: f"Tocsin does not revert {commit} by itself",
    }
    return Words(lines.get(what.said, what.said), quotes(("Why", listed(what.reasons))))


RERUN_WORDS: Final[dict[type[f.What], Tell]] = {
    f.BuildRerunAsked: _asked,
    f.BuildRerunStarted: lambda t, who, what: Words(f"{_build(t, what.rerun)} runs again", url=what.url),
    f.BuildRerunEnded: _ended,
    f.RevertJudged: _judged,
}
