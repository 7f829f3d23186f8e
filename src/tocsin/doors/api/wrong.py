"""Says in words what is wrong with one field of a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel

NEEDS = {
    "string": "has to be a text",
    "int": "has to be a whole number",
    "bool": "has to be true or false",
    "list": "has to be a list",
    "datetime": "has to be a time, such as 2026-03-02T09:00:00Z",
}


FORMS = ("(list)", "(table)")
"""The tags by which a field that takes either form is read: they are no place in what was sent."""


def problem_of(error: Mapping[str, Any], request: Request) -> tuple[str, str]:
    """(field, words) of one validation error."""
    place = [str(part) for part in error["loc"][1:] if part not in FORMS]
    field = ".".join(place) or str(error["loc"][0])
    return field, _words(field, error, request)


def _words(field: str, error: Mapping[str, Any], request: Request) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if field == "body" and request.url.path.startswith("/calendars/"):
        return "The body has to be an iCalendar file, sent with Content-Type: text/calendar"
    if field == "body":
        return "The body has to be a JSON object, sent with Content-Type: application/json"
    if kind == "missing":
        return f"{field} is missing"
    if kind == "extra_forbidden":
        return f"{field} is unknown here; known are: {', '.join(_known(error, request))}"
    if kind == "string_too_long":
        return f"{field} has {len(error['input']):,} characters; at most {context['max_length']:,} are taken"
    if kind == "too_short":
        return f"{field} is empty"
    if kind == "too_long":
        return f"{field} has {len(error['input']):,} entries; at most {context['max_length']:,} are taken"
    if kind == "timezone_aware":
        return f"{field} has no zone: write it with an offset or a Z, such as 2026-03-02T09:00:00Z"
    need = NEEDS.get(kind.partition("_")[0])
    if need and kind.endswith(("_type", "_parsing", "_from_float")):
        return f"{field} {need}"
    return f"{field}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _known(error: Mapping[str, Any], request: Request) -> list[str]:
    """The fields that the call does take, in the body or in the query."""
    dependant = request.scope["route"].dependant
    params = dependant.body_params if error["loc"][0] == "body" else dependant.query_params
    models = [param.field_info.annotation for param in params]
    return [
        name
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in _inner(model, error["loc"][1:-1]).model_fields
    ]


def _inner(model: type[BaseModel], place: Sequence[object]) -> type[BaseModel]:
    """The shape of what stands at that place of the body; a key of a table, or an index, leads nowhere else."""
    for part in place:
        found = model.model_fields.get(str(part))
        model = next(_shapes(found.annotation), model) if found else model
    return model


def _shapes(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes(part)
