"""Looks at a folder of a branch: the texts of the files in it, such as migrations."""

from __future__ import annotations

from typing import Final

from tocsin.core.procedures.hands import JSON, Seen
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import blobs, head_of, resolve, shown

MOST_FILES: Final = 20_000
PLAIN: Final = (b"100644", b"100755")


async def look_files(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: branch or commit, and path, a folder ("" is all). Gives what each file in it holds, by its name within the folder."""
    commit = asked.text("commit")
    sha = await resolve(repo, commit) if commit else await head_of(repo, asked.needed("branch"))
    path = asked.text("path").strip("/")
    where = f"{sha}:{path}" if path else sha
    kind = await repo.git("cat-file", "-t", where, may_end=(0, 128))
    if kind.code or kind.line != "tree":
        raise refused(f"there is no folder {path!r} in {repo.remote.name} at {sha[:10]}")
    found = _files((await repo.git("ls-tree", "-r", "-z", where)).out)
    if len(found) > MOST_FILES:
        raise refused(
            f"{path or 'the whole'} of {repo.remote.name} has {len(found)} files: name a folder with fewer"
        )
    problems: list[str] = []
    texts: dict[str, JSON] = {}
    for name, held in zip(found, await blobs(repo, list(found.values())), strict=True):
        try:
            texts[name] = held.decode("utf-8-sig")
        except UnicodeDecodeError:
            problems.append(f"{name} is not UTF-8")
    return Seen({"commit": sha, "url": repo.remote.commit_url(sha), "files": texts}, tuple(problems))


def _files(listed: bytes) -> dict[str, str]:
    """The plain files by their names. Links and submodules are passed over."""
    found = {}
    for line in listed.split(b"\0"):
        head, _, name = line.partition(b"\t")
        if name and head.split(b" ")[0] in PLAIN:
            found[shown(name)] = head.split(b" ")[2].decode()
    return found
