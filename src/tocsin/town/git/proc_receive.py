"""The hook that git asks about protected branches, run by git itself as a program of its own. Standard library only.

`TOWN_PROTECTED` says what is known before the push's objects are there: for each protected ref, why this push is refused (or
nothing), and whether it may be moved by force. See `git help githooks`, proc-receive, for what is said on both sides.
"""

import json
import os
import subprocess
import sys

NOTHING = "0" * 40


def read() -> list[bytes]:
    """The lines up to the next flush."""
    lines = []
    while (size := int(sys.stdin.buffer.read(4) or b"0000", 16)) > 0:
        lines.append(sys.stdin.buffer.read(size - 4).rstrip(b"\n"))
    return lines


def say(*lines: bytes) -> None:
    for line in lines:
        sys.stdout.buffer.write(b"%04x%s" % (len(line) + 4, line))
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()


def reasons(rule: dict[str, object], old: str, new: str) -> list[str]:
    found = [str(why) for why in rule["refused"]]  # type: ignore[attr-defined]
    if new == NOTHING and not rule["deletable"]:
        return ["Cannot delete this branch"]
    if NOTHING in (old, new) or rule["forcible"]:
        return found
    command = ["git", "merge-base", "--is-ancestor", old, new]
    forced = subprocess.run(command, check=False).returncode != 0  # noqa: S603
    return (["Cannot force-push to this branch"] if forced else []) + found


def main() -> None:
    rules = json.loads(os.environ["TOWN_PROTECTED"])
    read()
    say(b"version=1\0")
    answers = []
    for line in read():
        old, new, ref = line.decode().split(" ", 2)
        why = reasons(rules[ref], old, new) if ref in rules else []
        if why:
            told = [
                f"error: GH006: Protected branch update failed for {ref}.",
                "",
                *(f"- {one}" for one in why),
            ]
            sys.stderr.write("\n".join(told) + "\n")
            answers.append(f"ng {ref} protected branch hook declined".encode())
        else:
            answers += [f"ok {ref}".encode(), b"option fall-through"]
    say(*answers)


if __name__ == "__main__":
    main()
