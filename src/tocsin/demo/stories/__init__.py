"""The stories: what people do in the town, step by step, and how every duty must stand at the end."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.demo.stories import (
    broken_build,
    customer_instance,
    dirty_schema,
    false_alarm,
    revert,
    roll_back,
    security,
    sign_in,
)
from tocsin.demo.stories.doing import Story

__all__ = ["STORIES", "Story"]

STORIES: Mapping[str, Story] = {
    "sign-in": sign_in.STORY,
    "false-alarm": false_alarm.STORY,
    "security": security.STORY,
    "customer-instance": customer_instance.STORY,
    "broken-build": broken_build.STORY,
    "dirty-schema": dirty_schema.STORY,
    "roll-back": roll_back.STORY,
    "revert": revert.STORY,
}
