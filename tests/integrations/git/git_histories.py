"""Real repositories, made commit by commit with `git fast-import`: whatever a history can hold, without a work tree in between."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ALICE = ("Alice", "alice@acme.example")
START = 1_772_400_000
File = str | bytes | tuple[str, bytes] | None
"""Contents; or (mode, contents); or ("160000", name of a commit) for a submodule; or None: it goes."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin:/usr/local/bin",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Alice",
    "GIT_AUTHOR_EMAIL": "alice@acme.example",
    "GIT_COMMITTER_NAME": "Alice",
    "GIT_COMMITTER_EMAIL": "alice@acme.example",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"", may_fail: bool = False) -> str:
    ran = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, capture_output=True, env=ENVIRONMENT, check=False
    )
    assert may_fail or ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode("utf-8", "backslashreplace").strip()


@dataclass
class Origin:
    """A bare repository that stands for the one outside."""

    folder: Path
    branch: str = "release"
    commits: int = 0
    tips: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        git(self.folder, "init", "-q", "--bare", "-b", self.branch, ".")
        git(self.folder, "config", "http.receivepack", "true")

    def commit(
        self,
        files: Mapping[str | bytes, File],
        message: str = "Change",
        branch: str = "",
        parents: Sequence[str] | None = None,
        by: tuple[str, str] = ALICE,
    ) -> str:
        """One commit on top of the branch (or of `parents`), whose name it gives."""
        branch = branch or self.branch
        stream = self.stream(files, message, branch, parents, by)
        sha = git(self.folder, "fast-import", "--quiet", "--force", stdin=stream + b"get-mark :1\n")
        self.tips[branch] = sha
        return sha

    def stream(
        self,
        files: Mapping[str | bytes, File],
        message: str,
        branch: str,
        parents: Sequence[str] | None,
        by: tuple[str, str],
    ) -> bytes:
        self.commits += 1
        at = START + 60 * self.commits
        who = f"{by[0]} <{by[1]}> {at} +0000"
        if parents is None:
            parents = [self.tips[branch]] if branch in self.tips else []
        text = message.encode()
        parts = [
            f"commit refs/heads/{branch}\nmark :1\nauthor {who}\ncommitter {who}\n".encode(),
            f"data {len(text)}\n".encode() + text + b"\n",
            *(f"{'merge' if n else 'from'} {one}\n".encode() for n, one in enumerate(parents)),
            *(_file(path, value) for path, value in files.items()),
        ]
        return b"".join(parts) + b"\n"

    def tip(self, branch: str = "") -> str:
        return git(self.folder, "rev-parse", f"refs/heads/{branch or self.branch}")

    def branches(self) -> list[str]:
        return git(self.folder, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def tree(self, commit: str) -> str:
        return git(self.folder, "rev-parse", f"{commit}^{{tree}}")

    def read(self, commit: str, path: str) -> bytes | None:
        ran = subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"],
            cwd=self.folder,
            capture_output=True,
            env=ENVIRONMENT,
            check=False,
        )
        return None if ran.returncode else ran.stdout

    def message(self, commit: str) -> str:
        return git(self.folder, "log", "-1", "--format=%B", commit)

    def differs(self, old: str, new: str) -> list[str]:
        return git(self.folder, "diff-tree", "-r", "--name-only", old, new).splitlines()


def _file(path: str | bytes, value: File) -> bytes:
    name = path.encode() if isinstance(path, str) else path
    quoted = b'"' + b"".join(_escaped(one) for one in name) + b'"'
    if value is None:
        return b"D " + quoted + b"\n"
    mode, data = value if isinstance(value, tuple) else ("100644", value)
    raw = data.encode() if isinstance(data, str) else data
    if mode == "160000":
        return b"M 160000 " + raw + b" " + quoted + b"\n"
    return f"M {mode} inline ".encode() + quoted + f"\ndata {len(raw)}\n".encode() + raw + b"\n"


def _escaped(byte: int) -> bytes:
    one = bytes([byte])
    return one if one.isalnum() or one in b"/._- +(){}" else b"\\%03o" % byte
