"""Reads a handbook's `[[duty]]` tables, and checks whether each makes sense: what arises can be discharged, and is chased in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tocsin.core import handbook as hb
from tocsin.core.facts import KINDS, STEP
from tocsin.core.spans import span_of
from tocsin.core.toml_reader import TomlReader, as_list, either

RULE_KEYS = {
    "id", "title", "section", "text", "arises", "after_severe", "per", "kinds", "outside_only", "after_fact", "needs",
    "owes", "within", "due_from", "discharged_by", "ends_with", "does", "automatic", "late", "again_every", "waivable", "by_hand",
    "severities",
}  # fmt: skip
CHATTER = {
    "note_added", "duty_chased", "duty_waived", "duty_done_by_hand", "action_approved", "paged", "page_delivered",
    "nobody_to_page", "escalation_ran_out", "delivery_refused", "report_received", "incident_declared", "retitled",
    "public_words_drafted", "delivery_delayed", "message_delivered", "task_delegated", "handover_asked",
    "retrospective_invited", "retrospective_reminded", "alert_created",
    "inbox_overlooked", "procedure_asked", "procedure_planned", "procedure_agreed", "step_output", "procedure_stop_asked",
}  # fmt: skip
"""Facts that show nothing done: what was said, what Tocsin itself did about a duty, what a provider took."""
REQUESTS = {"task_delegated", "task_accepted", "handover_asked", "follow_up_filed", "follow_up_reopened"}
"""Facts with which a duty of one person arises: of the one who was asked."""
Wrong = tuple[str, str, str]
"""A key, what is wrong with it, and what to write instead."""
ONE_EACH = {
    "updaters_frozen",
    "branch_locked",
    "schema_found_dirty",
    "procedure_approved",
    "merged_without_review",
}
"""Facts about one thing that nobody in particular was asked for."""
ABILITIES = ("thread", "issue", "post", "doc")
ONE_BY_ONE = ("answer_reporter", "tell_reporter")
"""Actions for one report; all the others are for an incident."""
DUE_FIELDS = ("next_update_at", "answer_by", "done_by", "due_at")


@dataclass(frozen=True, slots=True)
class Names:
    """What other tables may refer to, as far as it has been read."""

    kinds: list[str]
    severities: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    of_kind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The severities that each kind can have."""


def rule_of(reader: TomlReader, i: int, row: Mapping[str, Any], names: Names) -> hb.Rule:
    reader.only_keys(row, RULE_KEYS, "duty", i)
    late = tuple(_chase(reader, i, n, step) for n, step in enumerate(as_list(row.get("late", []))))
    if [chase.after for chase in late] != sorted(chase.after for chase in late):
        reader.wrong("duty", i, "late", "its steps are out of order", "Put them in the order of `after`.")
    rule = hb.Rule(
        id=reader.id("duty", i, row),
        title=reader.text("duty", i, row, "title"),
        section=reader.one_of("duty", i, row, "section", names.sections),
        text=reader.text("duty", i, row, "text"),
        arises=_facts(reader, i, row, "arises", names),
        after_severe=reader.span("duty", i, row, "after_severe", needed=False),
        per=reader.one_of("duty", i, row, "per", hb.ARISES_PER, default=hb.ONCE),
        kinds=reader.some_of("duty", i, row, "kinds", names.kinds),
        outside_only=reader.flag("duty", i, row, "outside_only", default=False),
        after_fact=reader.one_of("duty", i, row, "after_fact", KINDS, default=""),
        needs=reader.some_of("duty", i, row, "needs", ABILITIES),
        owes=reader.one_of("duty", i, row, "owes", hb.OWERS),
        within=_within(reader, i, row, names),
        due_from=reader.one_of("duty", i, row, "due_from", DUE_FIELDS, default=""),
        discharged_by=_facts(reader, i, row, "discharged_by", names),
        ends_with=_facts(reader, i, row, "ends_with", names),
        does=reader.one_of("duty", i, row, "does", hb.ACTIONS, default=""),
        automatic=reader.words("duty", i, row, "automatic", needed=False),
        late=late,
        again_every=reader.span("duty", i, row, "again_every", needed=False),
        waivable=reader.flag("duty", i, row, "waivable", default=True),
        by_hand=reader.flag("duty", i, row, "by_hand", default=False),
        severities=reader.some_of("duty", i, row, "severities", names.severities),
    )
    _sense(reader, i, rule)
    return rule


def _sense(reader: TomlReader, i: int, rule: hb.Rule) -> None:
    for key, what, instead in (*_of_its_ends(rule), *_of_what_is_done(rule), *_of_whom(rule)):
        reader.wrong("duty", i, key, what, instead)


def _of_its_ends(rule: hb.Rule) -> Iterator[Wrong]:
    """How it arises and is discharged."""
    if not rule.arises and rule.after_severe is None:
        yield "id", f"{rule.id} never arises", 'Write `arises = ["…"]` or `after_severe = "30m"`.'
    if not rule.discharged_by and not rule.by_hand:
        instead = 'Write `discharged_by = ["…"]` or `by_hand = true`.'
        yield "id", f"{rule.id} can't be discharged", instead


def _of_what_is_done(rule: hb.Rule) -> Iterator[Wrong]:
    """What Tocsin does for it, what counts as done, and who hears when it is late."""
    if rule.automatic and not rule.does:
        yield "automatic", "it says who acts, but not what", "Add `does`, or take this line out."
    if rule.does in ONE_BY_ONE and rule.per != hb.PER_REPORT:
        yield "does", f"{rule.does} is for one report", 'Add `per = "report"`.'
    if rule.does and rule.does not in (*ONE_BY_ONE, "ask") and rule.per == hb.PER_REPORT:
        yield "per", f"{rule.does} is for an incident", 'Write `per = "incident"`.'
    for kind in rule.discharged_by:
        if kind in CHATTER:
            instead = "Name a fact that shows it done, such as update_posted."
            yield "discharged_by", f"{kind} is no evidence that anything was done", instead
    ranks = [hb.CHASES.index(chase.do) for chase in rule.late if chase.do in hb.CHASES]
    if ranks != sorted(ranks):
        instead = f"Put them in this order: {', '.join(hb.CHASES)}."
        yield "late", "somebody else hears of it before those who owe it", instead


def _of_whom(rule: hb.Rule) -> Iterator[Wrong]:
    """Who owes it, where it arises with what somebody is asked for."""
    if (rule.owes == hb.ASKED) != (rule.per == hb.EACH) and not set(rule.arises) <= ONE_EACH:
        what = '"asked" is whoever the task, handover or follow-up went to'
        yield "owes", what, 'Write `per = "each"` and `owes = "asked"` together.'
    if rule.per == hb.EACH and not set(rule.arises) <= REQUESTS | ONE_EACH:
        instead = f"Name {either(sorted(REQUESTS | ONE_EACH))}."
        yield "arises", "nobody is asked for anything there", instead
    if "duty_chased" in rule.arises:
        what = "a duty that arises when one is chased would arise for ever"
        yield "arises", what, "Let it arise with what people do."


def only_public(reader: TomlReader, rules: tuple[hb.Rule, ...], public: set[str]) -> None:
    for i, rule in enumerate(rules):
        if rule.does == "draft_public_words" and (not rule.kinds or set(rule.kinds) - public):
            reader.wrong(
                "duty",
                i,
                "kinds",
                f"{rule.id} asks for public words about kinds that are not public",
                f"Name only kinds with `public = true`: {either(sorted(public)) or 'there is none'}.",
            )


def _chase(reader: TomlReader, i: int, n: int, step: Any) -> hb.Chase:
    row = step if isinstance(step, Mapping) else {}
    for key in sorted(set(row) - {"after", "do"}):
        reader.wrong("duty", i, "late", f"the key {key} is not known", "Write `after` and `do`.", n)
    after = span_of(str(row.get("after", "")))
    if after is None:
        reader.wrong("duty", i, "late", f"`after` is {row.get('after')!r}", 'Write a span such as "5m".', n)
    if row.get("do") not in hb.CHASES:
        reader.wrong("duty", i, "late", f"`do` is {row.get('do')!r}", f"Write one of {either(hb.CHASES)}.", n)
    return hb.Chase(after or timedelta(0), str(row.get("do", hb.REMIND)))


def _within(reader: TomlReader, i: int, row: Mapping[str, Any], names: Names) -> Mapping[str, timedelta]:
    given = row.get("within")
    if not isinstance(given, Mapping):
        return {"*": reader.span("duty", i, row, "within") or timedelta(minutes=10)}
    spans = {}
    for severity, span in given.items():
        if severity not in names.severities:
            reader.wrong(
                "duty",
                i,
                "within",
                f"{severity!r} is no severity",
                f"Write one of {either(names.severities)}.",
            )
        spans[severity] = span_of(str(span)) or timedelta(0)
        if spans[severity] <= timedelta(0):
            reader.wrong("duty", i, "within", f"{span!r} is no span", 'Write a span such as "30m".')
    only = row.get("kinds")
    kinds = [kind for kind in only if kind in names.of_kind] if isinstance(only, list) and only else []
    needed = {one for kind in kinds for one in names.of_kind[kind]} or set(names.severities)
    for severity in sorted(needed - set(spans)):
        reader.wrong("duty", i, "within", f"{severity} has no span", f'Add `{severity} = "30m"`.')
    return spans or {"*": timedelta(minutes=10)}


def _facts(reader: TomlReader, i: int, row: Mapping[str, Any], key: str, names: Names) -> tuple[str, ...]:
    return reader.some_of("duty", i, row, key, [*KINDS, *(f"{STEP}{id}" for id in names.steps)])
