"""Under which OS user PostgreSQL runs. It refuses root, so a Tocsin started by root gives it to somebody without rights.

Nothing here changes a permission: what that user can't reach is said, with the remedy.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import Invalid

UNPRIVILEGED = ("tocsin", "postgres", "nobody")

# Says the first folder that can't be entered. Asking as the user itself counts groups and access lists in.
_FIRST_CLOSED = 'for d; do [ -x "$d" ] || { printf %s "$d"; exit 1; }; done'


@dataclass(frozen=True, slots=True)
class PgUser:
    """The user of the server's processes. `become` is what subprocess must switch to, None when we are that user already."""

    name: str
    uid: int
    gid: int
    become: int | None

    @property
    def group(self) -> int | None:
        return self.gid if self.become is not None else None

    @property
    def extra_groups(self) -> list[int] | None:
        return os.getgrouplist(self.name, self.gid) if self.become is not None else None

    def own(self, path: Path) -> None:
        """Give one file or folder to this user, if it is not theirs."""
        if self.become is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def choose_user(wanted: str | None, cluster: Path) -> PgUser:
    """The user for the cluster in this folder: ourselves, or as root `wanted`, the folder's owner, or the first unprivileged one.

    Raises Invalid when there is no such user, or when we may not become them.
    """
    if os.geteuid() != 0:
        return _ourselves(wanted)
    if wanted is not None:
        return _other(wanted, f"TOCSIN_PG_USER names {wanted!r}")
    owner = _owner(cluster)
    if owner is not None:
        return owner
    for name in UNPRIVILEGED:
        try:
            return _other(name, name)
        except Invalid:
            continue
    raise Invalid(
        "Tocsin runs as root, PostgreSQL refuses to, and none of the users tocsin, postgres, nobody exists:"
        " create one (useradd --system tocsin), or name one in TOCSIN_PG_USER",
        field="TOCSIN_PG_USER",
    )


def first_closed(user: PgUser, folders: Sequence[Path]) -> Path | None:
    """The first of these folders that the user can't enter; None when all are open, or when we are that user."""
    if user.become is None:
        return None
    asked = run_as(user, ["/bin/sh", "-c", _FIRST_CLOSED, "sh", *map(str, folders)], {})
    return Path(asked.stdout) if asked.returncode else None


def run_as(
    user: PgUser, command: Sequence[str], env: Mapping[str, str], words: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command as the user, in a folder that everybody can enter, with `words` as its input."""
    return subprocess.run(  # noqa: S603 - the words are ours
        command,
        input=words,
        user=user.become,
        group=user.group,
        extra_groups=user.extra_groups,
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        start_new_session=True,
    )


def _ourselves(wanted: str | None) -> PgUser:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise Invalid(
            f"Tocsin runs as uid {os.geteuid()}, which has no name in /etc/passwd; PostgreSQL needs one:"
            " add it there, run Tocsin as another user, or set DATABASE_URL"
        ) from None
    if wanted is not None and wanted != entry.pw_name:
        raise Invalid(
            f"TOCSIN_PG_USER is {wanted!r}, but Tocsin runs as {entry.pw_name} and only root can start PostgreSQL"
            " as somebody else: leave it empty",
            field="TOCSIN_PG_USER",
        )
    return PgUser(entry.pw_name, entry.pw_uid, entry.pw_gid, None)


def _other(name: str, said: str) -> PgUser:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Invalid(f"{said}, a user that does not exist on this machine", field="TOCSIN_PG_USER") from None
    if entry.pw_uid == 0:
        raise Invalid(f"{said}, which is root; PostgreSQL refuses to run as root", field="TOCSIN_PG_USER")
    return PgUser(name, entry.pw_uid, entry.pw_gid, entry.pw_uid)


def _owner(cluster: Path) -> PgUser | None:
    try:
        uid = cluster.stat().st_uid
        return None if uid == 0 else _other(pwd.getpwuid(uid).pw_name, "the owner")
    except (FileNotFoundError, KeyError):
        return None
