"""Every click that any message, page or card offers is known to what answers clicks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tocsin
from tocsin.integrations.slack.clicks import ACTS
from tocsin.integrations.slack.forms import FORMS

SOURCES = [
    *Path(tocsin.__file__).parent.joinpath("core").rglob("*.py"),
    *Path(tocsin.__file__).parent.joinpath("integrations/slack").rglob("*.py"),
]


def offered() -> set[str]:
    """The act of each Offer that is made anywhere."""
    calls = [
        node
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Offer"
    ]
    acts = {node.args[0].value for node in calls if node.args and isinstance(node.args[0], ast.Constant)}
    return {str(act) for act in acts}


def test_there_are_offers_to_look_at() -> None:
    assert {"own", "delegate", "accept_task", "retrospective", "step"} <= offered()


@pytest.mark.parametrize("act", sorted(offered()))
def test_each_offer_has_a_click_that_works(act: str) -> None:
    assert act in ACTS or act in FORMS
