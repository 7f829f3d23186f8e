"""A door for mail on a free port, and the post that brings mail to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from mail_world import INCIDENTS, Post

from tocsin.acts.house import House
from tocsin.integrations.email.door import EmailDoor


@pytest.fixture
async def post(house: House) -> AsyncIterator[Post]:
    async with EmailDoor("127.0.0.1", 0, (INCIDENTS,)).open(house) as port:
        yield Post(port, house)
