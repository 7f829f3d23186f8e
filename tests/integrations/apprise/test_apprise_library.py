"""The library that is installed: whatever of it does not keep to HTTP is on our list, and stays there when it is renewed."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apprise import NotifyBase
from apprise.manager_plugins import NotificationManager

from tocsin.integrations.apprise.address import NOT_HTTP, OF_THIS_MACHINE, OURS

KNOWN = OF_THIS_MACHINE | NOT_HTTP | frozenset(OURS)
BESIDE_HTTP = re.compile(
    r"^\s*(?:import|from)\s+(?:socket|smtplib|subprocess|telnetlib|http\.client|urllib\.request|websockets?|paho|slixmpp|"
    r"dbus|gi|gntp|hid|pika|smpplib|syslog|aiohttp|httpx|ctypes|win32\w*)\b|^\s*(?:from \.+utils\.socket)",
    re.MULTILINE,
)
SESSIONS = re.compile(r"requests\.Session\(|requests\.session\(|import Session|requests\.adapters|urllib3")


def plugins() -> Iterator[tuple[str, type[Any]]]:
    manager: Any = NotificationManager()
    for schema in manager.schemas():
        yield schema, manager[schema]


def sources(plugin: type[Any]) -> str:
    """The code of a plugin, of what it is made from, and of all in its folder."""
    text = []
    for one in plugin.__mro__:
        if one.__module__.startswith("apprise.plugins.") and one is not NotifyBase:
            file = Path(inspect.getfile(one))
            module = sys.modules[one.__module__]
            in_folder = module.__name__.count(".") > 2 or file.name == "__init__.py"
            text += [path.read_text() for path in (sorted(file.parent.glob("*.py")) if in_folder else [file])]
    return "\n".join(text)


@pytest.mark.parametrize(("schema", "plugin"), sorted(plugins(), key=lambda one: one[0]))
def test_what_does_not_keep_to_http_is_refused(schema: str, plugin: type[Any]) -> None:
    text = sources(plugin)

    assert schema in KNOWN or not BESIDE_HTTP.search(text)
    assert schema in KNOWN or not SESSIONS.search(text)


def test_all_that_is_refused_is_known_to_the_library() -> None:
    assert {schema for schema, _ in plugins()} >= KNOWN
