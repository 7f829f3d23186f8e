"""Writes docs/reference from the code itself: the API, the commands, the settings, the kinds of facts, the handbook.

`python tools/make_reference.py` writes the files; a test compares them with what `pages()` gives.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import tocsin.__main__  # noqa: F401 - adds the commands that start a whole Tocsin
from tocsin.acts.building import handbook_text
from tocsin.core.facts import KINDS, PolicyStep
from tocsin.core.handbook_page import page
from tocsin.core.handbook_text import read_handbook
from tocsin.doors.api import blank_api
from tocsin.doors.cli import app
from tocsin.settings import Settings

FOLDER = Path(__file__).resolve().parent.parent / "docs/reference"
MADE = "<!-- Made by tools/make_reference.py from the code: change it there, then run `make docs`. -->"
NOT_BY_NAME = {"database_url": "DATABASE_URL", "named_secrets": "TOCSIN_SECRET_…"}
"""Settings that are not called as the code calls them."""
CODES = {"400", "401", "413", "503"}
"""Errors that every call may end with; they are told once."""


def pages() -> dict[str, str]:
    """Every file of the reference by its name."""
    schema = blank_api().openapi()
    return {
        "api.md": "\n".join([*_api(schema), ""]),
        "openapi.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
        "cli.md": "\n".join([*_cli(), ""]),
        "settings.md": "\n".join([*_settings(), ""]),
        "facts.md": "\n".join([*_facts(), ""]),
        "handbook.md": page(read_handbook(handbook_text(None))),
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


def _api(schema: dict[str, Any]) -> Iterator[str]:
    yield from (
        "# API",
        "",
        MADE,
        "",
        "Addresses begin with `/api/v1`; `/api/v1/openapi.json` says all this to programs.",
        "",
    )
    yield from (schema["info"]["description"], "")
    operations = [
        (path, method, one) for path, methods in schema["paths"].items() for method, one in methods.items()
    ]
    general = operations[0][2]["responses"]
    yield from ("Every call may end with one of these:", "", "| status | why |", "|---|---|")
    yield from (f"| {code} | {general[code]['description']} |" for code in sorted(CODES))
    for path, method, operation in operations:
        yield from _operation(schema, f"{method.upper()} {path}", operation)
    yield from ("", "## Shapes", "", "What is answered.")
    for name in _answered(schema):
        yield from _shape(schema, name)


def _operation(schema: dict[str, Any], title: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        f"## {title}",
        "",
        operation["description"],
        "",
        f"Needs the right to **{operation['x-right']}**.",
    )
    rows = [
        (parameter["name"], parameter["schema"], parameter.get("required", False), parameter["in"])
        for parameter in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        shape = schema["components"]["schemas"][_name(body)]
        needed = shape.get("required", [])
        rows += [(name, one, name in needed, "body") for name, one in shape["properties"].items()]
    rows += [
        (kind, {}, True, "body")
        for kind in operation.get("requestBody", {}).get("content", {})
        if kind != "application/json"
    ]
    if rows:
        yield from ("", "| field | in | type | needed | meaning |", "|---|---|---|---|---|")
    for name, one, is_needed, where in rows:
        meaning = _cell(one.get("description", ""))
        yield f"| `{name}` | {where} | {_type(one)} | {'yes' if is_needed else 'no'} | {meaning} |"
    yield from ("", f"Answers {', '.join(_answers(operation))}.")


def _answers(operation: dict[str, Any]) -> Iterator[str]:
    for code, answer in operation["responses"].items():
        if not code.startswith("2"):
            continue
        content = answer.get("content", {})
        kind = next(iter(content), "")
        shape = content.get(kind, {}).get("schema", {})
        yield f"{code} with {_type(shape) if '$ref' in shape else kind}" if kind else f"{code} without a body"
    others = [code for code in operation["responses"] if not code.startswith("2") and code not in CODES]
    yield f"or {', '.join(others)} with [ErrorBody](#errorbody)"


def _answered(schema: dict[str, Any]) -> list[str]:
    """Shapes that answers are made of."""
    asked = {
        _name(one["requestBody"]["content"]["application/json"]["schema"])
        for methods in schema["paths"].values()
        for one in methods.values()
        if "application/json" in one.get("requestBody", {}).get("content", ())
    }
    return sorted(set(schema["components"]["schemas"]) - asked)


def _shape(schema: dict[str, Any], name: str) -> Iterator[str]:
    shape = schema["components"]["schemas"][name]
    yield from ("", f"### {name}", "")
    if shape.get("description"):
        yield from (shape["description"], "")
    yield from ("| field | type | meaning |", "|---|---|---|")
    for field, one in shape["properties"].items():
        yield f"| `{field}` | {_type(one)} | {_cell(one.get('description', ''))} |"


def _type(one: dict[str, Any]) -> str:
    if "$ref" in one:
        return f"[{_name(one)}](#{_name(one).lower()})"
    if "anyOf" in one:
        return " or ".join(_type(part) for part in one["anyOf"])
    if "enum" in one:
        return ", ".join(f"`{word}`" for word in one["enum"])
    if one.get("type") == "array":
        return f"list of {_type(one['items'])}"
    names = {
        "string": "text",
        "integer": "number",
        "boolean": "true or false",
        "object": "object",
        "null": "null",
    }
    kind = {"date-time": "time"}.get(one.get("format", "")) or names.get(one.get("type", ""), "anything")
    longest = f", at most {one['maxLength']:,} characters" if "maxLength" in one else ""
    return kind + longest


def _name(reference: dict[str, Any]) -> str:
    # A body that may be left out is "this or nothing".
    reference = next((one for one in reference.get("anyOf", ()) if "$ref" in one), reference)
    return str(reference["$ref"]).rpartition("/")[2]


def _cli() -> Iterator[str]:

    group = typer.main.get_command(app)
    yield from ("# Commands", "", MADE, "", _flat(group.help))
    yield from ("", "A command ends with 0 when it did what it says, with 1 when it was refused or failed (the reason is on standard"
                " error), and with 2 when what was typed or set can't be taken.")  # fmt: skip
    yield from _commands(group, "tocsin")


def _commands(group: Any, above: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above} {name}")
            continue
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
        words = " ".join(_argument(one) for one in arguments)
        yield from (
            "",
            f"## {above} {name}",
            "",
            f"`{' '.join(filter(None, (above, name, words)))}`",
            "",
            _flat(command.help),
        )
        rows = [(_argument(one), "yes" if one.required else "no", one.help) for one in arguments]
        rows += [(_spelled(one), "yes" if one.required else "no", one.help) for one in options]
        if rows:
            yield from ("", "| | needed | |", "|---|---|---|")
        for spelled, needed, meaning in rows:
            yield f"| `{_cell(spelled)}` | {needed} | {_cell(_flat(meaning))} |"


def _argument(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    return name + ("…" if argument.nargs == -1 else "")


def _spelled(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    return " / ".join([*option.opts, *option.secondary_opts]) + value


def _settings() -> Iterator[str]:
    yield from ("# Settings", "", MADE, "")
    yield "Settings come from the environment. Each may lie in a file instead, which `NAME_FILE` names; secrets should."
    yield from ("All that is wrong with them is told at once, at the start.", "")
    yield from ("| setting | default | meaning |", "|---|---|---|")
    for name, field in Settings.model_fields.items():
        variable = NOT_BY_NAME.get(name, f"TOCSIN_{name.upper()}")
        yield f"| `{variable}` | {_default(field)} | {_cell(field.description or '')} |"
    yield from (
        "",
        "For the commands that ask a running Tocsin:",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    )
    yield "| `TOCSIN_URL` | `http://127.0.0.1:8008` | Where Tocsin is. |"
    yield "| `TOCSIN_API_KEY` |  | Your key, from `tocsin key create NAME --person YOU`; or `TOCSIN_API_KEY_FILE`. |"


def _default(field: FieldInfo) -> str:
    if field.default in (None, "", {}) or isinstance(field.default, SecretStr):
        return ""
    return f"`{field.default}`"


def _facts() -> Iterator[str]:
    yield from ("# Kinds of facts", "", MADE, "")
    yield "What can happen in an incident, as its timeline holds it. Facts are appended and never changed; a kind, once shipped, stays."
    for kind, what in KINDS.items():
        yield from ("", f"## {kind}", "")
        about = inspect.getdoc(what) or ""
        if about and not about.startswith(f"{what.__name__}("):
            yield from (_flat(about), "")
        fields = dataclasses.fields(what)  # type: ignore[arg-type]
        yield (
            ", ".join(f"`{one.name}` ({_plain(one.type)})" for one in fields) + "."
            if fields
            else "No fields."
        )
    steps = ", ".join(f"`{one.name}` ({_plain(one.type)})" for one in dataclasses.fields(PolicyStep))
    yield from ("", "A `PolicyStep` has " + steps + ".")


def _plain(kind: object) -> str:
    """A type's name as people read it."""
    text = re.sub(r"\bf\.", "", str(kind))
    named = {"str": "text", "bool": "true or false", "int": "number", "datetime": "time"}
    listed = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", text)
    return f"list of {named.get(listed[1], listed[1])}" if listed else named.get(text, text)


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")


if __name__ == "__main__":
    main()
