"""What is run for a target: the words that the operators declared, with what is asked for in the places that they left for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.declared import KUBECTL, NAMED, Declared, Target
from tocsin.integrations.inputs import refuse

PLACE: Final = re.compile(r"\{(commit|version|run)\}")
VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+:@-]{0,199}")
"""Nothing that a program could take for an option."""
PASSED_ON: Final = ("PATH", "HOME", "LANG", "TZ")
"""What a program gets of our own environment without being named."""


def argv_of(target: Target, values: Mapping[str, str]) -> tuple[str, ...]:
    """The program and its arguments."""
    for name, value in values.items():
        if value and not VALUE.fullmatch(value):
            refuse(f"{name} is {value[:40]!r}: that could be taken for something else than a value")
    if not target.command:
        refuse(f"{target.id} declares no command")
    return tuple(_filled(word, values) for word in target.command)


def kubectl_of(target: Target, *words: str) -> tuple[str, ...]:
    """kubectl with the cluster and the namespace that are declared."""
    if target.by != KUBECTL:
        refuse(f"{target.id} is not rolled back by kubectl")
    cluster = ("--context", target.cluster) if target.cluster else ()
    namespace = ("--namespace", target.namespace) if target.namespace else ()
    return ("kubectl", *cluster, *namespace, *words)


def must_be_allowed(declared: Declared, argv: tuple[str, ...]) -> None:
    if argv[0] not in declared.programs:
        refuse(f"{argv[0]} is not on the list of programs that may be started")


def environment_of(
    target: Target, ours: Mapping[str, str], secrets: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str]:
    """All that the program gets: where programs lie, what the target names, and what is asked for."""
    names = (*PASSED_ON, *target.variables)
    found = {name: ours[name] for name in names if name in ours and not name.startswith(NAMED)}
    for name in target.variables:
        if name.startswith(NAMED):
            found[name] = secrets.get(name.removeprefix(NAMED), "")
    return found | {f"TOCSIN_{name.upper()}": value for name, value in values.items() if value}


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name in PLACE.findall(word):
        if not values.get(name):
            refuse(f"the command needs a {name}, and none is known")
    return PLACE.sub(lambda place: values[place[1]], word)
