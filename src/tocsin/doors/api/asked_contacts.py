"""What callers may send about how people are reached."""

from __future__ import annotations

from pydantic import Field

from tocsin.doors.api.asked import Asked, Line, Words


class AddContact(Asked):
    via: Line = Field(description="The channel, as `GET /channels` names it.")
    name: Line = Field(
        "", description="How its owner calls it, such as `phone`; by default the channel and a number."
    )
    fields: dict[Line, Words] = Field(
        max_length=20, description="What the channel asks for, by the ids of its fields."
    )


class RenameContact(Asked):
    name: Line


class VerifyContact(Asked):
    code: Line = Field(description="The six digits that came to the device.")


class ChooseRules(Asked):
    """What is left out stays. A rule is `phone`, `phone after 5m`, or a channel for all that one has of it: `sms after 2m`."""

    high: list[Line] | None = Field(None, max_length=50, description="[] is the usual: every method at once.")
    low: list[Line] | None = Field(
        None, max_length=50, description="[] is the usual: the first method, the next after 15 minutes each."
    )


class ChooseQuiet(Asked):
    quiet: Line = Field(
        description="`22:00-07:00` in the person's zone; empty for none. High urgency pierces it."
    )


class Preview(Asked):
    preview: bool = Field(False, description="Say what it would do, and do nothing.")


class ChangeSecret(Asked):
    secret: Line = Field(
        description="Such as `whsec_` and 32 random bytes in base64; empty ends the older one of two."
    )
