"""`tocsin handbook …`: check, read, save and try a handbook, and learn how well the one in force is kept."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.core.words import shortened
from tocsin.doors.cli.house import Data, with_house
from tocsin.doors.cli.words import AsJson, say, say_json, table
from tocsin.errors import Invalid, NotFound

if TYPE_CHECKING:
    from tocsin.acts.handbooks import History, Version
    from tocsin.acts.house import House
    from tocsin.core.score import Score

app = typer.Typer(help="The process as data.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A handbook in TOML.")]
FORMATS = ("text", "json", "csv")


@app.command()
def check(file: File) -> None:
    """Name every problem of a handbook with its line. Ends with 1 where there is one."""
    from tocsin.core.handbook_text import read_handbook

    book = read_handbook(_checked(file))
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


@app.command("try")
def try_file(
    file: File,
    since: Annotated[
        str | None, typer.Option(help="Only incidents that began on this day or later: 2026-03-02. [all]")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Replay the incidents under another handbook: which duties would have been met, late or missed."""
    from tocsin.acts import handbooks
    from tocsin.core.facts import TOCSIN
    from tocsin.core.score_text import trial_json, trial_text

    text, first = _checked(file), _day(since, "since")
    trials = with_house(data, lambda house: handbooks.try_file(house, text, since=first, viewer=TOCSIN))
    if as_json:
        say_json(trial_json(trials))
    else:
        say(trial_text(trials))


@app.command()
def score(
    start: Annotated[
        str | None, typer.Option("--from", help="The first day or instant, UTC: 2026-03-02. [30 days before]")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="The day or instant before which it ends. [now]")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text, json or csv.")] = "text",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say how well the handbook was kept: per duty, kind and team."""
    from tocsin.acts import handbooks
    from tocsin.core.facts import TOCSIN

    form = "json" if as_json else form
    if form not in FORMATS:
        raise Invalid(f"{form!r} is no format of the score: write text, json or csv", field="format")
    first, last = _day(start, "from"), _day(end, "to")
    _print(with_house(data, lambda house: handbooks.score(house, first, last, viewer=TOCSIN)), form)


@app.command()
def save(
    file: File,
    reason: Annotated[str, typer.Option(help="What changes, and why.")],
    by: Annotated[str, typer.Option(help="Who changes it: a handle. [an admin at the machine]")] = "",
    data: Data = None,
) -> None:
    """Have new incidents go by this handbook from now on. The incidents that are there keep theirs."""
    text = _checked(file)
    saved = with_house(data, lambda house: _save(house, text, by.strip().lower(), reason))
    say(
        f"Version {saved.number} is in force for new incidents: {saved.name}, version {saved.version},"
        f" {saved.hash[:12]}. A Tocsin that runs comes to it within seconds."
    )


@app.command()
def history(data: Data = None, as_json: AsJson = False) -> None:
    """List every version of the handbook, the newest first."""
    from tocsin.acts import handbooks

    found = with_house(data, handbooks.history)
    if as_json:
        say_json([_version_json(version, found) for version in found.versions])
        return
    rows = [
        (
            f"{version.number}{'*' if version.number == found.in_force else ''}",
            f"{version.in_force_since:%Y-%m-%d %H:%M}",
            shortened(f"{version.name} {version.version}", 20),
            shortened(version.author or "-", 16),
            str(version.open_incidents),
            version.reason or version.origin,
        )
        for version in found.versions
    ]
    say(table(("NO", "SINCE (UTC)", "HANDBOOK", "BY", "OPEN", "REASON"), rows))
    say("* new incidents go by it; OPEN is how many open incidents do")


@app.command()
def text(
    number: Annotated[
        int | None, typer.Argument(help="A version's number, as `history` lists it. [in force]")
    ] = None,
    data: Data = None,
) -> None:
    """Print the TOML of a version, to be edited and saved."""
    from tocsin.acts import handbooks

    def look(house: House) -> Awaitable[str]:
        return handbooks.text_in_force(house) if number is None else handbooks.text_of_version(house, number)

    typer.echo(with_house(data, look), nl=False)


async def _save(house: House, text: str, by: str, reason: str) -> Version:
    from tocsin.acts import handbooks, people

    if by and by not in (await people.everybody(house)).people:
        raise NotFound(f"Nobody is called {by}: name who changes the handbook by their handle", field="by")
    return await handbooks.new_version(house, text, by, reason)


def _checked(file: Path) -> str:
    """The text of a handbook that can be used; otherwise the program ends here, with every problem and its line."""
    from tocsin.acts.building import handbook_text
    from tocsin.core.handbook_text import read_handbook
    from tocsin.core.toml_reader import BadHandbook

    text = handbook_text(file)
    try:
        read_handbook(text)
    except BadHandbook as why:
        for problem in why.problems:
            typer.echo(f"{file}:{problem.line}: {problem.what}. {problem.instead}", err=True)
        raise typer.Exit(1) from None
    return text


def _day(given: str | None, field: str) -> datetime | None:
    """The instant that a day or a time names, in UTC where it says nothing else; None stays None."""
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Invalid(
            f"--{field} is {given!r}, which is no day: write 2026-03-02, or 2026-03-02T09:00", field=field
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _print(found: Score, form: str) -> None:
    from tocsin.core.score_text import score_csv, score_json, score_text

    if form == "json":
        say_json(score_json(found))
    elif form == "csv":
        typer.echo(score_csv(found), nl=False)
    else:
        say(score_text(found))


def _version_json(version: Version, found: History) -> dict[str, object]:
    return {
        "number": version.number,
        "hash": version.hash,
        "name": version.name,
        "version": version.version,
        "origin": version.origin,
        "author": version.author,
        "reason": version.reason,
        "in_force_since": version.in_force_since.isoformat(),
        "open_incidents": version.open_incidents,
        "is_in_force": version.number == found.in_force,
    }
