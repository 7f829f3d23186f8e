"""What another handbook would have made of incidents that are known: their facts under it, beside their facts under their own.

People did what they did under their own handbook; only what was owed, and by when, is worked out anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core.duties import OWED, Duty, ledger
from tocsin.core.facts import Fact, What
from tocsin.core.folding import fold
from tocsin.core.handbook import Handbook

OVERDUE: Final = "overdue"
OUTCOMES: Final = ("met", "late", "missed", "waived", OVERDUE, OWED)
"""What becomes of a duty; `owed` is one whose time has not come yet."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a duty stands in one ledger: one of OUTCOMES, and when it is due."""

    outcome: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A duty that stands otherwise. `was` is None for a new one, `would` for one that is gone."""

    duty: str
    rule: str
    title: str
    was: Stand | None
    would: Stand | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One incident under the other handbook: how its duties stood and would stand by outcome, and each that differs.

    A duty that only falls due at another time, and stands the same, is no change.
    """

    ref: str
    was: Mapping[str, int]
    would: Mapping[str, int]
    changes: tuple[Change, ...]
    rules: Mapping[str, RuleTrial]


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """One duty of the handbooks over incidents: how often each outcome was and would be; how many duties are new and gone."""

    rule: str
    title: str
    was: Mapping[str, int]
    would: Mapping[str, int]
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Trials:
    """The sum over all incidents. `changed` holds those in which anything differs, the newest first; `left_out` were too many."""

    name: str
    version: str
    incidents: int
    was: Mapping[str, int]
    would: Mapping[str, int]
    new: int
    gone: int
    rules: tuple[RuleTrial, ...]
    changed: tuple[Trial, ...]
    left_out: int


def try_handbook(facts: Sequence[Fact], own: Handbook, other: Handbook, now: datetime) -> Trial:
    """An incident's facts under another handbook.

    A kind that the other handbook does not have becomes its first one, as in a new incident; a severity, its worst.
    """
    incident = fold(facts)
    was = {duty.id: duty for duty in ledger(incident, own, now)}
    translated = _translated(facts, was, own, other)
    would = {duty.id: duty for duty in ledger(fold(translated), other, now)}
    pairs = [(id, was.get(id), would.get(id)) for id in dict.fromkeys([*was, *would])]
    return Trial(
        ref=incident.ref,
        was=_counted(was.values(), now),
        would=_counted(would.values(), now),
        changes=tuple(_changes(pairs, now)),
        rules={rule.rule: rule for rule in _by_rule(pairs, now)},
    )


class Summing:
    """The sum of trials in the making, for incidents that come a few at a time: it keeps at most `keep` of them."""

    def __init__(self, other: Handbook, keep: int) -> None:
        self._other = other
        self._keep = keep
        self._incidents = 0
        self._left_out = 0
        self._rules: dict[str, RuleTrial] = {}
        self._changed: list[Trial] = []

    def add(self, trial: Trial) -> None:
        self._incidents += 1
        for id, rule in trial.rules.items():
            known = self._rules.get(id)
            self._rules[id] = _added(known, rule) if known else rule
        if not trial.changes:
            return
        self._changed.append(trial)
        if len(self._changed) > self._keep:
            self._changed.pop(0)
            self._left_out += 1

    def sum(self) -> Trials:
        rules = tuple(rule for _, rule in sorted(self._rules.items()))
        return Trials(
            name=self._other.name,
            version=self._other.version,
            incidents=self._incidents,
            was=_sum(rule.was for rule in rules),
            would=_sum(rule.would for rule in rules),
            new=sum(rule.new for rule in rules),
            gone=sum(rule.gone for rule in rules),
            rules=rules,
            changed=tuple(reversed(self._changed)),
            left_out=self._left_out,
        )


def summed(trials: Iterable[Trial], other: Handbook, keep: int = 200) -> Trials:
    """The sum of trials that come oldest incident first."""
    summing = Summing(other, keep)
    for trial in trials:
        summing.add(trial)
    return summing.sum()


def _translated(facts: Sequence[Fact], was: Mapping[str, Duty], own: Handbook, other: Handbook) -> list[Fact]:
    """The facts as they would be told under the other handbook.

    Which duties Tocsin chased followed from the own handbook: where the duty's rule differs that goes, and what comes after moves up.
    """
    same = {
        rule.id for rule in own.rules if own.severities == other.severities and other.rule(rule.id) == rule
    }
    kept = [
        fact
        for fact in facts
        if not isinstance(fact.what, f.DutyChased)
        or ((duty := was.get(fact.what.duty)) is not None and duty.rule.id in same)
    ]
    return [_retold(fact, n, _in_words_of(other, fact.what)) for n, fact in enumerate(kept, 1)]


def _retold(fact: Fact, n: int, what: What) -> Fact:
    """Most facts stay as they are, and making each anew would be a fifth of all the time that a trial takes."""
    return fact if fact.n == n and fact.what is what else replace(fact, n=n, what=what)


def _in_words_of(other: Handbook, what: What) -> What:
    match what:
        case f.Declared(kind=kind, severity=severity):
            known, rank = other.kind(kind) or other.kinds[0], other.severity(severity)
            same = (kind, severity) == (known.id, rank.id)
            return what if same else replace(what, kind=known.id, severity=rank.id)
        case f.KindChanged(now=now):
            known = other.kind(now) or other.kinds[0]
            return what if now == known.id else replace(what, now=known.id)
        case f.SeverityChanged(now=now):
            rank = other.severity(now)
            return what if now == rank.id else replace(what, now=rank.id)
        case _:
            return what


def _stand(duty: Duty, now: datetime) -> Stand:
    return Stand(OVERDUE if duty.is_overdue(now) else duty.state, duty.due_at)


def _counted(duties: Iterable[Duty], now: datetime) -> dict[str, int]:
    return _whole(Counter(_stand(duty, now).outcome for duty in duties))


Pair = tuple[str, Duty | None, Duty | None]


def _changes(pairs: Iterable[Pair], now: datetime) -> Iterator[Change]:
    for id, was, would in pairs:
        before = _stand(was, now) if was else None
        after = _stand(would, now) if would else None
        known = would or was
        if known and (before is None or after is None or before.outcome != after.outcome):
            yield Change(id, known.rule.id, known.title, before, after)


@dataclass(slots=True)
class _RuleTally:
    title: str = ""
    was: Counter[str] = field(default_factory=Counter)
    would: Counter[str] = field(default_factory=Counter)
    new: int = 0
    gone: int = 0


def _by_rule(pairs: Iterable[Pair], now: datetime) -> Iterator[RuleTrial]:
    tallies: defaultdict[str, _RuleTally] = defaultdict(_RuleTally)
    for _, was, would in pairs:
        if was:
            tally = tallies[was.rule.id]
            tally.was[_stand(was, now).outcome] += 1
            tally.gone += would is None
            tally.title = tally.title or was.title
        if would:
            tally = tallies[would.rule.id]
            tally.would[_stand(would, now).outcome] += 1
            tally.new += was is None
            tally.title = would.title
    for rule, tally in tallies.items():
        yield RuleTrial(rule, tally.title, _whole(tally.was), _whole(tally.would), tally.new, tally.gone)


def _added(one: RuleTrial, more: RuleTrial) -> RuleTrial:
    return RuleTrial(
        one.rule,
        more.title,
        _sum((one.was, more.was)),
        _sum((one.would, more.would)),
        one.new + more.new,
        one.gone + more.gone,
    )


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return _whole(total)


def _whole(counts: Counter[str]) -> dict[str, int]:
    """Every outcome by name, also those that there are none of."""
    return {name: counts[name] for name in OUTCOMES}
