"""What the settings say of procedures: the file that declares targets, and the secrets that it names (TOCSIN_SECRET_NAME)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tocsin.core.procedures.declared import NAMED, NOTHING, Declared
from tocsin.core.procedures.declared_text import declared_from
from tocsin.errors import Invalid

if TYPE_CHECKING:
    from tocsin.settings import Settings

FILE = "_FILE"


def declared_in(settings: Settings) -> Declared:
    """What the file declares; nothing where there is none. Invalid for one that can't be read, or names a secret that is not set."""
    path = settings.procedures
    if path is None:
        return NOTHING
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"TOCSIN_PROCEDURES points to {path}, which can't be read: {why}") from why
    declared = declared_from(text)
    if lacks := sorted(declared.secret_names() - set(settings.named_secrets)):
        names = ", ".join(f"{NAMED}{name}" for name in lacks)
        raise Invalid(
            f"TOCSIN_PROCEDURES names secrets that are not set: set {names} (or the same with {FILE})"
        )
    return declared


def secrets_by_name(settings: Settings) -> dict[str, str]:
    """The secrets that the file may name, by what follows TOCSIN_SECRET_."""
    return {name: one.get_secret_value() for name, one in settings.named_secrets.items()}


def struck_out(settings: Settings) -> tuple[str, ...]:
    """What no word of a procedure may show: every secret of the settings, and the passwords within those that are addresses."""
    secrets = settings.secrets()
    passwords = (urlsplit(one).password for one in secrets if "://" in one)
    return (*secrets, *(unquote(one) for one in passwords if one))


def secrets_given(environment: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """The values of all TOCSIN_SECRET_NAME, or of the files that TOCSIN_SECRET_NAME_FILE name."""
    found: dict[str, str] = {}
    for variable in sorted(environment):
        name = variable.removeprefix(NAMED)
        if not variable.startswith(NAMED) or not environment[variable]:
            continue
        if not name.endswith(FILE):
            found[name] = environment[variable]
        elif environment.get(variable.removesuffix(FILE)):
            problems.append(f"{variable.removesuffix(FILE)} and {variable} are both set: keep one")
        elif value := _read(variable, environment[variable], problems):
            found[name.removesuffix(FILE)] = value
    return found


def _read(variable: str, file: str, problems: list[str]) -> str:
    try:
        value = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as why:
        problems.append(f"{variable} points to {file}, which can't be read: {why}")
        return ""
    if not value:
        problems.append(f"{variable} points to {file}, which is empty: write the value into it")
    return value
