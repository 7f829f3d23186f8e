"""Reads a handbook's TOML text and checks it as a whole: every problem at once, with its line and what to write instead."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from tocsin.core import handbook as hb
from tocsin.core.builds_text import build_watch
from tocsin.core.intake_text import inbox_within, intake_rules
from tocsin.core.oncall.written import ID
from tocsin.core.procedures.approvals_text import approvals
from tocsin.core.rules_text import Names, only_public, rule_of
from tocsin.core.texts_text import own_texts, texts_of
from tocsin.core.toml_reader import BadHandbook, Problem, TomlReader

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
    "procedure",
}


@lru_cache(maxsize=32)
def read_handbook(text: str) -> hb.Handbook:
    """The handbook that `text` (TOML) spells; kept, since the same few texts are read again and again.

    BadHandbook, with every problem at once, if there is any.
    """
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
    handbook = reader.handbook(text)
    if reader.problems:
        raise BadHandbook(reader.problems)
    return handbook


class _Reader(TomlReader):
    """Reads the parts in turn and gathers what is wrong with them."""

    def handbook(self, text: str) -> hb.Handbook:
        self.only_keys(self.data, TOP_KEYS, "", 0)
        head = self.table("handbook")
        self.only_keys(head, HEAD_KEYS, "handbook", 0)
        kinds = tuple(self._kind(i, row) for i, row in enumerate(self.rows("kind")))
        names = Names([kind.id for kind in kinds])
        severities = tuple(self._severity(i, row, names) for i, row in enumerate(self.rows("severity")))
        sections = tuple(self._section(i, row) for i, row in enumerate(self.rows("section")))
        rows = list(enumerate(self.rows("escalation")))
        policy = tuple(self._step(i, row, names) for i, row in rows if "policy" not in row)
        named = tuple(self._named(i, row, names, severities) for i, row in rows if "policy" in row)
        steps = tuple(self._recorded(i, row, names) for i, row in enumerate(self.rows("step")))
        names = _all_names(names.kinds, severities, sections, steps)
        rules = tuple(rule_of(self, i, row, names) for i, row in enumerate(self.rows("duty")))
        self.need_some(kind=kinds, severity=severities, section=sections, escalation=policy, duty=rules)
        only_public(self, rules, {kind.id for kind in kinds if kind.public})
        self._unique(names, rules)
        self._complete(kinds, severities, policy)
        return hb.Handbook(
            hash=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            name=self.text("handbook", 0, head, "name"),
            version=self.text("handbook", 0, head, "version"),
            title=self.text("handbook", 0, head, "title"),
            intro=self.text("handbook", 0, head, "intro", needed=False),
            organisation=self.text("handbook", 0, head, "organisation"),
            kinds=kinds,
            severities=severities,
            policy=policy,
            rules=rules,
            texts=texts_of(self, kinds),
            sections=sections,
            steps=steps,
            intake=intake_rules(self, names.kinds),
            inbox_within=inbox_within(self),
            builds=build_watch(self, names.kinds, severities),
            approvals=approvals(self),
            named=named,
        )

    def _unique(self, names: Names, rules: tuple[hb.Rule, ...]) -> None:
        self.unique("duty", [rule.id for rule in rules])
        self.unique("section", names.sections)
        self.unique("kind", names.kinds)
        self.unique("severity", names.severities)
        self.unique("step", names.steps)

    def _kind(self, i: int, row: Mapping[str, Any]) -> hb.Kind:
        self.only_keys(row, {"id", "title", "example", "public", "private", "texts"}, "kind", i)
        if row.get("public") is True and row.get("private") is True:
            self.wrong("kind", i, "public", "the kind is public and private", "Keep one of the two.")
        return hb.Kind(
            id=self.id("kind", i, row),
            title=self.text("kind", i, row, "title"),
            example=self.text("kind", i, row, "example", needed=False),
            public=self.flag("kind", i, row, "public", default=False),
            private=self.flag("kind", i, row, "private", default=False),
            texts=own_texts(self, i, row),
        )

    def _complete(
        self, kinds: tuple[hb.Kind, ...], severities: tuple[hb.Severity, ...], policy: tuple[hb.Step, ...]
    ) -> None:
        """Each kind has a severity to start with, and somebody to page."""
        for i, kind in enumerate(kinds):
            for table, parts in (("severity", severities), ("escalation", policy)):
                if parts and not any(not part.kinds or kind.id in part.kinds for part in parts):
                    what = f"{kind.id} has no {table}"
                    self.wrong(
                        "kind", i, "id", what, f"Add a [[{table}]] without kinds, or one that names it."
                    )

    def _recorded(self, i: int, row: Mapping[str, Any], names: Names) -> hb.Recorded:
        self.only_keys(row, {"id", "title", "text", "fields", "kinds"}, "step", i)
        fields = self.words("step", i, row, "fields")
        if len(set(fields)) != len(fields):
            self.wrong("step", i, "fields", "a field is named twice", "Name each once.")
        return hb.Recorded(
            id=self.id("step", i, row),
            title=self.text("step", i, row, "title"),
            text=self.text("step", i, row, "text", needed=False),
            fields=fields,
            kinds=self.some_of("step", i, row, "kinds", names.kinds),
        )

    def _severity(self, i: int, row: Mapping[str, Any], names: Names) -> hb.Severity:
        self.only_keys(row, {"id", "title", "help", "severe", "kinds"}, "severity", i)
        return hb.Severity(
            id=self.id("severity", i, row),
            title=self.text("severity", i, row, "title"),
            help=self.text("severity", i, row, "help", needed=False),
            severe=self.flag("severity", i, row, "severe", default=False),
            kinds=self.some_of("severity", i, row, "kinds", names.kinds),
        )

    def _section(self, i: int, row: Mapping[str, Any]) -> hb.Section:
        self.only_keys(row, {"id", "title", "text"}, "section", i)
        return hb.Section(
            id=self.id("section", i, row),
            title=self.text("section", i, row, "title"),
            text=self.text("section", i, row, "text", needed=False),
        )

    def _named(
        self, i: int, row: Mapping[str, Any], names: Names, severities: tuple[hb.Severity, ...]
    ) -> hb.Named:
        """A policy by its name. Whether there is one is not known here: where it is gone, the steps hold."""
        self.only_keys(row, {"policy", "kinds", "severities", "teams"}, "escalation", i)
        policy = self.text("escalation", i, row, "policy")
        if policy and not ID.fullmatch(policy):
            what = f"{policy!r} is no name of a policy"
            self.wrong("escalation", i, "policy", what, "Write its id, such as payments.")
        return hb.Named(
            policy,
            self.some_of("escalation", i, row, "kinds", names.kinds),
            self.some_of("escalation", i, row, "severities", [one.id for one in severities]),
            self.words("escalation", i, row, "teams") if "teams" in row else (),
        )

    def _step(self, i: int, row: Mapping[str, Any], names: Names) -> hb.Step:
        self.only_keys(row, {"to", "wait", "kinds"}, "escalation", i)
        to = self.words("escalation", i, row, "to")
        for n, target in enumerate(to):
            if target != "on-call" and not re.fullmatch(r"(team|person):\S+", target):
                self.wrong(
                    "escalation",
                    i,
                    "to",
                    f"{target!r} is nobody",
                    'Write "on-call", "team:NAME" or "person:HANDLE".',
                    n,
                )
        wait = self.span("escalation", i, row, "wait") or timedelta(minutes=10)
        return hb.Step(to, wait, self.some_of("escalation", i, row, "kinds", names.kinds))


def _all_names(
    kinds: list[str],
    severities: tuple[hb.Severity, ...],
    sections: tuple[hb.Section, ...],
    steps: tuple[hb.Recorded, ...],
) -> Names:
    of_kind = {kind: tuple(one.id for one in hb.severities_of(severities, kind)) for kind in kinds}
    return Names(
        kinds,
        [one.id for one in severities],
        [one.id for one in sections],
        [one.id for one in steps],
        of_kind,
    )
