"""One server process as our child, which shuts down cleanly by itself when we are killed. It knows nothing of clusters."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import BinaryIO

from tocsin.store.pg_user import PgUser

_PR_SET_PDEATHSIG = 1

# Where the kernel can't tell a child of its parent's end: the shell waits for the end of a pipe that only we hold.
_INTERRUPT_AT_OUR_END = 'read -r line; kill -INT "$1"'


class Child:
    """A process run as `user`. SIGINT, which is PostgreSQL's fast shutdown, reaches it when we end in whatever way."""

    def __init__(self, command: list[str], user: PgUser, env: Mapping[str, str], out: BinaryIO) -> None:
        by_kernel = _prctl() if threading.current_thread() is threading.main_thread() else None
        self._process = subprocess.Popen(  # noqa: S603 - the words are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env=env,
            user=user.become,
            group=user.group,
            extra_groups=user.extra_groups,
            start_new_session=True,  # Ctrl-C in the terminal is for us, not for the server
            preexec_fn=functools.partial(_end_with_parent, by_kernel, os.getpid()) if by_kernel else None,
        )
        self._watcher = None if by_kernel else _end_with_pipe(self.pid, user, env)

    @property
    def pid(self) -> int:
        return self._process.pid

    def lives(self) -> bool:
        return self._process.poll() is None

    def interrupt(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def tidy(self) -> None:
        """End what watched over the process, once it has ended."""
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()


def _prctl() -> Callable[..., int] | None:
    """Linux's prctl, looked up before the fork; None elsewhere. It watches the forking thread, so only the main one may use it."""
    if sys.platform != "linux":
        return None
    prctl: Callable[..., int] = ctypes.CDLL(None).prctl
    return prctl


def _end_with_parent(prctl: Callable[..., int], parent: int) -> None:
    """Runs in the child, after the change of user, which would clear it."""
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _end_with_pipe(pid: int, user: PgUser, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the words are ours
        ["/bin/sh", "-c", _INTERRUPT_AT_OUR_END, "sh", str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=env,
        user=user.become,
        group=user.group,
        extra_groups=user.extra_groups,
        start_new_session=True,
    )
