"""The engine reports faults at length; these tests make them on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[dict[str, object]]]:
    """What was logged, instead of printing it."""
    with capture_logs() as entries:
        yield entries  # type: ignore[misc]
