"""Runs one program and writes down how it ended. A process of its own, so that this is known whatever becomes of Tocsin meanwhile.

Started as `python -I supervise.py FOLDER SECONDS MOST_BYTES PROGRAM ARGUMENT …`. It imports nothing of Tocsin. In FOLDER it leaves
`pid`, `output` (at most so many bytes) and at last `ended`: the program's status, or why it has none.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import BinaryIO

GRACE_SECONDS = 5.0
TOO_LONG, STOPPED = "too long", "stopped"


def main() -> None:
    folder, seconds, most = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGTERM, not_now)
    write(folder / "pid", str(os.getpid()))
    try:
        child = subprocess.Popen(  # noqa: S603 - the program is on the operators' list, its arguments are no shell's.
            sys.argv[4:],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as problem:
        write(folder / "ended", f"could not be started: {problem.strerror}")
        return
    assert child.stdout is not None
    reader = threading.Thread(target=keep, args=(child.stdout, folder / "output", most), daemon=True)
    reader.start()
    how = waited_for(child, seconds)
    end(child)  # What it left running in its own group ends with it.
    reader.join(GRACE_SECONDS)
    write(folder / "ended", how)


class Stopped(Exception):
    """Somebody wants it to end."""


def waited_for(child: subprocess.Popen[bytes], seconds: float) -> str:
    """Its status, or why it had to be ended."""
    signal.signal(signal.SIGTERM, stop)
    try:
        return str(child.wait(seconds))
    except subprocess.TimeoutExpired:
        return TOO_LONG
    except Stopped:
        return STOPPED
    finally:
        signal.signal(signal.SIGTERM, not_now)


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def not_now(number: int, frame: FrameType | None) -> None:
    """Whoever wants it to end asks again. (To ignore a signal would be handed on to the program.)"""


def end(child: subprocess.Popen[bytes]) -> None:
    """End the program and all that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)


def keep(output: BinaryIO, path: Path, most: int) -> None:
    """What it says, as far as it is kept; the rest is read and let go, so that it never waits for us."""
    with path.open("wb", buffering=0) as file:
        left = most
        while part := os.read(output.fileno(), 65536):
            file.write(part[:left])
            left = max(0, left - len(part))


def write(path: Path, text: str) -> None:
    """All at once or not at all."""
    part = path.with_suffix(".part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


if __name__ == "__main__":
    main()
