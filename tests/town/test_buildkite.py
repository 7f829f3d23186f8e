"""Buildkite: builds of real commits, webhooks in both manners, and REST v2."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from tocsin.town import Town
from town.conftest import NOON, Listener

BUILDS = "/v2/organizations/acme/pipelines/site/builds"
SITE = "acme/site"
SECRET = "hush"


@pytest.fixture
async def buildkite(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    """REST v2 with the token, and a pipeline `site`."""
    town.buildkite.add_pipeline("site", SITE)
    headers = {"Authorization": f"Bearer {town.buildkite.token}"}
    async with httpx2.AsyncClient(
        base_url=f"{town.url}/buildkite", headers=headers, trust_env=False
    ) as client:
        yield client


def checks(**more: object) -> dict[str, str]:
    rule = {"name": "test", "fails_if": {"file": "app.py", "contains": "oops"}}
    return {".buildkite/checks.json": json.dumps({"checks": [rule | more]})}


async def test_a_push_is_built_and_told_of_with_the_plain_token(
    town: Town, app: Listener, buildkite: httpx2.AsyncClient, github: httpx2.AsyncClient
) -> None:
    town.buildkite.point_webhook_at(f"{app.url}/buildkite", SECRET)
    site = await town.github.repository(SITE, checks())
    sha = await site.commit("main", {"app.py": "oops\n"}, author="bob", message="Oops")
    await town.settled()

    heard = [one for one in app.heard if one.path == "/buildkite"]
    build = heard[-1].json["build"]
    status = (await github.get(f"/repos/{SITE}/commits/{sha}/status")).json()
    assert [one.headers["x-buildkite-event"] for one in heard] == [
        "build.scheduled",
        "build.running",
        "build.finished",
    ]
    assert {one.headers["x-buildkite-token"] for one in heard} == {SECRET}
    assert [one.json["build"]["state"] for one in heard] == ["scheduled", "running", "failed"]
    assert (build["commit"], build["branch"], build["source"], build["author"]["email"]) == (
        sha, "main", "webhook", "bob@acme.example",
    )  # fmt: skip
    assert heard[-1].json["pipeline"]["slug"] == "site"
    assert [(one["context"], one["state"]) for one in status["statuses"]] == [("buildkite/site", "failure")]


async def test_a_webhook_can_be_signed_instead(
    town: Town, app: Listener, buildkite: httpx2.AsyncClient
) -> None:
    town.buildkite.point_webhook_at(f"{app.url}/buildkite", SECRET, signed=True)
    town.buildkite.build("site", "a" * 40)
    await town.settled()

    heard = app.heard[-1]
    stamp, _, signature = heard.headers["x-buildkite-signature"].partition(",")
    signed = f"{stamp.removeprefix('timestamp=')}.{heard.body}".encode()
    assert signature == "signature=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert "x-buildkite-token" not in heard.headers


async def test_a_webhook_can_be_lost_and_can_come_twice(
    town: Town, app: Listener, buildkite: httpx2.AsyncClient
) -> None:
    town.buildkite.point_webhook_at(f"{app.url}/buildkite", SECRET)
    town.faults.add("buildkite", "build.running", "drop")
    town.faults.add("buildkite", "build.finished", "duplicate_event")

    town.buildkite.build("site", "a" * 40)
    await town.settled()

    events = sorted(one.headers["x-buildkite-event"] for one in app.heard)
    assert events == ["build.finished", "build.finished", "build.scheduled"]


async def test_builds_are_listed_newest_first_and_can_be_narrowed(
    town: Town, buildkite: httpx2.AsyncClient
) -> None:
    for n, state in enumerate(("passed", "failed", "running", "canceled")):
        town.buildkite.build("site", f"{n}" * 40, state, source="schedule" if n == 3 else "webhook")
    town.buildkite.build("site", "9" * 40, branch="topic")

    async def numbers(**asked: object) -> list[int]:
        return [build["number"] for build in (await buildkite.get(BUILDS, params=asked)).json()]

    first = await buildkite.get(BUILDS, params={"per_page": 2})
    rest = await buildkite.get(first.links["next"]["url"])
    assert [build["number"] for build in first.json() + rest.json()] == [5, 4, 3, 2]
    assert await numbers(branch="main", state="finished") == [4, 2, 1]
    assert await numbers(**{"state[]": ["passed", "running"]}) == [3, 1]
    assert await numbers(commit="1" * 40) == [2]
    assert await numbers(created_from="2027-01-01T00:00:00Z") == []
    assert await numbers(finished_from="2027-01-01T00:00:00Z") == []
    assert await numbers(finished_from=NOON.isoformat()) == [5, 4, 2, 1]
    assert first.json()[1]["source"] == "schedule"
    assert (await buildkite.get("/v2/organizations/acme/builds")).json()[0]["number"] == 5


async def test_a_flake_is_told_by_a_rebuild_of_the_same_commit(
    town: Town, buildkite: httpx2.AsyncClient
) -> None:
    site = await town.github.repository(SITE, checks(flaky=1))
    sha = await site.commit("main", {"app.py": "fine\n"}, author="bob", message="Fine")
    await town.settled()

    again = (await buildkite.put(f"{BUILDS}/1/rebuild")).json()
    await town.settled()

    first, second = town.buildkite.builds("site")
    assert (first.state, second.state) == ("failed", "passed")
    assert (again["commit"], again["source"], again["rebuilt_from"]["number"]) == (sha, "api", 1)


async def test_a_build_that_hangs_counts_as_failed_and_its_job_as_timed_out(
    town: Town, buildkite: httpx2.AsyncClient
) -> None:
    site = await town.github.repository(SITE, checks(hangs=True))
    await site.commit("main", {"app.py": "fine\n"}, author="bob", message="Fine")
    await town.settled()

    build = (await buildkite.get(f"{BUILDS}/1")).json()

    assert (build["state"], build["jobs"][0]["state"]) == ("failed", "timed_out")


@pytest.mark.parametrize(
    ("path", "headers", "status", "why"),
    [
        pytest.param(BUILDS, {"Authorization": "Bearer wrong"}, 401, "Authentication required", id="token"),
        pytest.param(f"{BUILDS}/7", {}, 404, "No build found", id="build"),
        pytest.param(BUILDS.replace("site", "x"), {}, 404, "No pipeline found", id="pipeline"),
        pytest.param(BUILDS.replace("acme", "x"), {}, 404, "No organization found", id="organization"),
        pytest.param(f"{BUILDS}?created_from=noon", {}, 422, "noon is not a valid timestamp", id="instant"),
    ],
)
async def test_what_is_not_there_is_refused_by_buildkite(
    buildkite: httpx2.AsyncClient, path: str, headers: dict[str, str], status: int, why: str
) -> None:
    answer = await buildkite.get(path, headers=headers)

    assert (answer.status_code, answer.json()["message"].startswith(why)) == (status, True)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"state": "CANCELLED"}, "No build is 'CANCELLED'", id="a state"),
        pytest.param({"source": "scheduled"}, "No build comes from 'scheduled'", id="a source"),
        pytest.param({"slug": "x"}, "There is no pipeline 'x'", id="a pipeline"),
    ],
)
async def test_a_build_that_buildkite_does_not_have_is_found_out(
    town: Town, buildkite: httpx2.AsyncClient, more: dict[str, str], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        town.buildkite.build(**({"slug": "site", "commit": "a" * 40} | more))  # type: ignore[arg-type]


async def test_the_page_shows_the_builds(
    town: Town, buildkite: httpx2.AsyncClient, web: httpx2.AsyncClient
) -> None:
    town.buildkite.build("site", "a" * 40, message="Speed <up>")

    page = (await web.get("/buildkite/acme/site")).text

    assert "Speed &lt;up&gt;" in page
    assert "<b>failed</b>" in page
