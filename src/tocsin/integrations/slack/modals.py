"""The forms: what each asks, with what it is filled in already. Pure; `forms.py` opens them and takes what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.acts.looks import View
from tocsin.core import texts
from tocsin.core.decisions_learning import one_a_line
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import clock, source_label
from tocsin.core.messages_builds import green_evidence
from tocsin.core.messages_duties import duty_draft
from tocsin.core.places import Places
from tocsin.core.words import LONGEST_TITLE, shortened
from tocsin.errors import Invalid
from tocsin.integrations.slack.blocks import INPUT_LIMIT, JSON, choice, escaped, field, section, words

TITLE_LIMIT = 24
NOTHING: Final[Mapping[str, str]] = {}
NEXT_IN_HINT = "For example 20m. Without it: as long as the handbook allows at this severity."


def modal(name: str, title: str, submit: str, metadata: str, blocks: list[JSON]) -> JSON:
    return {
        "type": "modal",
        "callback_id": name,
        "title": words(shortened(title, TITLE_LIMIT)),
        "submit": words(submit),
        "close": words("Cancel"),
        "private_metadata": metadata,
        "blocks": blocks,
    }


def report(
    handbook: Handbook,
    kind: str = "",
    given: Mapping[str, str] = NOTHING,
    policies: Mapping[str, str] = NOTHING,
) -> list[JSON]:
    """Nothing is needed, since nothing may block a report; the severity begins with the worst: an unknown is treated as that.

    The severities are those of `kind` ("" is the first); `given` is what was entered before it was chosen. `policies` are the names of
    those that can be chosen, by id.
    """
    kinds = {kind.id: kind.title for kind in handbook.kinds}
    first = handbook.kinds[0].id
    chosen = kind if kind in kinds else ""
    kind = chosen or first
    worst = handbook.severities_of(kind)[0]
    examples = "; ".join(f"{kind.title}: {kind.example.rstrip('.')}" for kind in handbook.kinds)
    return [
        field(
            "title",
            "What is broken?",
            value=given.get("title", ""),
            optional=True,
            hint="As you see it. A half-known thing is worth reporting.",
        ),
        field(
            "text",
            "What else do you know?",
            value=given.get("text", ""),
            long=True,
            optional=True,
            hint="Since when, for whom, links.",
        ),
        _severities(handbook, kind, worst.id, optional=True, version="" if kind == first else kind),
        field(
            "reason",
            "Why not the worst?",
            value=given.get("reason", ""),
            optional=True,
            hint=f"A severity below {worst.title} counts only with a reason; without one it is {worst.title}.",
        ),
        choice(
            "kind",
            "Kind",
            kinds,
            value=chosen,
            hint=shortened(f"Leave it empty if you don't know. {examples}.", 1900),
            optional=True,
            tells=True,
        ),
        *_policies(policies, given.get("policy", "")),
    ]


def _policies(policies: Mapping[str, str], chosen: str) -> list[JSON]:
    """Whom it pages; nothing where there is nothing to choose."""
    if not policies:
        return []
    hint = "Leave it empty: then it pages those whom the handbook names."
    value = chosen if chosen in policies else ""
    return [choice("policy", "Escalation policy", policies, value=value, hint=hint, optional=True)]


def next_steps(view: View, about: str) -> list[JSON]:
    return [
        field("text", "What do you intend to do next?", long=True),
        field("next_in", "Next update in", optional=True, hint=NEXT_IN_HINT),
    ]


def update(view: View, about: str) -> list[JSON]:
    last = f"Last word: {view.incident.last_word}" if view.incident.last_word else ""
    hint = shortened(last, 500) or "What was tried, and what came of it."
    blocks = [
        field("text", "How does it stand?", long=True, hint=hint),
        field("next_in", "Next update in", optional=True, hint=NEXT_IN_HINT),
        _severities(view.handbook, view.incident.kind, view.incident.severity, optional=True),
    ]
    public = view.incident.public
    if (public.issue or public.post) and not view.incident.private:
        says = {"no": "Nothing of this", "same": "The same words"}
        blocks.append(
            choice(
                "public", "What does the public read?", says, optional=True, hint="The owner lets it go out."
            )
        )
    return blocks


def resolve(view: View, about: str) -> list[JSON]:
    """`about` are words that were given already."""
    blocks = [
        field("how", "What made it well again?", long=True, value=_kept(about, view)),
        field(
            "evidence",
            "How do you know?",
            long=True,
            value=green_evidence(view.incident),
            hint="For example: the failing check is green since 09:40.",
        ),
        *_outsiders(view, "One sentence for reporters, the issue and the post. Without it, the handbook's."),
        field("follow_ups", "What has to follow?", long=True, optional=True, hint=one_a_line(view.incident)),
    ]
    asked = any("rollback_answered" in duty.rule.discharged_by for duty in view.ledger)
    if asked and view.incident.rollback is None:
        answers = {"yes": "Yes, it was rolled back", "no": "No"}
        blocks.insert(2, choice("rolled_back", "Rolled back?", answers, optional=True))
    return blocks


def dismiss(view: View, about: str) -> list[JSON]:
    return [
        field("reason", "Why is it no incident?", long=True, value=_kept(about, view)),
        field(
            "verified",
            "How was that verified?",
            long=True,
            hint="For example: signed in afresh from outside.",
        ),
        *_outsiders(view, "One sentence for reporters. Without it, the handbook's."),
    ]


def _outsiders(view: View, hint: str) -> list[JSON]:
    """Nothing in a private incident: no public word goes out about it."""
    if view.incident.private:
        return []
    return [field("public", "What do outsiders read?", optional=True, hint=hint)]


def severity(view: View, about: str) -> list[JSON]:
    return [
        _severities(view.handbook, view.incident.kind, view.incident.severity),
        field("reason", "Why?", optional=True, long=True, hint="Lowering it has to be argued."),
    ]


def public_words(view: View, about: str) -> list[JSON]:
    draft = view.incident.public.draft or texts.draft(view.incident, view.handbook)
    length = texts.post_length(draft.post)
    hint = f"Counts {length} of {texts.POST_LIMIT}; a link counts {texts.LINK_WEIGHT}. {{issue}} becomes the issue's link."
    return [
        field("title", "Title of the issue", value=_kept(draft.title, view)),
        field("body", "Text of the issue", long=True, value=_kept(draft.body, view)),
        field("post", "Post", long=True, value=_kept(draft.post, view), hint=hint),
    ]


def ops_log(view: View, about: str) -> list[JSON]:
    incident = view.incident
    how = incident.resolved.how if incident.resolved else ""
    urls = [part.url for part in (incident.public.issue, incident.public.post) if part]
    return [
        field("impact", "Impact", long=True, value=_kept(incident.title, view), hint="Who was hit, and how."),
        field("detection", "Detection", long=True, value=_kept(_detection(incident), view)),
        field("cause", "Cause", long=True, hint='"Not known yet" is an answer.'),
        field("resolution", "Resolution", long=True, value=_kept(how, view)),
        field("links", "Links", optional=True, value=" ".join(urls), hint="Separated by spaces."),
    ]


def rolled_back(view: View, about: str) -> list[JSON]:
    return [field("text", "What was rolled back, to what?", long=True)]


def not_rolled_back(view: View, about: str) -> list[JSON]:
    return [field("text", "Why was it not rolled back?", long=True)]


def snooze(view: View, about: str, known: object) -> list[JSON]:
    """Why it takes longer. When it is due stays as it is, and so does the page to the next people."""
    duty = next((duty for duty in view.ledger if duty.id == about), None)
    hint = "The thread reads it. Reminders wait 15 minutes, once; the due time stays, and so does the page to the next people."
    return [
        *([section(escaped(f"{duty.title}, due at {clock(duty.due_at)}"))] if duty else []),
        field("reason", "Why does it take longer?", long=True, hint=hint),
    ]


def sent_words(view: View, places: Places, about: str) -> list[JSON]:
    """The draft of what Tocsin would send for the duty `about`."""
    duty = next((duty for duty in view.ledger if duty.id == about), None)
    draft = duty_draft(duty, view.incident, view.handbook, places) if duty else ""
    title = shortened(duty.title if duty else about, LONGEST_TITLE)
    return [field("text", title, long=True, value=_kept(draft, view))]


def _severities(
    handbook: Handbook, kind: str, chosen: str, *, optional: bool = False, version: str = ""
) -> JSON:
    known = handbook.severities_of(kind)
    options = {one.id: one.title for one in known}
    helps = " ".join(f"{one.title}: {one.help}" for one in known)
    return choice(
        "severity",
        "Severity",
        options,
        value=chosen,
        hint=shortened(helps, 1900),
        optional=optional,
        version=version,
    )


def _detection(incident: Incident) -> str:
    first = incident.reports[0] if incident.reports else None
    if first is None:
        return ""
    said = shortened(first.text, 500)
    return (
        f"Reported by {first.reporter} ({source_label(first.source)}) at {clock(first.received_at)}: {said}"
    )


def _kept(text: str, view: View) -> str:
    """The text for an input; Invalid rather than cut, since what is cut off here would be lost when it is sent."""
    if len(text) > INPUT_LIMIT:
        raise Invalid(
            f"A text of {view.incident.ref} is longer than Slack's forms take; edit it on the incident's page"
        )
    return text
