"""Whatever duties an organisation writes, and whatever people do: the process goes on, and its ledger can be relied upon."""

from __future__ import annotations

import itertools
import json

from core_cases import TRIAL_TEXT, Story, at, step_by_step
from core_random import stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.duties import MET, OWED, ledger
from tocsin.core.facts import KINDS
from tocsin.core.handbook import CHASES
from tocsin.core.handbook_text import read_handbook
from tocsin.core.rules_text import CHATTER, DUE_FIELDS, REQUESTS

STEP = "step:key"
SPANS = ["1m", "10m", "45m", "2h", "3d"]
HAPPENS = sorted(set(KINDS) - {"duty_chased"})
DONE = sorted(set(KINDS) - CHATTER)


def some(known: list[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(known), min_size=least, max_size=3, unique=True)


@st.composite
def chases(draw: st.DrawFn) -> str:
    """What is done about it when it is late: whoever owes it hears first, and in the order of their times."""
    does = sorted(draw(some(list(CHASES))), key=CHASES.index)
    after = sorted(draw(st.lists(st.integers(0, 90), min_size=len(does), max_size=len(does))))
    steps = [f'{{ after = "{n}m", do = "{do}" }}' for n, do in zip(after, does, strict=True)]
    return f"[{', '.join(steps)}]"


@st.composite
def duties(draw: st.DrawFn, n: int) -> str:
    """One `[[duty]]` that the parser takes."""
    per = draw(st.sampled_from(["incident", "report", "regular", "each"]))
    owes = "asked" if per == "each" else draw(st.sampled_from(["owner", "on_call", "first_aware"]))
    arises = draw(some(sorted(REQUESTS) if per == "each" else [*HAPPENS, STEP], least=1))
    within = draw(st.sampled_from(SPANS))
    given = {
        "id": f"own-{n}",
        "title": f"Own {n}",
        "section": "all",
        "text": "Do it.",
        "per": per,
        "owes": owes,
        "arises": arises,
        "discharged_by": draw(some([*DONE, STEP], least=1)),
        "ends_with": draw(some(HAPPENS)),
        "kinds": draw(some(["service", "security"])),
        "severities": draw(some(["high", "moderate", "low"])),
        "outside_only": draw(st.booleans()),
        "by_hand": draw(st.booleans()),
        "waivable": draw(st.booleans()),
        "within": within,
    }
    given |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "due_from": st.sampled_from(DUE_FIELDS),
                "after_fact": st.sampled_from(sorted(KINDS)),
                "after_severe": st.sampled_from(SPANS),
                "again_every": st.sampled_from(SPANS),
            },
        )
    )
    lines = [f"{key} = {json.dumps(value)}" for key, value in given.items()]
    return "\n".join(["", "[[duty]]", *lines, f"late = {draw(chases())}", ""])


@st.composite
def lives(draw: st.DrawFn) -> tuple[str, Story]:
    """A handbook with some duties more, and an incident under it."""
    more = "".join(draw(duties(n)) for n in range(draw(st.integers(1, 3))))
    text = TRIAL_TEXT.replace("\n[texts]\n", f"{more}\n[texts]\n")
    return text, draw(stories(handbook=read_handbook(text)))


@given(lives())
@settings(max_examples=60, deadline=None)
def test_the_ledger_is_the_same_however_it_is_come_by(life: tuple[str, Story]) -> None:
    text, story = life
    again = read_handbook(text)

    for minute in (story.minute, story.minute + 90, story.minute + 5000):
        live = story.ledger(minute)
        assert {one.id: one for one in ledger(step_by_step(story.facts), again, at(minute))} == live
    assert step_by_step(story.facts) == story.incident


@given(lives())
@settings(max_examples=40, deadline=None)
def test_what_was_met_is_never_owed_again(life: tuple[str, Story]) -> None:
    text, story = life
    states = []
    for n in range(1, len(story.facts) + 1):
        early = Story(handbook=story.handbook, facts=story.facts[:n])
        early.minute = (early.facts[-1].at - at(0)).total_seconds() / 60
        states.append({id: duty.state for id, duty in early.ledger().items()})
    states.append({id: duty.state for id, duty in story.ledger(story.minute + 5000).items()})

    for before, after in itertools.pairwise(states):
        for id, state in before.items():
            assert state != MET or after.get(id) != OWED, f"{id} was met, and is owed again, under:\n{text}"
