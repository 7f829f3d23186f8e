"""Tells on the terminal what happens in the story, with the story's own time."""

from __future__ import annotations

import sys

from tocsin.clock import Clock

WIDTH = 100


class Teller:
    """Without a clock it tells nothing."""

    def __init__(self, clock: Clock | None) -> None:
        self._clock = clock

    def say(self, text: str) -> None:
        """One thing that happened, with its time."""
        if self._clock:
            self.line(f"{self._clock.now():%H:%M:%S}  {text}")

    def line(self, text: str = "") -> None:
        if self._clock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
