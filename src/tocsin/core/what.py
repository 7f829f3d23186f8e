"""The root of everything that can happen in an incident; `facts.py` has the list, themes of their own lie beside it."""

from __future__ import annotations


class What:
    """Anything that can happen in an incident."""

    __slots__ = ()
