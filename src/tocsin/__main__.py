"""The program `tocsin`: the commands of the CLI door, and the two that start a whole Tocsin."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli import app, run


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [TOCSIN_HOST, 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [TOCSIN_PORT, 8008]")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the embedded database. [TOCSIN_DATA, data]")
    ] = None,
) -> None:
    """Serve Tocsin: pages, API, integrations and the engine, in one process."""
    gc.disable()  # What a start makes stays: app.serve switches the collector on when that is done.
    from tocsin import launch
    from tocsin.settings import read_settings

    launch.serve(read_settings(host=host, port=port, data=data))


@app.command()
def demo(
    story: Annotated[
        str,
        typer.Option(
            help="Which story to play: sign-in, false-alarm, security, customer-instance, broken-build, dirty-schema, roll-back or revert."
        ),
    ] = "sign-in",
    headless: Annotated[bool, typer.Option(help="Play it to the end, check every duty, and leave.")] = False,
    speed: Annotated[
        float | None, typer.Option(help="How many times faster than the clock on the wall.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write what came of it to this file.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the database. [a new one, removed at the end]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of Tocsin. [8008, else a free one]")] = None,
    kills: Annotated[int, typer.Option(help="Kill Tocsin (kill -9) so many times on the way.")] = 0,
    fault: Annotated[
        str,
        typer.Option(
            help="Let the services fail on the way: 429, 500, 503, timeout, lost_answer or duplicate_event."
        ),
    ] = "",
) -> None:
    """Play a story in the town: a small stand-in for Slack, X, GitHub and e-mail around a real Tocsin."""
    from tocsin.demo import play

    raise typer.Exit(
        play(
            story,
            headless=headless,
            speed=speed,
            json=json,
            data=data,
            port=port,
            kills=kills,
            fault=fault,
        )
    )


def main() -> None:
    """Entrance of the program; errors of ours end it with their words, not with a traceback."""
    run(app)


if __name__ == "__main__":
    main()
