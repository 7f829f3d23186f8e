"""Reads a handbook's TOML text and checks it as a whole: every problem at once, with its line and what to write instead."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tocsin.core import handbook as hb
from tocsin.core.builds_text import build_watch
from tocsin.core.facts import KINDS, STEP
from tocsin.core.intake_text import inbox_within, intake_rules
from tocsin.core.toml_lines import Lines
from tocsin.errors import Invalid

SPAN = re.compile(r"(-?)([0-9]{1,9})([smhd])")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_SPAN = timedelta(days=3650)
"""Nothing in an incident takes ten years; what is longer is a slip of the pen, and far too long overflows a date."""
DRAFT, ENDING = {"title", "organisation", "ref", "kind"}, {"public", "organisation", "ref"}
REPORTER = {"status_page", "organisation", "title", "ref"}
TEXTS = {
    "answer": REPORTER,
    "told_resolved": REPORTER | {"public"},
    "told_dismissed": REPORTER | {"public"},
    "public_resolved": {"organisation"},
    "issue_title": DRAFT,
    "issue_body": DRAFT,
    "post": DRAFT | {"issue"},
    "issue_closed": ENDING,
    "post_resolved": {"public", "issue", "organisation"},
}
"""Every text, with the parts that can be filled in."""
ID = re.compile(r"[A-Za-z0-9_][\w.-]*")
RULE_KEYS = {
    "id", "title", "section", "text", "arises", "after_severe", "per", "kinds", "outside_only", "after_fact", "needs",
    "owes", "within", "due_from", "discharged_by", "ends_with", "does", "automatic", "late", "again_every", "waivable", "by_hand",
    "severities",
}  # fmt: skip
HEAD_KEYS = {"name", "version", "title", "intro", "organisation"}
TOP_KEYS = {
    "handbook",
    "kind",
    "severity",
    "escalation",
    "section",
    "step",
    "duty",
    "texts",
    "intake",
    "inbox",
    "builds",
}
CHATTER = {
    "note_added", "duty_chased", "duty_waived", "duty_done_by_hand", "action_approved", "paged", "page_delivered",
    "nobody_to_page", "escalation_ran_out", "delivery_refused", "report_received", "incident_declared", "retitled",
    "public_words_drafted", "delivery_delayed", "message_delivered", "task_delegated", "handover_asked",
    "retrospective_invited", "retrospective_reminded", "alert_created",
    "inbox_overlooked",
}  # fmt: skip
"""Facts that show nothing done: what was said, what Tocsin itself did about a duty, what a provider took."""
REQUESTS = {"task_delegated", "task_accepted", "handover_asked", "follow_up_filed", "follow_up_reopened"}
"""Facts with which a duty of one person arises: of the one who was asked."""
ABILITIES = ("thread", "issue", "post", "doc")
ONE_BY_ONE = ("answer_reporter", "tell_reporter")
"""Actions for one report; all the others are for an incident."""
DUE_FIELDS = ("next_update_at", "answer_by", "done_by", "due_at")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a handbook, on which line (from 1), and what to write instead."""

    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}. {self.instead}"


class BadHandbook(Invalid):
    """A handbook that can't be used, with all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(
            "The handbook can't be used:\n" + "\n".join(f"  {problem}" for problem in self.problems)
        )


def read_handbook(text: str) -> hb.Handbook:
    """The handbook that `text` (TOML) spells. BadHandbook, with every problem at once, if there is any."""
    try:
        data = tomllib.loads(text)
    except RecursionError as why:
        raise BadHandbook([Problem(1, "it is nested too deep", "Write plain tables and lists.")]) from why
    except (
        ValueError
    ) as why:  # Beside its own errors the parser lets some of Python's through: a number without end.
        found = re.search(r"at line (\d+)", str(why))
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadHandbook(
            [Problem(line, f"this is not TOML: {why}", "Mend the spelling of that line.")]
        ) from why
    reader = _Reader(text, data)
    handbook = reader.handbook()
    if reader.problems:
        raise BadHandbook(reader.problems)
    return handbook


def span_of(text: str) -> timedelta | None:
    """The span that `30s`, `5m`, `2h` or `1d` spells; None for anything else, and for more than ten years."""
    match = SPAN.fullmatch(text)
    if not match:
        return None
    sign, number, unit = match.groups()
    seconds = int(number) * UNITS[unit]
    if seconds > LONGEST_SPAN.total_seconds():
        return None
    return timedelta(seconds=-seconds if sign else seconds)


def span_text(span: timedelta) -> str:
    """A span as people say it: `30 min`, `2 h`, `1 day`."""
    seconds = int(span.total_seconds())
    for size, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if name == 'day' and count != 1 else ''}"
    return f"{seconds} s"


class _Reader:
    """Reads the parts in turn and gathers what is wrong with them."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self._data = data
        self._lines = Lines(text)
        self._hash = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        self.problems: list[Problem] = []

    def handbook(self) -> hb.Handbook:
        self._only_keys(self._data, TOP_KEYS, "", 0)
        head = self._table("handbook")
        self._only_keys(head, HEAD_KEYS, "handbook", 0)
        kinds = tuple(self._kind(i, row) for i, row in enumerate(self._rows("kind")))
        names = _Names([kind.id for kind in kinds])
        severities = tuple(self._severity(i, row, names) for i, row in enumerate(self._rows("severity")))
        sections = tuple(self._section(i, row) for i, row in enumerate(self._rows("section")))
        policy = tuple(self._step(i, row, names) for i, row in enumerate(self._rows("escalation")))
        steps = tuple(self._recorded(i, row, names) for i, row in enumerate(self._rows("step")))
        names = _Names(
            names.kinds, [s.id for s in severities], [s.id for s in sections], [s.id for s in steps]
        )
        rules = tuple(self._rule(i, row, names) for i, row in enumerate(self._rows("duty")))
        self._need_some(kind=kinds, severity=severities, section=sections, escalation=policy, duty=rules)
        self._only_public(rules, {kind.id for kind in kinds if kind.public})
        self._unique("duty", [rule.id for rule in rules])
        self._unique("section", names.sections)
        self._unique("kind", names.kinds)
        self._unique("severity", names.severities)
        self._unique("step", names.steps)
        self._complete(kinds, severities, policy)
        return hb.Handbook(
            hash=self._hash,
            name=self._text("handbook", 0, head, "name"),
            version=self._text("handbook", 0, head, "version"),
            title=self._text("handbook", 0, head, "title"),
            intro=self._text("handbook", 0, head, "intro", needed=False),
            organisation=self._text("handbook", 0, head, "organisation"),
            kinds=kinds,
            severities=severities,
            policy=policy,
            rules=rules,
            texts=self._texts(),
            sections=sections,
            steps=steps,
            intake=intake_rules(self, names.kinds),
            inbox_within=inbox_within(self),
            builds=build_watch(self, names.kinds, severities),
        )

    def _kind(self, i: int, row: Mapping[str, Any]) -> hb.Kind:
        self._only_keys(row, {"id", "title", "example", "public", "private"}, "kind", i)
        return hb.Kind(
            id=self._id("kind", i, row),
            title=self._text("kind", i, row, "title"),
            example=self._text("kind", i, row, "example", needed=False),
            public=self._flag("kind", i, row, "public", default=False),
            private=self._flag("kind", i, row, "private", default=False),
        )

    def _complete(
        self, kinds: tuple[hb.Kind, ...], severities: tuple[hb.Severity, ...], policy: tuple[hb.Step, ...]
    ) -> None:
        """Each kind has a severity to start with, and somebody to page."""
        for i, kind in enumerate(kinds):
            for table, parts in (("severity", severities), ("escalation", policy)):
                if parts and not any(not part.kinds or kind.id in part.kinds for part in parts):
                    what = f"{kind.id} has no {table}"
                    self._wrong(
                        "kind", i, "id", what, f"Add a [[{table}]] without kinds, or one that names it."
                    )

    def _recorded(self, i: int, row: Mapping[str, Any], names: _Names) -> hb.Recorded:
        self._only_keys(row, {"id", "title", "text", "fields", "kinds"}, "step", i)
        fields = self._words("step", i, row, "fields")
        if len(set(fields)) != len(fields):
            self._wrong("step", i, "fields", "a field is named twice", "Name each once.")
        return hb.Recorded(
            id=self._id("step", i, row),
            title=self._text("step", i, row, "title"),
            text=self._text("step", i, row, "text", needed=False),
            fields=fields,
            kinds=self._some_of("step", i, row, "kinds", names.kinds),
        )

    def _severity(self, i: int, row: Mapping[str, Any], names: _Names) -> hb.Severity:
        self._only_keys(row, {"id", "title", "help", "severe", "kinds"}, "severity", i)
        return hb.Severity(
            id=self._id("severity", i, row),
            title=self._text("severity", i, row, "title"),
            help=self._text("severity", i, row, "help", needed=False),
            severe=self._flag("severity", i, row, "severe", default=False),
            kinds=self._some_of("severity", i, row, "kinds", names.kinds),
        )

    def _section(self, i: int, row: Mapping[str, Any]) -> hb.Section:
        self._only_keys(row, {"id", "title", "text"}, "section", i)
        return hb.Section(
            id=self._id("section", i, row),
            title=self._text("section", i, row, "title"),
            text=self._text("section", i, row, "text", needed=False),
        )

    def _step(self, i: int, row: Mapping[str, Any], names: _Names) -> hb.Step:
        self._only_keys(row, {"to", "wait", "kinds"}, "escalation", i)
        to = self._words("escalation", i, row, "to")
        for n, target in enumerate(to):
            if target != "on-call" and not re.fullmatch(r"(team|person):\S+", target):
                self._wrong(
                    "escalation",
                    i,
                    "to",
                    f"{target!r} is nobody",
                    'Write "on-call", "team:NAME" or "person:HANDLE".',
                    n,
                )
        wait = self._span("escalation", i, row, "wait") or timedelta(minutes=10)
        return hb.Step(to, wait, self._some_of("escalation", i, row, "kinds", names.kinds))

    def _rule(self, i: int, row: Mapping[str, Any], names: _Names) -> hb.Rule:
        self._only_keys(row, RULE_KEYS, "duty", i)
        late = tuple(self._chase(i, n, step) for n, step in enumerate(_list(row.get("late", []))))
        if [chase.after for chase in late] != sorted(chase.after for chase in late):
            self._wrong("duty", i, "late", "its steps are out of order", "Put them in the order of `after`.")
        rule = hb.Rule(
            id=self._id("duty", i, row),
            title=self._text("duty", i, row, "title"),
            section=self._one_of("duty", i, row, "section", names.sections),
            text=self._text("duty", i, row, "text"),
            arises=self._facts(i, row, "arises", names),
            after_severe=self._span("duty", i, row, "after_severe", needed=False),
            per=self._one_of("duty", i, row, "per", hb.ARISES_PER, default=hb.ONCE),
            kinds=self._some_of("duty", i, row, "kinds", names.kinds),
            outside_only=self._flag("duty", i, row, "outside_only", default=False),
            after_fact=self._one_of("duty", i, row, "after_fact", KINDS, default=""),
            needs=self._some_of("duty", i, row, "needs", ABILITIES),
            owes=self._one_of("duty", i, row, "owes", hb.OWERS),
            within=self._within(i, row, names),
            due_from=self._one_of("duty", i, row, "due_from", DUE_FIELDS, default=""),
            discharged_by=self._facts(i, row, "discharged_by", names),
            ends_with=self._facts(i, row, "ends_with", names),
            does=self._one_of("duty", i, row, "does", hb.ACTIONS, default=""),
            automatic=self._words("duty", i, row, "automatic", needed=False),
            late=late,
            again_every=self._span("duty", i, row, "again_every", needed=False),
            waivable=self._flag("duty", i, row, "waivable", default=True),
            by_hand=self._flag("duty", i, row, "by_hand", default=False),
            severities=self._some_of("duty", i, row, "severities", names.severities),
        )
        self._sense(i, rule)
        return rule

    def _sense(self, i: int, rule: hb.Rule) -> None:
        if not rule.arises and rule.after_severe is None:
            self._wrong(
                "duty",
                i,
                "id",
                f"{rule.id} never arises",
                'Write `arises = ["…"]` or `after_severe = "30m"`.',
            )
        if not rule.discharged_by and not rule.by_hand:
            self._wrong(
                "duty",
                i,
                "id",
                f"{rule.id} can't be discharged",
                'Write `discharged_by = ["…"]` or `by_hand = true`.',
            )
        if rule.automatic and not rule.does:
            self._wrong(
                "duty", i, "automatic", "it says who acts, but not what", "Add `does`, or take this line out."
            )

        if rule.does in ONE_BY_ONE and rule.per != hb.PER_REPORT:
            self._wrong("duty", i, "does", f"{rule.does} is for one report", 'Add `per = "report"`.')
        if rule.does and rule.does not in (*ONE_BY_ONE, "ask") and rule.per == hb.PER_REPORT:
            self._wrong("duty", i, "per", f"{rule.does} is for an incident", 'Write `per = "incident"`.')
        for kind in rule.discharged_by:
            if kind in CHATTER:
                what = f"{kind} is no evidence that anything was done"
                self._wrong(
                    "duty", i, "discharged_by", what, "Name a fact that shows it done, such as update_posted."
                )
        ranks = [hb.CHASES.index(chase.do) for chase in rule.late if chase.do in hb.CHASES]
        if ranks != sorted(ranks):
            instead = f"Put them in this order: {', '.join(hb.CHASES)}."
            self._wrong("duty", i, "late", "somebody else hears of it before those who owe it", instead)
        if (rule.owes == hb.ASKED) != (rule.per == hb.EACH):
            what = '"asked" is whoever the task, handover or follow-up went to'
            self._wrong("duty", i, "owes", what, 'Write `per = "each"` and `owes = "asked"` together.')
        if rule.per == hb.EACH and not set(rule.arises) <= REQUESTS:
            self._wrong(
                "duty", i, "arises", "nobody is asked for anything there", f"Name {_or(sorted(REQUESTS))}."
            )
        if "duty_chased" in rule.arises:
            self._wrong(
                "duty",
                i,
                "arises",
                "a duty that arises when one is chased would arise for ever",
                "Let it arise with what people do.",
            )

    def _only_public(self, rules: tuple[hb.Rule, ...], public: set[str]) -> None:
        for i, rule in enumerate(rules):
            if rule.does == "draft_public_words" and (not rule.kinds or set(rule.kinds) - public):
                self._wrong(
                    "duty",
                    i,
                    "kinds",
                    f"{rule.id} asks for public words about kinds that are not public",
                    f"Name only kinds with `public = true`: {_or(sorted(public)) or 'there is none'}.",
                )

    def _chase(self, i: int, n: int, step: Any) -> hb.Chase:
        row = step if isinstance(step, Mapping) else {}
        for key in sorted(set(row) - {"after", "do"}):
            self._wrong("duty", i, "late", f"the key {key} is not known", "Write `after` and `do`.", n)
        after = span_of(str(row.get("after", "")))
        if after is None:
            self._wrong(
                "duty", i, "late", f"`after` is {row.get('after')!r}", 'Write a span such as "5m".', n
            )
        if row.get("do") not in hb.CHASES:
            self._wrong("duty", i, "late", f"`do` is {row.get('do')!r}", f"Write one of {_or(hb.CHASES)}.", n)
        return hb.Chase(after or timedelta(0), str(row.get("do", hb.REMIND)))

    def _within(self, i: int, row: Mapping[str, Any], names: _Names) -> Mapping[str, timedelta]:
        given = row.get("within")
        if not isinstance(given, Mapping):
            return {"*": self._span("duty", i, row, "within") or timedelta(minutes=10)}
        spans = {}
        for severity, span in given.items():
            if severity not in names.severities:
                self._wrong(
                    "duty",
                    i,
                    "within",
                    f"{severity!r} is no severity",
                    f"Write one of {_or(names.severities)}.",
                )
            spans[severity] = span_of(str(span)) or timedelta(0)
            if spans[severity] <= timedelta(0):
                self._wrong("duty", i, "within", f"{span!r} is no span", 'Write a span such as "30m".')
        for severity in set(names.severities) - set(spans):
            self._wrong("duty", i, "within", f"{severity} has no span", f'Add `{severity} = "30m"`.')
        return spans or {"*": timedelta(minutes=10)}

    def _texts(self) -> Mapping[str, str]:
        given = self._table("texts")
        for name in sorted(set(given) - set(TEXTS)):
            self._wrong("texts", 0, name, f"no text is named {name}", _did_you_mean(name, TEXTS))
        for name in sorted(set(TEXTS) - set(given)) if given else ():
            self._wrong("texts", 0, "", f"the text {name} is missing", f'Add `{name} = "…"`.')
        texts = {name: self._text("texts", 0, given, name) for name in TEXTS if name in given}
        for name, text in texts.items():
            for part in re.findall(r"\{(\w+)\}", text):
                if part not in TEXTS[name]:
                    self._wrong(
                        "texts", 0, name, f"nothing fills in {{{part}}}", _did_you_mean(part, TEXTS[name])
                    )
        return texts

    # --- the small parts -----------------------------------------------------------------------------------------------

    def _wrong(
        self, table: str, i: int, key: str, what: str, instead: str, element: int | None = None
    ) -> None:
        place = f"{table}.{key}" if key and table else key or table
        line = self._lines.of(table, i, key, element) if table else self._lines.of(key, 0)
        self.problems.append(Problem(line, f"{place}: {what}", instead))

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self._data.get(name)
        if isinstance(table, Mapping):
            return table
        self._wrong(name, 0, "", f"the table [{name}] is missing", f"Add `[{name}]`.")
        return {}

    def _rows(self, name: str) -> list[Mapping[str, Any]]:
        rows = self._data.get(name, [])
        if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows):
            return rows
        self._wrong(name, 0, "", f"{name} is not a list of tables", f"Write `[[{name}]]` above each.")
        return []

    def _need_some(self, **parts: tuple[object, ...]) -> None:
        for name, part in parts.items():
            if not part:
                self.problems.append(
                    Problem(1, f"there is no [[{name}]]", "Add one; handbooks/default.toml shows how.")
                )

    def _only_keys(self, row: Mapping[str, Any], known: set[str], table: str, i: int) -> None:
        for key in sorted(set(row) - known):
            self._wrong(table, i, key, "this key is not known", _did_you_mean(key, known))

    def _unique(self, table: str, ids: list[str]) -> None:
        for i, id in enumerate(ids):
            if id and id in ids[:i]:
                self._wrong(table, i, "id", f"{id!r} is taken by an earlier {table}", "Give it another id.")

    def _id(self, table: str, i: int, row: Mapping[str, Any]) -> str:
        id = self._text(table, i, row, "id")
        if id and not ID.fullmatch(id):
            self._wrong(
                table, i, "id", f"{id!r} is no id", "Write letters, digits, dots, dashes and underscores."
            )
        return id

    def _text(self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True) -> str:
        value = row.get(key, "")
        if not isinstance(value, str):
            self._wrong(table, i, key, f"{value!r} is not a text", f'Write `{key} = "{value}"`.')
            return ""
        if needed and not value.strip():
            self._wrong(table, i, key, "it is missing", f'Add `{key} = "…"`.')
        if "\0" in value:
            self._wrong(table, i, key, "it holds a NUL, which can't be kept", "Take it out.")
        return value.strip()

    def _flag(self, table: str, i: int, row: Mapping[str, Any], key: str, default: bool) -> bool:
        value = row.get(key, default)
        if not isinstance(value, bool):
            self._wrong(table, i, key, f"{value!r} is neither true nor false", "Write true or false.")
            return default
        return value

    def _span(
        self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True
    ) -> timedelta | None:
        if key not in row and not needed:
            return None
        span = span_of(str(row.get(key, "")))
        if span is None or span <= timedelta(0):
            self._wrong(
                table, i, key, f"{row.get(key, 'nothing')!r} is no span", 'Write a span such as "10m".'
            )
            return None
        return span

    def _words(
        self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True
    ) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self._wrong(table, i, key, f"{value!r} is not a list of words", f'Write `{key} = ["…"]`.')
            return ()
        if needed and not value:
            self._wrong(table, i, key, "it is missing", f'Add `{key} = ["…"]`.')
        return tuple(value)

    def _some_of(
        self, table: str, i: int, row: Mapping[str, Any], key: str, known: Iterable[str]
    ) -> tuple[str, ...]:
        known = list(known)
        words = self._words(table, i, row, key, needed=False)
        for n, word in enumerate(words):
            if word not in known:
                self._wrong(table, i, key, f"{word!r} is not known", _did_you_mean(word, known), n)
        return words

    def _facts(self, i: int, row: Mapping[str, Any], key: str, names: _Names) -> tuple[str, ...]:
        return self._some_of("duty", i, row, key, [*KINDS, *(f"{STEP}{id}" for id in names.steps)])

    def _one_of(
        self,
        table: str,
        i: int,
        row: Mapping[str, Any],
        key: str,
        known: Iterable[str],
        default: str | None = None,
    ) -> str:
        known = list(known)
        if key not in row and default is not None:
            return default
        value = row.get(key, "")
        if value not in known:
            self._wrong(table, i, key, f"{value!r} is not known", _did_you_mean(str(value), known))
            return default or (known[0] if known else "")
        return str(value)


@dataclass(frozen=True, slots=True)
class _Names:
    """What other tables may refer to, as far as it has been read."""

    kinds: list[str]
    severities: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _or(words: Iterable[str]) -> str:
    return " or ".join(f'"{word}"' for word in words)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f'Did you mean "{near[0]}"?' if near else f"Write one of {_or(known)}."
