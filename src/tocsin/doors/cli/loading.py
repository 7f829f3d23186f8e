"""The program's commands, each imported and built only when it is typed: one costs milliseconds, all of them half a second."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from tocsin.doors.cli.commands import COMMANDS, GROUPS, Row

ROWS = {row.name: row for row in (*COMMANDS, *GROUPS)}


class Program(TyperGroup):
    """All commands of the table, and those that were added to the program itself.

    Whoever walks over `commands` meets each as it is. What only lists them (the help, a shell's completion) asks `get_command`,
    and a line is enough for it.
    """

    def __init__(self, *, commands: dict[str, Any], **attributes: Any) -> None:
        super().__init__(**attributes)
        first, last = ({row.name: row for row in rows} for rows in (COMMANDS, GROUPS))
        self.commands = _Commands({**first, **commands, **last})

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        row = ROWS.get(cmd_name)
        return TyperCommand(row.name, help=row.line) if row else self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was typed, which has to be whole now; None for both where there is no such one."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.commands[name] if name else command, rest


class _Commands(UserDict[str, Any]):
    """Commands by name. One that is still a row becomes what it stands for when it is taken out."""

    def __getitem__(self, name: str) -> Any:
        if isinstance(self.data[name], Row):
            self.data[name] = _built(self.data[name])
        return self.data[name]


def _built(row: Row) -> Any:
    module, _, name = row.where.partition(":")
    found = getattr(import_module(f"{__package__}.{module}"), name)
    # Typer builds whole programs only: this one has nothing else.
    alone = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=row.name)
    else:
        alone.command(row.name)(found)
    return typer.main.get_group(alone).commands[row.name]
