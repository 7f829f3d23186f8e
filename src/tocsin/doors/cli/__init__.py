"""Our own language on the command line: responders' commands call the API, admins' commands work on the database itself.

What takes long to import is imported where it is used, so that a command answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tocsin import __version__
from tocsin.doors.cli import (
    alerts,
    applying,
    asking,
    contacts,
    database,
    deploys,
    ending,
    handbook,
    inbox,
    incidents,
    learning,
    looking,
    on_call,
    oncall,
    paging,
    people,
    policies,
    procedures,
    schema,
)
from tocsin.errors import Invalid, TocsinError

__all__ = ["app", "run"]
REFUSED, WRONG = 1, 2
"""How a command ends: with 1 where it was refused or failed, with 2 where what was typed or set can't be taken."""

app = typer.Typer(
    help="Tocsin: incident response that an organisation owns.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tocsin: incident response that an organisation owns.

    Responders' commands ask a running Tocsin: TOCSIN_URL says where it is, TOCSIN_API_KEY who you are.
    """


def run(app: typer.Typer) -> None:
    """Run the program; errors of ours end it with their words, not with a traceback."""
    try:
        app()
    except TocsinError as why:
        typer.echo(why.message, err=True)
        sys.exit(WRONG if isinstance(why, Invalid) else REFUSED)


for commands in (incidents.app, looking.app, on_call.app, asking.app, ending.app, learning.app, applying.app):
    app.registered_commands += commands.registered_commands
app.command("sign-in")(people.sign_in)
app.add_typer(alerts.app, name="alert")
app.add_typer(deploys.app, name="deploy")
app.add_typer(inbox.app, name="inbox")
app.add_typer(asking.tasks, name="task")
app.add_typer(learning.retrospectives, name="retrospective")
app.add_typer(database.app, name="db")
app.add_typer(schema.app, name="schema")
app.add_typer(people.keys, name="key")
app.add_typer(people.persons, name="person")
app.add_typer(people.teams, name="team")
app.add_typer(people.schedules, name="schedule")
app.add_typer(on_call.on_call, name="on-call")
app.add_typer(oncall.app, name="oncall")
app.add_typer(policies.app, name="policy")
app.add_typer(procedures.app, name="procedure")
app.add_typer(paging.app, name="paging")
app.add_typer(contacts.app, name="contact")
app.add_typer(handbook.app, name="handbook")
