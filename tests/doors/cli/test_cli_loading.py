"""Only what is typed is imported, and nothing that people see differs for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
import typer

from tocsin.doors import cli
from tocsin.doors.cli import app
from tocsin.doors.cli.commands import COMMANDS, GROUPS, Row

PROGRAM = typer.main.get_group(app)
ROWS = [*COMMANDS, *GROUPS]
OF_EVERY_RUN = {"commands", "loading"}


def _imported(*words: str) -> set[str]:
    """The modules of this door that running these words takes, but for those that every run takes."""
    code = (
        "import json, sys; from typer.testing import CliRunner; from tocsin.doors.cli import app;"
        f"assert CliRunner().invoke(app, {list(words)}).exit_code == 0;"
        "print(json.dumps([name for name in sys.modules if name.startswith('tocsin.doors.cli.')]))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.removeprefix("tocsin.doors.cli.") for name in json.loads(said.stdout)} - OF_EVERY_RUN


def _completed(line: str) -> list[str]:
    """What fish shows for it: names with their lines."""
    code = "import sys; sys.argv = ['tocsin']; from tocsin.doors.cli import app, run; run(app)"
    environment = {"_TOCSIN_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment, "_TYPER_COMPLETE_ARGS": line},
    )
    return said.stdout.splitlines()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("width", [20, 45, 400])
def test_a_commands_line_is_what_it_says_of_itself(row: Row, width: int) -> None:
    listed = PROGRAM.get_command(typer.Context(PROGRAM), row.name)
    whole = PROGRAM.commands[row.name]

    assert listed is not None
    assert listed.get_short_help_str(width) == whole.get_short_help_str(width)
    assert row.line == whole.get_short_help_str(400)
    assert not whole.hidden


def test_every_group_that_a_module_has_is_in_the_program() -> None:
    assert _written() == _reached()


def _written() -> set[int]:
    modules = [import_module(f"{cli.__name__}.{one.name}") for one in iter_modules(cli.__path__)]
    return {id(one) for module in modules for one in vars(module).values() if isinstance(one, typer.Typer)}


def _reached() -> set[int]:
    """The groups of the table, and those within them."""
    places = [row.where.split(":") for row in GROUPS]
    named = [getattr(import_module(f"{cli.__name__}.{module}"), name) for module, name in places]
    return {id(one) for one in named} | {
        id(one.typer_instance) for group in named for one in group.registered_groups
    }


def test_no_name_stands_twice() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_whoever_walks_over_the_program_meets_whole_commands() -> None:
    walked = dict(typer.main.get_group(app).commands)

    assert [one.name for one in walked["show"].params] == ["inc", "as_json"]
    assert {"who", "explain", "schedule"} <= walked["oncall"].commands.keys()  # type: ignore[attr-defined]


def test_help_imports_no_command() -> None:
    assert _imported("--help") == set()


def test_a_command_of_a_group_is_imported_with_its_group_alone() -> None:
    found = _imported("oncall", "who", "--help")

    assert {"oncall", "on_call", "oncall_cover"} <= found
    assert not found & {"incidents", "alerts", "people", "house", "handbook", "policies", "showing"}


def test_a_command_is_imported_without_the_groups() -> None:
    assert _imported("duties", "--help") == {"looking", "remote", "showing", "words"}


def test_a_shell_completes_names_with_their_lines() -> None:
    assert _completed("tocsin o") == [
        'own\tSay "I\'m on it": you own the incident.',
        "ops-log\tPrint the ops log.",
        "on-call\tTake over who is on call.",
        "oncall\tWho is on call, why, and when.",
    ]


def test_a_shell_completes_within_a_group_and_a_command() -> None:
    assert _completed("tocsin oncall w") == ["who\tSay who is on call now."]
    assert "--take-over\tFrom whoever owns it now." in _completed("tocsin own --")
