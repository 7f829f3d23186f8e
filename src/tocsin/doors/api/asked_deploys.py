"""What callers send about deploys."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.asked import Asked, Line


class NewDeploy(Asked):
    """Something was deployed. The same `id` again tells more of the same deploy: that it is live, or did harm."""

    service: Line = Field(description="What was deployed, as the file of targets calls it.")
    version: Line = Field("", description="What you call the version; or send a `commit`.")
    commit: Line = Field("", description="The commit that was deployed, at least 7 signs of its sha.")
    repository: Line = Field("", description="The repository of that commit, such as acme/site.")
    at: datetime | None = Field(None, description="When it began or was live, with its offset. [now]")
    status: Line = Field(
        "succeeded",
        description="succeeded, running, failed, unhealthy (it is live and does harm) or rolled-back.",
    )
    url: Line = Field("", description="Where it can be seen.")
    title: Line = Field("", description="What it brings, in one line.")
    environment: Line = Field("", description="Where to, such as production.")
    id: Line = Field("", description="Your own id of the deploy: the same one twice is one deploy.")


class AskVerdict(Asked):
    """Whether the deploys can be rolled back is to be looked at again."""

    began_at: datetime | None = Field(
        None, description="When the first symptom was seen, where that was before the incident was opened."
    )
