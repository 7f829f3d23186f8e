"""Git over smart HTTP: git's own CGI program answers, and the town looks at what a push moved."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from tocsin.town.git.commit import NOTHING, Push
from tocsin.town.git.program import run
from tocsin.town.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one push to one protected ref."""

    refused: tuple[str, ...] = ()
    """Why it is refused, in the forge's words; empty if it is not."""
    forcible: bool = False
    deletable: bool = False


Judge = Callable[[Repository, list[Push]], Awaitable[dict[str, Rule]]]
"""The rules for those refs of a push that are protected."""


class Backend:
    """Serves the repositories under one folder."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def install(self, root: Path) -> None:
        """Lay the hook beside the repositories. It is a program, so it needs a first line that names its interpreter."""
        hook = root / "hooks" / "proc-receive"
        hook.parent.mkdir(parents=True)
        source = resources.files("tocsin.town.git").joinpath("proc_receive.py").read_text()
        hook.write_text(f"#!{sys.executable} -IS\n{source}")
        hook.chmod(0o755)

    async def answer(self, request: Request, repository: Repository, rest: str, by: str) -> Response:
        """`rest` is the path below the repository; `by` is whose token it was."""
        body = await request.body()
        if request.method == "POST" and rest == "git-receive-pack":
            return await self._push(request, repository, rest, by, body)
        return await _cgi(request, repository, rest, by, body, {})

    async def _push(
        self, request: Request, repository: Repository, rest: str, by: str, body: bytes
    ) -> Response:
        pushes = pushes_of(repository.name, by, body)
        async with repository.writing:
            rules = await self._judge(repository, pushes)
            answer = await _cgi(request, repository, rest, by, body, _settings(repository, rules))
            now = await repository.refs("refs/")
        for push in pushes:
            if now.get(push.ref.removeprefix("refs/"), NOTHING) == push.after:
                repository.tell(push)
        return answer


def pushes_of(name: str, by: str, body: bytes) -> list[Push]:
    """What a push asks for: the lines `OLD NEW REF` up to the flush, before the pack."""
    found, at = [], 0
    while (size := int(body[at : at + 4] or b"0", 16)) > 4:
        old, new, ref = body[at + 4 : at + size].partition(b"\0")[0].decode().strip().split(" ", 2)
        found.append(Push(name, ref, old, new, by))
        at += size
    return found


def _settings(repository: Repository, rules: dict[str, Rule]) -> dict[str, str]:
    """Git's settings for this one push: which refs the hook is asked about, and where it lies."""
    hooks = str(repository.folder.parent.parent / "hooks")
    pairs = [("core.hooksPath", hooks), *(("receive.procReceiveRefs", ref) for ref in rules)]
    settings = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    told = {ref: asdict(rule) for ref, rule in rules.items()}
    return settings | {"TOWN_PROTECTED": json.dumps(told)}


async def _cgi(
    request: Request, repository: Repository, rest: str, by: str, body: bytes, more: dict[str, str]
) -> Response:
    asked = {
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "GIT_PROJECT_ROOT": str(repository.folder),
        "PATH_INFO": f"/{rest}",
        "GIT_HTTP_EXPORT_ALL": "1",
        "REMOTE_USER": by,
        "REMOTE_ADDR": "127.0.0.1",
    }
    _, said = await run("http-backend", folder=repository.folder, given=body, more=asked | more)
    head, _, contents = said.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Response(contents, status, headers)
