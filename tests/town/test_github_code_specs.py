"""What the town answers and tells of code fits GitHub's own description."""

from __future__ import annotations

import httpx2

from tocsin.town import Town
from tocsin.town.github import Protection
from town.conftest import Listener
from town.specs import check_github, check_webhook

SITE = "acme/site"
CODE = f"/repos/{SITE}"


def check_all(town: Town) -> None:
    """Every call of the log that GitHub describes."""
    for exchange in list(town.requests):
        if exchange.path.startswith("/github/repos/"):
            check_github(exchange)


async def test_commits_branches_files_and_pushes(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    site = await town.github.repository(SITE, {"a": "1\n", "docs/b": "1\n"})
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))
    sha = await site.commit(
        "topic", {"a": "2\n", "docs/b": None, "d": "1\n"}, author="bob", message="Two", start="main"
    )
    await site.delete("topic", "bob")
    await site.branch("topic", sha, "bob")

    for path in (
        "/commits", "/commits/topic", "/compare/main...topic", "/branches", "/branches?protected=true",
        "/branches/main", "/branches/topic", "/branches/nothing", "/git/ref/heads/main",
        "/git/matching-refs/heads/", f"/git/commits/{sha}", "/contents/a", "/contents/nothing",
    ):  # fmt: skip
        await github.get(CODE + path)
    await github.put(f"{CODE}/contents/e", json={"message": "E", "content": "ZQo=", "branch": "topic"})
    await town.settled()

    check_all(town)
    for heard in app.heard:
        check_webhook(heard.headers["x-github-event"], heard.json)
    assert len(app.heard) == 4
