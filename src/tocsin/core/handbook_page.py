"""Renders a handbook as the page that people read (Markdown), under the headings of its own sections."""

from __future__ import annotations

from datetime import timedelta

from tocsin.core.handbook import (
    ACTIONS,
    ASKED,
    EACH,
    FIRST_AWARE,
    ON_CALL,
    OWNER,
    REGULAR,
    Approval,
    Chase,
    Handbook,
    Named,
    Recorded,
    Rule,
    Step,
)
from tocsin.core.intake import ALL, IGNORES, OPENS, WAITS, IntakeRule
from tocsin.core.message_parts import source_label
from tocsin.core.procedures.words import who_approves
from tocsin.core.spans import span_text

OWES = {
    OWNER: "the owner",
    ON_CALL: "the on-call engineer",
    FIRST_AWARE: "the first teammate who is aware",
    ASKED: "whoever was asked",
}
CHASED = {
    "remind": "they are reminded",
    "thread": "the thread is told",
    "page": "they are paged",
    "page_next": "the next person is paged",
}

INTAKE = {
    OPENS: "opens an incident",
    WAITS: "waits in the inbox",
    IGNORES: "is ignored",
}


def page(handbook: Handbook) -> str:
    """The whole handbook as Markdown."""
    parts = [f"# {handbook.title}", handbook.intro, "Examples:"]
    parts.append("\n".join(f"- {kind.example}" for kind in handbook.kinds if kind.example))
    for section in handbook.sections:
        parts.append(f"## {section.title}")
        parts.append(section.text)
        parts.extend(_duty(handbook, rule) for rule in handbook.rules if rule.section == section.id)
    parts.append("## Severities")
    parts.append("\n".join(f"- **{s.title}**: {s.help}{_only(s.kinds)}" for s in handbook.severities))
    if handbook.steps:
        parts.append("## What is recorded")
        parts.append("\n".join(_recorded(step) for step in handbook.steps))
    parts.extend(_procedures(handbook))
    parts.extend(_builds(handbook))
    parts.append("## Who is reached, and who next")
    for kinds in dict.fromkeys(step.kinds for step in handbook.policy):
        steps = [step for step in handbook.policy if step.kinds == kinds]
        parts.append(f"For {', '.join(kinds)}:" if kinds else "")
        parts.append("\n".join(f"{n}. {_step(step)}" for n, step in enumerate(steps, 1)))
    parts.append("\n".join(_named(one) for one in handbook.named))
    parts.extend(_intake(handbook))
    parts.append(f"Handbook `{handbook.name}`, version {handbook.version}, `{handbook.hash[:12]}`.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _only(kinds: tuple[str, ...]) -> str:
    return f" (only for {', '.join(kinds)})" if kinds else ""


def _named(one: Named) -> str:
    of = [", ".join(one.kinds) or "every kind without steps of its own"]
    of += [f"of severity {' or '.join(one.severities)}"] if one.severities else []
    of += [f"of which {' or '.join(one.teams)} knew first"] if one.teams else []
    return f"- The policy `{one.policy}` for {' '.join(of)}."


def _recorded(step: Recorded) -> str:
    text = f" {step.text}" if step.text else ""
    return f"- **{step.title}** (`{step.id}`): {', '.join(step.fields).lower()}.{text}{_only(step.kinds)}"


def _intake(handbook: Handbook) -> list[str]:
    """Which messages open an incident, and how long the rest may wait."""
    if not handbook.intake:
        return []
    rest = "What none of these fits waits in the inbox"
    if handbook.inbox_within:
        rest += (
            f" for a person, who opens it or puts it aside. After {span_text(handbook.inbox_within)} without a look "
            "Tocsin assumes the worst and opens an incident"
        )
    rules = "\n".join(f"{n}. {_intake_rule(rule)}" for n, rule in enumerate(handbook.intake, 1))
    return [
        "## Which messages open an incident",
        "The first of these that fits a message says what becomes of it:",
        rules,
        rest + ".",
    ]


def _intake_rule(rule: IntakeRule) -> str:
    named = (
        ("from", tuple(source_label(source) for source in rule.sources)),
        ("by", rule.senders),
        ("not by", rule.not_senders),
        ("labelled", rule.labels),
        ("with the words", tuple(word for word in rule.words if word != ALL)),
        ("with, in its title,", tuple(word for word in rule.title if word != ALL)),
    )
    parts = [f"{how} {', '.join(what)}" for how, what in named if what]
    if rule.called:
        parts.append("that calls us")
    if rule.many > 1:
        parts.append(f"once {rule.many} people have written such within {span_text(rule.within)}")
    kind = f" ({rule.kind})" if rule.kind else ""
    return f"**{rule.id}**: a message {' '.join(parts)} {INTAKE[rule.does]}{kind}.{_joins(rule)}"


def _joins(rule: IntakeRule) -> str:
    """What becomes of those who tell of one thing."""
    if not rule.joins:
        return ""
    span = span_text(rule.joins)
    text = f" Who tells of the same thing as an open incident of the last {span} joins it"
    if rule.storm:
        text += f"; once {rule.storm} have opened within {span}, everybody joins the newest"
    return f"{text}."


def _procedures(handbook: Handbook) -> list[str]:
    """Who has to say yes before Tocsin carries out a procedure."""
    if not handbook.approvals:
        return []
    return [
        "## Who approves what Tocsin carries out itself",
        "Nothing is done before the plan was seen, and approved by these:",
        "\n".join(f"- **{one.procedure}**: {_approval(one)}." for one in handbook.approvals),
    ]


def _approval(one: Approval) -> str:
    if one.automatic:
        return f"{who_approves(one, one.persons)}; nobody, where the operators declare that Tocsin does it by itself"
    return who_approves(one, one.persons)


def _builds(handbook: Handbook) -> list[str]:
    """When the builds of the main branch open an incident by themselves; nothing where they are not watched."""
    watch = handbook.builds
    if watch is None:
        return []
    kind = handbook.kind(watch.kind)
    times = "fails" if watch.failures == 1 else f"fails {watch.failures} times in a row"
    severity = f" at severity {handbook.severity(watch.severity).title.lower()}" if watch.severity else ""
    counted = "counts as failed" if watch.counts_time_outs else "does not count"
    ignored = (
        f"; one that was started by {' or '.join(watch.ignores)} is passed over" if watch.ignores else ""
    )
    opens = f"An incident ({kind.title.lower() if kind else watch.kind}) opens by itself{severity}"
    long = span_text(watch.unfinished_after) if watch.unfinished_after and watch.counts_time_outs else ""
    unfinished = f", and so does one that goes on for {long}, until it ends" if long else ""
    how = f"when a workflow of the main branch {times}. One that timed out {counted}{unfinished}{ignored}."
    end = "It names the oldest failing commits with their authors, and offers to resolve when the branch is green again."
    if watch.no_builds_after:
        end += f" Who is on call is told when no builds come: once {watch.failures} times something new was on the branch, and nothing has built it for {span_text(watch.no_builds_after)}."
    return ["## When the main branch is broken", f"{opens} {how} {end}"]


def _step(step: Step) -> str:
    return f"{', '.join(step.to)}: {span_text(step.wait)} to acknowledge"


def _duty(handbook: Handbook, rule: Rule) -> str:
    lines = [f"- **{rule.title}.** {rule.text}"]
    where = f" ({', '.join(rule.severities)})" if rule.severities else ""
    only = f"; only for {', '.join(rule.kinds)}{where}" if rule.kinds else ""
    lines.append(f"  - Owed by {OWES[rule.owes]}, {_time(handbook, rule)}{only}.")
    if rule.does:
        by = "by itself" if rule.automatic else "at one click"
        where = "" if "*" in rule.automatic or not rule.automatic else f" for {', '.join(rule.automatic)}"
        lines.append(f"  - Tocsin does this {by}{where}: {ACTIONS[rule.does].lower()}.")
    if rule.late:
        again = f", and so again every {span_text(rule.again_every)}" if rule.again_every else ""
        lines.append(f"  - Late: {'; '.join(_chase(chase) for chase in rule.late)}{again}.")
    return "\n".join(lines)


def _time(handbook: Handbook, rule: Rule) -> str:
    if set(rule.within) == {"*"}:
        time = f"within {span_text(rule.within['*'])}"
    else:
        each = [
            f"{severity.title.lower()}: {span_text(rule.within[severity.id])}"
            for severity in handbook.severities
        ]
        time = f"within ({', '.join(each)})"
    again = ", again after each" if rule.per == REGULAR else ", for each" if rule.per == EACH else ""
    severe = f", once it has been severe for {span_text(rule.after_severe)}" if rule.after_severe else ""
    return time + again + severe


def _chase(chase: Chase) -> str:
    when = "at once" if not chase.after else f"after {span_text(chase.after)}"
    when = f"{span_text(-chase.after)} before" if chase.after < timedelta(0) else when
    return f"{when} {CHASED[chase.do]}"
