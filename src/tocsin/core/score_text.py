"""Scores and trials as text of 80 columns to read, as values for JSON, and as rows for CSV. Pure functions of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.core.ops_log import harmless
from tocsin.core.score import Group, Kept, Score, Silence, Waits
from tocsin.core.trial import OUTCOMES, Change, RuleTrial, Stand, Trial, Trials
from tocsin.core.words import shortened

WIDTH: Final = 80
COLUMNS: Final = (
    "per", "name", "title", "due", "met", "late", "missed", "waived", "overdue", "share_met",
    "median_late_seconds", "worst_late_seconds", "silence_seconds", "silence_ref", "silence_start",
    "reports", "unanswered", "wait_median_seconds", "wait_p90_seconds", "wait_worst_seconds",
)  # fmt: skip
KEPT_HEADINGS: Final = ("DUE", "MET", "LATE", "MISSED", "WAIVED", "OVERDUE", "IN TIME", "WORST")
Json = dict[str, Any]


# --- the score ----------------------------------------------------------------------------------------------------------


def score_text(score: Score) -> str:
    """The score to read in a terminal."""
    head = (
        f"The handbook's score from {_at(score.window.start)} to {_at(score.window.end)} UTC\n"
        f"{_many(score.incidents, 'incident')}"
    )
    if not score.incidents:
        return f"{head}: nothing fell into this time."
    parts = [head, _told(score.total)]
    parts.append(_table("DUTY", [(duty.rule, duty.kept) for duty in score.duties], score.total.kept))
    for heading, groups in (("KIND", score.kinds), ("TEAM", score.teams)):
        parts.append(_table(heading, [(group.name, group.kept) for group in groups]))
        parts.append(_heard(heading, groups))
    return "\n\n".join(parts)


def score_json(score: Score) -> Json:
    """The score as JSON takes it: spans in seconds, times in ISO 8601."""
    return {
        "start": score.window.start.isoformat(),
        "end": score.window.end.isoformat(),
        "incidents": score.incidents,
        "total": _group_json(score.total),
        "duties": [
            {"rule": duty.rule, "title": duty.title, **_kept_json(duty.kept)} for duty in score.duties
        ],
        "kinds": [_group_json(group) for group in score.kinds],
        "teams": [_group_json(group) for group in score.teams],
    }


def score_rows(score: Score) -> Iterator[tuple[str, ...]]:
    """The rows of the CSV, under COLUMNS: one for all, then one a duty, a kind, a team. A cell is empty where there is nothing."""
    yield _row("all", "all", "", score.total.kept, _heard_cells(score.total))
    for duty in score.duties:
        yield _row("duty", duty.rule, duty.title, duty.kept, [""] * 8)
    for per, groups in (("kind", score.kinds), ("team", score.teams)):
        for group in groups:
            yield _row(per, group.name, "", group.kept, _heard_cells(group))


def score_csv(score: Score) -> str:
    """The score as CSV (RFC 4180), with no cell that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in score_rows(score))
    return out.getvalue()


def _told(total: Group) -> str:
    kept, waits = total.kept, total.waits
    share = f"; {_share(kept)} of those not waived were met in time" if kept.share is not None else ""
    lines = [f"Duties: {kept.due} fell due{share}"]
    if kept.worst_late is not None:
        lines.append(f"  missed by {_span(kept.median_late)} (median), {_span(kept.worst_late)} (worst)")
    lines.append(f"Longest silence: {_silence(total.silence)}")
    if waits.reports:
        lines.append(
            f"Reporters waited for their answer: {_span(waits.median)} (median), {_span(waits.p90)} (90%),"
            f" {_span(waits.worst)} (worst)"
        )
        lines.append(f"  {_many(waits.reports, 'report')}, {waits.unanswered} not answered yet")
    else:
        lines.append("Reporters waited for their answer: nobody from outside reported")
    return "\n".join(lines)


def _table(heading: str, rows: Sequence[tuple[str, Kept]], total: Kept | None = None) -> str:
    lines = [(name, *_kept_cells(kept)) for name, kept in rows]
    if total is not None:
        lines.append(("all", *_kept_cells(total)))
    return _aligned((heading, *KEPT_HEADINGS), lines)


def _kept_cells(kept: Kept) -> tuple[str, ...]:
    counts = (kept.due, kept.met, kept.late, kept.missed, kept.waived, kept.overdue)
    return (*map(str, counts), _share(kept), _span(kept.worst_late))


def _heard(heading: str, groups: Iterable[Group]) -> str:
    rows = [
        (
            group.name,
            _span(group.silence.length if group.silence else None),
            group.silence.ref if group.silence else "-",
            str(group.waits.reports),
            str(group.waits.unanswered),
            _span(group.waits.median),
            _span(group.waits.p90),
            _span(group.waits.worst),
        )
        for group in groups
    ]
    return _aligned((heading, "SILENCE", "IN", "REPORTS", "NO WORD", "MEDIAN", "90%", "WORST"), rows)


def _aligned(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, figures to the right; a name gives way where a line would be wider than a terminal."""
    lines = [headings, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(1, len(headings))]
    room = min(max(8, WIDTH - sum(width + 2 for width in widths)), max(len(line[0]) for line in lines))
    return "\n".join(
        "  ".join(
            [
                shortened(line[0], room).ljust(room),
                *(cell.rjust(width) for cell, width in zip(line[1:], widths, strict=True)),
            ]
        ).rstrip()
        for line in lines
    )


def _silence(silence: Silence | None) -> str:
    if silence is None:
        return "none"
    return f"{_span(silence.length)}, on {silence.ref} from {_at(silence.start)}"


def _share(kept: Kept) -> str:
    """Rounded down, so that 100% is never said of less than all."""
    return f"{int(kept.share * 100)}%" if kept.share is not None else "-"


def _span(span: timedelta | None) -> str:
    """A span in at most six signs: `42s`, `17m`, `3h05`, `4d02h`, `31d`."""
    if span is None:
        return "-"
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86400:
        return f"{seconds // 3600}h{seconds % 3600 // 60:02}"
    days = seconds // 86400
    return f"{days}d" if days >= 10 else f"{days}d{seconds % 86400 // 3600:02}h"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _at(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _row(per: str, name: str, title: str, kept: Kept, heard: Sequence[str]) -> tuple[str, ...]:
    counts = (kept.due, kept.met, kept.late, kept.missed, kept.waived, kept.overdue)
    share = "" if kept.share is None else f"{kept.share:.4f}"
    return (
        per, name, title, *map(str, counts), share, _cell(kept.median_late), _cell(kept.worst_late), *heard,
    )  # fmt: skip


def _heard_cells(group: Group) -> list[str]:
    silence, waits = group.silence, group.waits
    silent = [_cell(silence.length), silence.ref, silence.start.isoformat()] if silence else [""] * 3
    spans = (waits.median, waits.p90, waits.worst)
    return [*silent, str(waits.reports), str(waits.unanswered), *map(_cell, spans)]


def _cell(span: timedelta | None) -> str:
    return "" if span is None else f"{span.total_seconds():g}" if span.microseconds else f"{_whole(span)}"


def _whole(span: timedelta) -> int:
    return span.days * 86400 + span.seconds


def _group_json(group: Group) -> Json:
    silence = group.silence
    return {
        "name": group.name,
        **_kept_json(group.kept),
        "silence": silence
        and {
            "ref": silence.ref,
            "start": silence.start.isoformat(),
            "seconds": silence.length.total_seconds(),
        },
        "waits": _waits_json(group.waits),
    }


def _kept_json(kept: Kept) -> Json:
    return {
        "due": kept.due,
        "met": kept.met,
        "late": kept.late,
        "missed": kept.missed,
        "waived": kept.waived,
        "overdue": kept.overdue,
        "share_met": kept.share,
        "median_late_seconds": _seconds(kept.median_late),
        "worst_late_seconds": _seconds(kept.worst_late),
    }


def _waits_json(waits: Waits) -> Json:
    return {
        "reports": waits.reports,
        "unanswered": waits.unanswered,
        "median_seconds": _seconds(waits.median),
        "p90_seconds": _seconds(waits.p90),
        "worst_seconds": _seconds(waits.worst),
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


# --- a trial ------------------------------------------------------------------------------------------------------------


def trial_text(trials: Trials) -> str:
    """What another handbook would have made of the incidents, to read in a terminal."""
    head = f"{_many(trials.incidents, 'incident')} under {trials.name}, version {trials.version}"
    if not trials.incidents:
        return f"{head}: there is nothing to try it on."
    if not (trials.changed or trials.left_out):
        return f"{head}: every duty would stand as it does."
    parts = [head, _sum_text(trials), "Duties that would stand otherwise:\n" + _rules_text(trials.rules)]
    parts += ["\n".join(_incident_lines(trial)) for trial in trials.changed]
    if trials.left_out:
        parts.append(
            f"{_many(trials.left_out, 'older incident')} would change too; that is in the sums above."
        )
    return "\n\n".join(parts)


def trial_json(trials: Trials) -> Json:
    """The trials as JSON takes them."""
    return {
        "name": trials.name,
        "version": trials.version,
        "incidents": trials.incidents,
        "was": dict(trials.was),
        "would": dict(trials.would),
        "new": trials.new,
        "gone": trials.gone,
        "rules": [_rule_json(rule) for rule in trials.rules],
        "changed": [
            {
                "ref": trial.ref,
                "was": dict(trial.was),
                "would": dict(trial.would),
                "changes": [_change_json(change) for change in trial.changes],
            }
            for trial in trials.changed
        ],
        "left_out": trials.left_out,
    }


def _sum_text(trials: Trials) -> str:
    rows = [
        (name, *_outcome_cells(counts)) for name, counts in (("was", trials.was), ("would be", trials.would))
    ]
    table = _aligned(("ALL DUTIES", *(name.upper() for name in OUTCOMES)), rows)
    return f"{table}\n{trials.new} duties would be new, {trials.gone} would be gone."


def _outcome_cells(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(str(counts[name]) for name in OUTCOMES)


def _rules_text(rules: Iterable[RuleTrial]) -> str:
    rows = [
        (rule.rule, *(_before_after(rule, name) for name in OUTCOMES), f"{rule.new}/{rule.gone}")
        for rule in rules
        if rule.was != rule.would or rule.new or rule.gone
    ]
    return _aligned(("DUTY", *(name.upper() for name in OUTCOMES), "NEW/GONE"), rows)


def _before_after(rule: RuleTrial, outcome: str) -> str:
    was, would = rule.was[outcome], rule.would[outcome]
    return str(was) if was == would else f"{was}>{would}"


def _incident_lines(trial: Trial) -> Iterator[str]:
    yield trial.ref
    for change in trial.changes:
        line = f"  {change.duty}: {_stands(change.was)} -> {_stands(change.would)}"
        yield shortened(line, WIDTH)


def _stands(stand: Stand | None) -> str:
    return f"{stand.outcome} (due {stand.due_at:%m-%d %H:%M})" if stand else "none"


def _rule_json(rule: RuleTrial) -> Json:
    return {
        "rule": rule.rule,
        "title": rule.title,
        "was": dict(rule.was),
        "would": dict(rule.would),
        "new": rule.new,
        "gone": rule.gone,
    }


def _change_json(change: Change) -> Json:
    return {
        "duty": change.duty,
        "rule": change.rule,
        "title": change.title,
        "was": _stand_json(change.was),
        "would": _stand_json(change.would),
    }


def _stand_json(stand: Stand | None) -> Json | None:
    return {"outcome": stand.outcome, "due_at": stand.due_at.isoformat()} if stand else None
