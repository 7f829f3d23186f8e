"""What all shapes of answers share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    model_config = ConfigDict(from_attributes=True, defer_build=True)
