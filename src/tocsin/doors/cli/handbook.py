"""`tocsin handbook …`: check a handbook's file, and read one as the page that it renders to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli.words import say

app = typer.Typer(help="The process as data.", no_args_is_help=True)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A handbook in TOML.")]) -> None:
    """Name every problem of a handbook with its line. Ends with 1 where there is one."""
    from tocsin.acts.building import handbook_text
    from tocsin.core.handbook_text import BadHandbook, read_handbook

    try:
        book = read_handbook(handbook_text(file))
    except BadHandbook as why:
        for problem in why.problems:
            typer.echo(f"{file}:{problem.line}: {problem.what}. {problem.instead}", err=True)
        raise typer.Exit(1) from None
    say(f"{file} holds: {book.name}, version {book.version}, {len(book.rules)} duties, {book.hash[:12]}.")


@app.command()
def show(
    file: Annotated[
        Path | None, typer.Argument(help="A handbook in TOML. [TOCSIN_HANDBOOK, the one shipped]")
    ] = None,
) -> None:
    """Print a handbook as the page that people read (Markdown)."""
    from tocsin.acts.building import handbook_text
    from tocsin.core.handbook_page import page
    from tocsin.core.handbook_text import read_handbook
    from tocsin.settings import read_settings

    typer.echo(page(read_handbook(handbook_text(file or read_settings().handbook))), nl=False)
