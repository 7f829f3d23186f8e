"""Who is behind commits: their authors' accounts, the pull requests that brought them, and who has reviewed those."""

from __future__ import annotations

import asyncio
from typing import Final

from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Look, one_line
from tocsin.integrations.github.procedures.shapes import Commit, Pull
from tocsin.integrations.http import Failed
from tocsin.integrations.inputs import refuse

MOST: Final = 30
AT_ONCE: Final = 5
PRIVATE: Final = "users.noreply.github.com"


async def suspects(look: Look) -> Seen:
    """Inputs: commits (shas), people ({e-mail: login}, from the directory). Each comes back with login, pull request and reviewers."""
    shas = look.inputs.texts("commits")
    if not shas:
        refuse("`commits` is missing")
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(sha: str) -> dict[str, JSON]:
        async with gate:
            return await _suspect(look, sha)

    found = await asyncio.gather(*(one(sha) for sha in shas[:MOST]))
    more = len(shas) - MOST
    problems = (f"{more} more commits were not looked at",) if more > 0 else ()
    return Seen({"suspects": list(found), "left_out": max(0, more), "notes": list(problems)})


async def login_of(look: Look, sha: str) -> str:
    """The account of a commit's author: as GitHub found it, else by the directory of people; "" where neither knows."""
    try:
        return _login(look, await look.client.commit(look.repository, sha))
    except Failed as why:
        if isinstance(why.outcome, Refused):
            return ""
        raise


def _login(look: Look, commit: Commit) -> str:
    if commit.author:
        return commit.author.login
    email = (commit.commit.author.email if commit.commit.author else "").lower()
    name, _, host = email.partition("@")
    if host == PRIVATE:
        return name.rpartition("+")[2]
    return {key.lower(): login for key, login in look.inputs.table("people").items()}.get(email, "")


async def _suspect(look: Look, sha: str) -> dict[str, JSON]:
    commit = await look.client.commit(look.repository, sha)
    pulls = [one for one in await look.client.pulls_of(look.repository, sha) if one.is_merged]
    author = commit.commit.author
    return {
        "sha": commit.sha,
        "url": commit.html_url,
        "subject": one_line(commit.commit.message.splitlines()[0] if commit.commit.message else ""),
        "name": author.name if author else "",
        "email": author.email if author else "",
        "login": _login(look, commit),
        **(await _brought(look, pulls[0]) if pulls else {"pull_request": 0}),
    }


async def _brought(look: Look, pull: Pull) -> dict[str, JSON]:
    reviews = await look.client.reviews(look.repository, pull.number)
    approved = [one.user.login for one in reviews if one.state == "APPROVED" and one.user]
    return {
        "pull_request": pull.number,
        "pull_url": pull.html_url,
        "pull_title": one_line(pull.title),
        "pull_author": pull.user.login if pull.user else "",
        "labels": [one.name for one in pull.labels],
        "reviewers": list(dict.fromkeys(approved)),
    }
