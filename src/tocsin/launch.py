"""Starts a Tocsin: the database comes up while the program's larger libraries are loaded, since each takes a second."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType

import uvloop

from tocsin import logs
from tocsin.settings import Settings
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.postgres import EmbeddedPostgres


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    logs.set_up(settings.log_level, settings.secrets())
    with ThreadPoolExecutor(1) as loader:
        loading = loader.submit(_loaded, settings)
        # In the main thread: the server's child is tied to the thread that made it.
        embedded = _started(settings)
        app = loading.result()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(app.serve(settings, embedded))
    finally:
        if embedded:
            embedded.stop()


def _loaded(settings: Settings) -> ModuleType:
    app = import_module("tocsin.app")
    import_module("tocsin.integrations").load(settings)
    return app


def _started(settings: Settings) -> EmbeddedPostgres | None:
    """The embedded server, running; None where the settings name a database."""
    if settings.database_url:
        return None
    server = EmbeddedPostgres(
        settings.data, find_pg_bin(settings.pg_bin, settings.data), run_as=settings.pg_user or None
    )
    server.start()
    return server
