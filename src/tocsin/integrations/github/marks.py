"""The hidden marker that everything bears which Tocsin writes on GitHub, signed so that nobody can guess it."""

from __future__ import annotations

import hmac
import re
from typing import Final

from tocsin.acts.house import Signature
from tocsin.core.work import Desk, Work

MARKER: Final = re.compile(r"<!-- tocsin:(\S{1,500}) ([0-9a-f]{40}) -->\s*\Z")
FOR: Final = "github"


def marker(work: Work, desk: Desk) -> str:
    """The marker of what is written for this work."""
    return f"<!-- tocsin:{work.key} {desk.sign(work.key, FOR)} -->"


def marker_in(body: str, desk: Desk) -> str:
    """The marker of ours in which this text ends; "" where somebody took it away."""
    found = MARKER.search(body)
    holds = found is not None and hmac.compare_digest(desk.sign(found[1], FOR), found[2])
    return found[0].strip() if found and holds else ""


def is_marked(body: str, sign: Signature) -> bool:
    """Whether this text ends in a marker of ours: Tocsin wrote it. One that is quoted, or made up, is none."""
    found = MARKER.search(body)
    return found is not None and sign.holds(found[1], FOR, found[2])
