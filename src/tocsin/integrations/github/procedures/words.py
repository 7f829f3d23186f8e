"""What a pull request that reverts says: why, for which incident, on what evidence, and how to reland."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tocsin.core.facts import TOCSIN
from tocsin.core.procedures.hands import Context
from tocsin.integrations.github.procedures.job import one_line

RELAND = (
    "To reland: prepare a revert of this revert on the current {base}, together with what was wrong. "
    "Merging the old branch again does nothing, as its commits are in the history already."
)


def body_of_revert(
    context: Context,
    *,
    base: str,
    what: Sequence[str],
    evidence: Iterable[str],
    marker: str,
    is_private: bool,
    notes: Sequence[str] = (),
) -> str:
    """The description, with `notes` of its own. Of a private incident it says no more than the number."""
    lines = ["Reverts:", *(f"- {one_line(one)}" for one in what), ""] if what else []
    if is_private:
        lines += [f"Incident: {context.incident}", ""]
    else:
        if context.reason:
            lines += [f"**Reason:** {quiet(context.reason)}", ""]
        lines += [f"**Incident:** {context.incident} {context.url}".rstrip(), ""]
        said = [f"- {quiet(one_line(one))}" for one in evidence]
        lines += ["**Evidence:**", *said, ""] if said else []
        lines += (
            [f"Asked for by {quiet(context.asked_by)}.", ""] if context.asked_by not in ("", TOCSIN) else []
        )
    for note in notes:
        lines += [note, ""]
    lines += [RELAND.format(base=base), "", marker]
    return "\n".join(lines)


def quiet(text: str) -> str:
    """Words of people, in which nobody on GitHub is called and nothing is hidden."""
    return text.replace("@", "@\u200b").replace("<!--", "<\u200b!--")
