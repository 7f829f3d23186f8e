"""Our own language on the command line: responders' commands call the API, admins' commands work on the database itself.

A command is imported when it is typed (`commands.py`, `loading.py`), and what takes long to import where it is used, so that it
answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tocsin import __version__
from tocsin.doors.cli.loading import Program
from tocsin.errors import Invalid, TocsinError

__all__ = ["app", "run"]
REFUSED, WRONG = 1, 2
"""How a command ends: with 1 where it was refused or failed, with 2 where what was typed or set can't be taken."""

app = typer.Typer(
    cls=Program,
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
