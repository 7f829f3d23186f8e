from __future__ import annotations

from pathlib import Path

import pytest
from git_world import World, world_in


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two repositories outside, and a hand that has seen neither."""
    return world_in(tmp_path)
