"""Policies as people write them: each thing that can't be is refused by its name, and what is read is written back the same."""

from __future__ import annotations

from typing import Any

import pytest
from escalation_cases import policy, step

from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.written import Known, policy_of, written_policy
from tocsin.errors import Invalid

KNOWN = Known(frozenset({"ann"}), frozenset({"ops"}), frozenset({"primary"}), frozenset({"ops", "inner"}))
A_STEP: dict[str, Any] = {"to": "on-call"}


def test_a_policy_says_little_where_it_means_the_usual():
    found = policy_of({"id": "ops", "steps": [{"to": "on-call"}]})

    assert written_policy(found) == {"id": "ops", "name": "ops", "steps": [{"to": ["on-call"]}]}


def test_a_policy_is_written_as_it_was_read():
    doc = {
        "id": "payments",
        "name": "Payments",
        "team": "ops",
        "steps": [
            {"to": ["schedule:primary/next", "channel:#pay"], "after": "90s", "when": "not-closed"},
            {"to": ["team:ops"], "after": "5m", "turn": True, "priorities": ["P1", "P2"]},
            {"to": ["policy:inner"], "between": ["Mon-Fri 09:00-17:00"], "zone": "Europe/Berlin"},
        ],
        "repeat": 2,
        "again_after": "15m",
        "acknowledged_by": "all",
        "forgotten_after": "4h",
        "last_resort": ["person:ann", "admins"],
    }

    assert written_policy(policy_of(doc, KNOWN)) == doc


def test_one_name_does_for_a_list_of_one():
    assert policy_of({"id": "ops", "steps": {"to": "person:@Ann"}}) == policy(step("person:ann"))


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        pytest.param({"id": "Pay ments"}, "id", "write small letters", id="an id with a space"),
        pytest.param({"id": ""}, "id", "write small letters", id="no id"),
        pytest.param({"steps": []}, "steps", "steps is empty: an alert would reach nobody", id="no step"),
        pytest.param({"steps": [A_STEP] * 51}, "steps", "51 entries; at most 50", id="51 steps"),
        pytest.param({"steps": ["on-call"]}, "steps[0]", "write its fields", id="a step that is a word"),
        pytest.param({"stepps": []}, "stepps", "unknown stepps; there are id, name", id="a slip of the pen"),
        pytest.param({"repeat": 21}, "repeat", "a number from 0 to 20", id="21 times"),
        pytest.param({"repeat": True}, "repeat", "a number from 0 to 20", id="repeat: true"),
        pytest.param({"repeat": -1}, "repeat", "a number from 0 to 20", id="less than never"),
        pytest.param({"again_after": "0s"}, "again_after", "between 1 min and 7 days", id="no pause"),
        pytest.param({"again_after": "8d"}, "again_after", "between 1 min and 7 days", id="a long pause"),
        pytest.param({"again_after": "soon"}, "again_after", "write a span such as 30s", id="no span"),
        pytest.param({"forgotten_after": "1s"}, "forgotten_after", "between 1 min", id="forgotten at once"),
        pytest.param({"forgotten_after": "-1h"}, "forgotten_after", "between", id="forgotten before"),
        pytest.param({"acknowledged_by": "two"}, "acknowledged_by", "write one or all", id="by two"),
        pytest.param({"team": "devs"}, "team", "there is no team devs; there are: ops", id="unknown team"),
        pytest.param(
            {"last_resort": ["person:zed"]}, "to", r"last_resort\[0\]: there is no person zed", id="resort"
        ),
    ],
)
def test_refused_by_name_is_a_policy_with(change: dict[str, Any], field: str, why: str):
    with pytest.raises(Invalid, match=why) as refused:
        policy_of({"id": "ops", "steps": [A_STEP], **change}, KNOWN)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        pytest.param({"to": []}, "to", r"steps\[0\].to is empty: the step reaches nobody", id="nobody"),
        pytest.param({"to": ["ann"]}, "to", "write person:HANDLE", id="a bare name"),
        pytest.param({"to": ["person:"]}, "to", "write person:HANDLE", id="a person without a name"),
        pytest.param({"to": ["robot:x"]}, "to", "write person:HANDLE", id="an unknown kind"),
        pytest.param({"to": [{"person": "ann"}]}, "to", "write person:HANDLE", id="a table"),
        pytest.param({"to": ["person:zed"]}, "to", "no person zed; there are: ann", id="unknown person"),
        pytest.param({"to": ["team:devs"]}, "to", "no team devs; there are: ops", id="unknown team"),
        pytest.param({"to": ["schedule:x"]}, "to", "no schedule x; there are: primary", id="schedule"),
        pytest.param({"to": ["policy:x"]}, "to", "no policy x; there are: inner, ops", id="policy"),
        pytest.param({"to": ["schedule:primary/last"]}, "to", "write now or next or everyone", id="which"),
        pytest.param({"to": ["webhook:example.com"]}, "to", "a webhook is an address", id="no address"),
        pytest.param({"to": ["webhook:ftp://a.b/c"]}, "to", "a webhook is an address", id="not of the web"),
        pytest.param({"to": ["channel:# ops"]}, "to", "a channel is written #ops", id="no channel"),
        pytest.param({"to": ["on-call"] * 51}, "to", "51 targets; at most 50", id="51 targets"),
        pytest.param({"after": "5"}, "steps[0].after", "write a span such as 30s", id="a number"),
        pytest.param({"after": 5}, "steps[0].after", "write a span such as 30s", id="a bare number"),
        pytest.param({"after": "-5m"}, "steps[0].after", "between 0s and 7 days", id="before"),
        pytest.param({"after": "30d"}, "steps[0].after", "between 0s and 7 days", id="a month"),
        pytest.param({"when": "always"}, "steps[0].when", "not-acknowledged or not-closed", id="when"),
        pytest.param({"turn": "yes"}, "turn", "write true or false", id="turn"),
        pytest.param({"priorities": ["P9"]}, "priorities", "there is no P9", id="a priority"),
        pytest.param({"between": ["09:00-17:00"]}, "zone", "zone is missing", id="times without zone"),
        pytest.param({"zone": "UTC"}, "zone", "says nothing without between", id="a zone without times"),
        pytest.param({"between": ["lunch"], "zone": "UTC"}, "restrict", "between", id="no times"),
        pytest.param({"between": ["09:00-17:00"], "zone": "Mars"}, "zone", "no time zone", id="no zone"),
        pytest.param({"until": "5m"}, "until", r"steps\[0\]: unknown until; there are to", id="unknown"),
        pytest.param(
            {"to": ["policy:inner"], "turn": True}, "turn", "is of use for people only", id="turn of none"
        ),
    ],
)
def test_refused_by_name_is_a_step_with(change: dict[str, Any], field: str, why: str):
    with pytest.raises(Invalid, match=why) as refused:
        policy_of({"id": "ops", "steps": [{**A_STEP, **change}]}, KNOWN)
    assert refused.value.field == field


def test_policies_that_refer_to_each_other_in_a_circle_are_refused_with_the_circle():
    a, b, c = (
        policy(step("on-call"), step(f"policy:{other}"), id=id)
        for id, other in (("a", "b"), ("b", "c"), ("c", "b"))
    )

    with pytest.raises(
        Invalid, match=r"The policy b refers to itself: b → c → b. Take one of these"
    ) as refused:
        stamped(a, {"a": a, "b": b, "c": c})
    assert refused.value.field == "steps"


def test_a_policy_that_refers_to_itself_is_refused():
    a = policy(step("policy:a"), id="a")

    with pytest.raises(Invalid, match="a → a"):
        stamped(a, {"a": a})


def test_a_policy_that_refers_to_none_that_there_is_is_refused():
    with pytest.raises(Invalid, match="There is no policy b; there are: a"):
        stamped(policy(step("policy:b"), id="a"), {"a": policy(step("on-call"), id="a")})


def test_policies_that_multiply_are_refused_before_they_fill_the_memory():
    many = {f"p{n}": policy(*[step(f"policy:p{n + 1}")] * 50, id=f"p{n}") for n in range(9)}
    many["p9"] = policy(*[step("on-call")] * 50, id="p9")

    with pytest.raises(Invalid, match="p0 has more than 500 steps with all that it refers to; take some out"):
        stamped(many["p0"], many)
