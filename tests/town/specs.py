"""Checks requests and answers against the services' own descriptions, which lie beside the repository and not in it.

Each check raises AssertionError with what does not fit. Without the descriptions a check skips its test and says so.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import Headers

from tocsin.town.gate import Exchange

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"

SINCE_2021 = {
    "chat.postMessage": {"metadata", "markdown_text"},
    "chat.update": {"metadata", "reply_broadcast", "file_ids", "markdown_text"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
    "chat.postEphemeral": {"markdown_text"},
    "views.update": {"external_id"},
}
"""Arguments that Slack added after its published description, which ends in 2021."""
UNDESCRIBED = {"apps.connections.open": set[str]()}
FREE_FORM = {"event_payload", "state", "values"}
VIEW_OR_BLOCK = {"blocks", "elements", "attachments"}
GITHUB_HOST = "https://api.github.com"


def _load(name: str) -> Any:
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"the services' own descriptions are not here ({path} is absent)")
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return json.loads(text)


@functools.cache
def slack_samples() -> dict[str, Any]:
    samples: dict[str, Any] = _load("slack-response-samples.json.gz")
    return samples


@functools.cache
def slack_methods() -> dict[str, Any]:
    paths: dict[str, Any] = _load("slack-web-api-openapi3-trimmed.json")["paths"]
    return {path.removeprefix("/"): operations for path, operations in paths.items()}


@functools.cache
def github_api() -> OpenAPI:
    return OpenAPI.from_dict(_with_null_among_values(_load("github-rest-trimmed.json")))


def _with_null_among_values(schema: Any) -> Any:
    """GitHub marks enums as nullable without naming null among the values, which a strict reader then refuses."""
    if isinstance(schema, list):
        return [_with_null_among_values(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: _with_null_among_values(part) for name, part in schema.items()}
    if read.get("nullable") is True and isinstance(read.get("enum"), list) and None not in read["enum"]:
        read["enum"] = [*read["enum"], None]
    return read


@functools.cache
def github_webhooks() -> dict[str, Any]:
    schema: dict[str, Any] = _with_later_conclusions(_load("github-webhooks.schema.json"))
    schema["definitions"]["team"]["properties"]["type"] = {
        "type": "string"
    }  # As GitHub's REST description has it.
    return schema


def check_slack_response(method: str, body: dict[str, Any]) -> None:
    """Every field of an answer is one that Slack's sample answers of that method have."""
    _assert_known(body, slack_samples()[method], method)


def check_slack_event(kind: str, payload: dict[str, Any]) -> None:
    """The same for what the Events API delivers; `kind` as the samples call it: Message, AppMention, ReactionAdded."""
    _assert_known(payload, slack_samples()[f"events/{kind}"], kind)


def check_slack_payload(kind: str, payload: dict[str, Any]) -> None:
    """The same for interactions; `kind`: BlockAction, MessageShortcut, SlashCommand, ViewSubmission."""
    _assert_known(payload, slack_samples()[f"app-backend/{kind}Payload.json"], kind)


def check_slack_request(method: str, body: dict[str, Any]) -> None:
    """The arguments of a call are known to Slack, and none that it needs is missing."""
    known, required = _slack_arguments(method)
    given = set(body) - {"token"}

    assert given <= known, f"{method} does not know {sorted(given - known)}"
    assert required <= given, f"{method} needs {sorted(required - given)}"


def _slack_arguments(method: str) -> tuple[set[str], set[str]]:
    if method in UNDESCRIBED:
        return UNDESCRIBED[method], set()
    assert method in slack_methods(), f"Slack describes no method {method}"
    operations = slack_methods()[method]
    if "post" in operations and "requestBody" in operations["post"]:
        content = operations["post"]["requestBody"]["content"]
        schema = next(iter(content.values()))["schema"]
        known, required = set(schema.get("properties", {})), set(schema.get("required", []))
    else:
        operation = operations.get("get") or operations["post"]
        named = [p for p in operation.get("parameters", []) if p.get("in") == "query"]
        known = {p["name"] for p in named}
        required = {p["name"] for p in named if p.get("required")}
    known |= SINCE_2021.get(method, set())
    if method == "views.update":
        required -= {"view_id"}
    return known, required - {"token"}


def _assert_known(value: Any, sample: Any, at: str) -> None:
    if isinstance(value, dict) and isinstance(sample, dict):
        unknown = sorted(set(value) - set(sample))
        assert not unknown, f"{at}: Slack's sample has no {unknown}"
        for name, inner in value.items():
            if name not in FREE_FORM | VIEW_OR_BLOCK:
                _assert_known(inner, sample[name], f"{at}.{name}")
    elif isinstance(value, list) and isinstance(sample, list) and sample:
        for index, inner in enumerate(value):
            _assert_known(inner, sample[0], f"{at}[{index}]")


def check_github(request: Exchange, answer: Exchange | None = None) -> None:
    """A request to GitHub's REST API and its answer fit GitHub's description. Both stand in one exchange of the log."""
    seen = answer or request
    asked = _github_request(request)
    got = MockResponse(
        data=seen.answer.encode(), status_code=seen.status, content_type="application/json", headers={}
    )

    github_api().validate_request(asked)
    github_api().validate_response(asked, got)


def check_github_request(method: str, path: str, body: Any = None) -> None:
    """A request alone; `path` with its query, as under https://api.github.com."""
    parts = urlsplit(path)
    text = "" if body is None else json.dumps(body)
    github_api().validate_request(
        _github_request(Exchange("github", method, parts.path, parts.query, {}, text))
    )


def _github_request(exchange: Exchange) -> MockRequest:
    return MockRequest(
        GITHUB_HOST,
        exchange.method.lower(),
        _in_one_segment(exchange.path.removeprefix("/github")),
        args=dict(parse_qsl(exchange.query)),
        headers=Headers(exchange.headers),
        data=exchange.body.encode() or None,
        content_type="application/json",
    )


SLASHES = re.compile(r"^(/repos/[^/]+/[^/]+/(?:contents|git/ref|git/matching-refs|compare)/)(.+)$")
"""Where GitHub takes a path or a ref as the last part of an address, which OpenAPI cannot say."""


def _in_one_segment(path: str) -> str:
    return SLASHES.sub(lambda found: found[1] + found[2].replace("/", "-"), path)


def check_webhook(event: str, payload: dict[str, Any]) -> None:
    """A webhook's payload fits the schema of its event and action."""
    name = f"{event}${payload.get('action', 'event')}"
    schema = github_webhooks() | {"$ref": f"#/definitions/{name}"}

    jsonschema.Draft7Validator(schema).validate(payload)


CONCLUSIONS_SINCE_2021 = {"skipped", "startup_failure"}
"""Ends of check suites and runs that GitHub's REST documentation names and the older schema of its webhooks lacks."""


def _with_later_conclusions(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_later_conclusions(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: _with_later_conclusions(part) for name, part in schema.items()}
    if isinstance(read.get("enum"), list) and {"timed_out", "stale"} <= set(read["enum"]):
        read["enum"] = [*read["enum"], *sorted(CONCLUSIONS_SINCE_2021)]
    return read


@functools.cache
def google_docs() -> dict[str, Any]:
    """Google's discovery document of Docs v1."""
    found: dict[str, Any] = _load("google-docs.v1-discovery.json.gz")
    return found


def schema_of_discovery(discovery: dict[str, Any], name: str) -> dict[str, Any]:
    """A schema of a discovery document as JSON Schema in which no unknown field passes, with all that it refers to."""
    definitions = {known: _from_discovery(schema) for known, schema in discovery["schemas"].items()}
    return {"$ref": f"#/definitions/{name}", "definitions": definitions}


def _from_discovery(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    kind = schema["type"]
    if kind == "any":
        return {}
    if kind == "array":
        return {"type": "array", "items": _from_discovery(schema["items"])}
    if kind != "object":
        # 64-bit numbers come as strings there too, as they do in Google's JSON.
        return {name: schema[name] for name in ("type", "enum", "pattern") if name in schema}
    fields = {name: _from_discovery(field) for name, field in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    return {
        "type": "object",
        "properties": fields,
        "additionalProperties": _from_discovery(others) if others else False,
    }


def check_google_docs(exchange: Exchange) -> None:
    """A call of Google Docs fits Google's discovery document: its address, its parameters, what it sends and what it gets."""
    discovery = google_docs()
    method = _google_method(discovery, exchange)
    unknown = (
        {name for name, _ in parse_qsl(exchange.query)}
        - set(method["parameters"])
        - set(discovery["parameters"])
    )

    assert not unknown, f"Google Docs knows no parameter {sorted(unknown)}"
    if "request" in method:
        _check_discovered(discovery, method["request"], exchange.json)
    if exchange.status == 200:
        _check_discovered(discovery, method["response"], exchange.answer_json)
    else:
        assert set(exchange.answer_json) == {"error"}
        assert set(exchange.answer_json["error"]) == {"code", "message", "status"}
        assert exchange.answer_json["error"]["code"] == exchange.status


def _google_method(discovery: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
    path = exchange.path.removeprefix("/google/")
    for method in discovery["resources"]["documents"]["methods"].values():
        pattern = re.escape(method["flatPath"]).replace(r"\{documentId\}", "[^/:]+")
        if method["httpMethod"] == exchange.method and re.fullmatch(pattern, path):
            found: dict[str, Any] = method
            return found
    raise AssertionError(f"Google Docs has no {exchange.method} {path}")


def _check_discovered(discovery: dict[str, Any], reference: dict[str, Any], value: Any) -> None:
    schema = schema_of_discovery(discovery, reference["$ref"])
    jsonschema.Draft7Validator(schema).validate(value)


OPSGENIE_HOST = "https://api.opsgenie.com"
OPSGENIE_UNDESCRIBED = {"success", "errors"}
"""Fields of real answers that Opsgenie's description lacks."""


@functools.cache
def opsgenie_description() -> dict[str, Any]:
    found: dict[str, Any] = _load("opsgenie-openapi3.json")
    return found


@functools.cache
def opsgenie_api() -> OpenAPI:
    return OpenAPI.from_dict(opsgenie_description())


def check_opsgenie(exchange: Exchange) -> None:
    """A call of Opsgenie and its answer fit Opsgenie's description, which forbids no field: so unknown ones are looked for here."""
    asked = MockRequest(
        OPSGENIE_HOST,
        exchange.method.lower(),
        exchange.path.removeprefix("/opsgenie"),
        args=dict(parse_qsl(exchange.query)),
        headers=Headers(exchange.headers),
        data=exchange.body.encode() or None,
        content_type="application/json",
    )
    got = MockResponse(
        data=exchange.answer.encode(),
        status_code=exchange.status,
        content_type="application/json",
        headers=exchange.answer_headers,
    )

    opsgenie_api().validate_request(asked)
    opsgenie_api().validate_response(asked, got)
    operation = _opsgenie_operation(exchange)
    if exchange.body:
        _assert_described(exchange.json, _schema_within(operation["requestBody"]), exchange.path)
    answers = operation["responses"]
    answer = answers.get(str(exchange.status)) or answers["default"]
    _assert_described(exchange.answer_json, _schema_within(answer), exchange.path)


def _opsgenie_operation(exchange: Exchange) -> dict[str, Any]:
    path = exchange.path.removeprefix("/opsgenie")
    fitting = [
        known
        for known in opsgenie_description()["paths"]
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(known)), path)
    ]
    best = min(fitting, key=lambda known: known.count("{"), default="")
    assert best, f"Opsgenie has no {path}"
    found: dict[str, Any] = opsgenie_description()["paths"][best][exchange.method.lower()]
    return found


def _followed(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = opsgenie_description()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return _followed(found)


def _schema_within(part: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = _followed(part)["content"]["application/json"]["schema"]
    return schema


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of a schema, those of the parts that it consists of included."""
    schema = _followed(schema)
    fields = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        fields |= _fields(part)
    return fields


def _assert_described(value: Any, schema: dict[str, Any], at: str) -> None:
    schema = _followed(schema)
    if isinstance(value, list) and "items" in schema:
        for inner in value:
            _assert_described(inner, schema["items"], at)
    fields = _fields(schema)
    if not isinstance(value, dict) or not fields or "discriminator" in schema:
        return
    unknown = sorted(set(value) - set(fields) - OPSGENIE_UNDESCRIBED)
    assert not unknown, f"{at}: Opsgenie describes no {unknown}"
    for name in set(value) & set(fields):
        _assert_described(value[name], fields[name], f"{at}.{name}")


TWILIO_HOST = "https://api.twilio.com"


@functools.cache
def twilio_description() -> dict[str, Any]:
    found: dict[str, Any] = _load("twilio-api-v2010-trimmed.json")
    return found


@functools.cache
def twilio_api() -> OpenAPI:
    return OpenAPI.from_dict(twilio_description())


def check_twilio(exchange: Exchange) -> None:
    """A call of Twilio and its answer fit Twilio's description, which forbids no field: so unknown ones are looked for here."""
    asked = MockRequest(
        TWILIO_HOST,
        exchange.method.lower(),
        exchange.path.removeprefix("/twilio"),
        args=dict(parse_qsl(exchange.query)),
        headers=Headers(exchange.headers),
        data=exchange.body.encode() or None,
        content_type="application/x-www-form-urlencoded",
    )
    got = MockResponse(
        data=exchange.answer.encode(), status_code=exchange.status, content_type="application/json"
    )

    twilio_api().validate_request(asked)
    twilio_api().validate_response(asked, got)
    operation = _twilio_operation(exchange)
    given = {name for name, _ in parse_qsl(exchange.query)}
    unknown = given - {one["name"] for one in operation["parameters"]}
    if exchange.body:
        content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        unknown |= {name for name, _ in parse_qsl(exchange.body)} - set(content["schema"]["properties"])
    assert not unknown, f"Twilio describes no {sorted(unknown)}"


def _twilio_operation(exchange: Exchange) -> dict[str, Any]:
    path = exchange.path.removeprefix("/twilio")
    for known, operations in twilio_description()["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(known)), path):
            found: dict[str, Any] = operations[exchange.method.lower()]
            return found
    raise AssertionError(f"Twilio has no {path}")
