"""The settings, from the environment: `TOCSIN_NAME`, or `TOCSIN_NAME_FILE` for a value that lies in a file (every secret may).

All that is wrong with them is reported at once, at start, by name, with what to do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator

from tocsin.core.procedures.declared import NAMED
from tocsin.errors import Invalid
from tocsin.settings_checks import PREFIX, SEVERAL, incomplete, nonsense, parts_of, routing_keys, variable_of
from tocsin.settings_fields import SettingsFields
from tocsin.settings_procedures import secrets_by_name, secrets_given


class Settings(SettingsFields):
    """All settings, checked."""

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("write debug, info, warning or error")
        return value.lower()

    @field_validator("smtp_tls")
    @classmethod
    def _tls(cls, value: str) -> str:
        if value not in ("starttls", "tls", "none"):
            raise ValueError("write starttls, tls or none")
        return value

    @field_validator(
        "public_url",
        "slack_base_url",
        "x_base_url",
        "x_web_url",
        "github_base_url",
        "github_git_url",
        "buildkite_base_url",
        "google_base_url",
        "google_token_url",
        "opsgenie_base_url",
        "ntfy_server",
        "pagerduty_base_url",
        "pagerduty_events_url",
        "twilio_base_url",
    )
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write an address that begins with https:// or http://")
        return value

    @field_validator("github_repository", "github_follow_up_repository")
    @classmethod
    def _repository(cls, value: str) -> str:
        if value and value.count("/") != 1:
            raise ValueError("write owner/name")
        return value

    @field_validator("github_build_repositories")
    @classmethod
    def _repositories(cls, value: str) -> str:
        if any(not re.fullmatch(r"[\w.-]+/([\w.-]+|\*)", one) for one in value.replace(",", " ").split()):
            raise ValueError("write owner/name, or owner/*, and more with commas")
        return value

    @field_validator("buildkite_organization", "buildkite_pipelines")
    @classmethod
    def _slugs(cls, value: str, about: ValidationInfo) -> str:
        several = value.replace(",", " ").split() if about.field_name == "buildkite_pipelines" else [value]
        if value and not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", one) for one in several):
            raise ValueError("write it as in Buildkite's addresses, such as acme-site; pipelines with commas")
        return value

    @field_validator("pagerduty_routing_keys")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        for key in routing_keys(value.get_secret_value()).values() if value else ():
            if not re.fullmatch(r"[0-9A-Za-z]{32}", key):
                raise ValueError("write keys of 32 letters and digits: KEY, or NAME=KEY and more with commas")
        return value

    @field_validator("github_bot")
    @classmethod
    def _login(cls, value: str) -> str:
        login = value.removeprefix("@").removesuffix("[bot]")
        if not re.fullmatch(r"[A-Za-z0-9](-?[A-Za-z0-9])*", login):
            raise ValueError("write the login of the account, such as acme-bot")
        return login

    @field_validator("git_author")
    @classmethod
    def _author(cls, value: str) -> str:
        if not re.fullmatch(r"[^<>\n]*[^<>\s][^<>\n]*<[^<>\s]+@[^<>\s]+>", value):
            raise ValueError("write a name and an address: Tocsin <tocsin@acme.example>")
        return value

    @field_validator("mail_in_address")
    @classmethod
    def _addresses(cls, value: str) -> str:
        if not all(re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", one) for one in value.replace(",", " ").split()):
            raise ValueError("write a mail address such as incidents@acme.example, or several with commas")
        return value

    @field_validator("twilio_account_sid")
    @classmethod
    def _account(cls, value: str) -> str:
        if value and not re.fullmatch(r"AC[0-9a-fA-F]{32}", value):
            raise ValueError("write the SID of the account: AC and 32 digits or letters from a to f")
        return value

    @field_validator("twilio_from", "twilio_call_from")
    @classmethod
    def _senders(cls, value: str) -> str:
        one = r"(\+\d{1,14}=)?(\+\d{6,15}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 &_-]{1,11})"
        parts = [part.strip() for part in re.split(r"[,\n]", value) if part.strip() and value != "-"]
        if wrong := next((part for part in parts if not re.fullmatch(one, part)), ""):
            raise ValueError(f"write numbers such as +12025550143, or +44=+447400123456; {wrong} is none")
        return value

    @field_validator("google_doc")
    @classmethod
    def _document(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w-]{20,}|https?://\S+/document/d/[\w-]+(/\S*)?", value):
            raise ValueError(
                "write the document's id, or its link (https://docs.google.com/document/d/…/edit)"
            )
        return value

    @field_validator("private_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for one in value.replace(",", " ").split():
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"write networks such as 10.20.0.0/16, with commas; {one} is none") from None
        return value

    @field_validator("webpush_contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        if value and not re.fullmatch(r"mailto:[^\s@]+@[^\s@]+|https://\S+", value):
            raise ValueError("write mailto: and a mail address, or an address that begins with https://")
        return value

    def secrets(self) -> tuple[str, ...]:
        """The values that no log may show; of those that hold several, each."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        values = {name: one.get_secret_value() for name, one in found.items() if isinstance(one, SecretStr)}
        several = (part for name in SEVERAL for part in parts_of(values.get(name, "")))
        return (*values.values(), *several, *secrets_by_name(self).values())


def read_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings of this process; `given` (from the command line) wins. Invalid, with every problem at once."""
    environment = dict(os.environ if environment is None else environment)
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        if name != "named_secrets":
            values |= _value(name, environment, problems)
    values["named_secrets"] = secrets_given(environment, problems)
    problems += _unknown(environment)
    values |= {name: value for name, value in given.items() if value is not None}
    settings: Settings | None = None
    try:
        settings = Settings.model_validate({_alias(name): value for name, value in values.items()})
    except ValidationError as why:
        for error in why.errors():
            field = str(error["loc"][0]) if error["loc"] else ""
            shown = "" if _is_secret(field) else f" (it is {error['input']!r})"
            problems.append(f"{variable_of(field)}: {error['msg'].removeprefix('Value error, ')}{shown}")
    if settings:
        problems += incomplete(settings) + nonsense(settings)
    if problems or settings is None:
        raise Invalid("The settings can't be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return settings


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; Invalid if there is none."""
    try:
        return ZoneInfo(name)
    except Exception as why:  # ZoneInfo raises five kinds of error for a bad name.
        raise Invalid(f"{name!r} is no time zone; write one such as Europe/Berlin", field="zone") from why


def _value(name: str, environment: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    variable = variable_of(name)
    if name == "database_url" and (environment.get("DATABASE_URL") or environment.get("DATABASE_URL_FILE")):
        if environment.get(variable) or environment.get(f"{variable}_FILE"):
            problems.append("DATABASE_URL and TOCSIN_DATABASE_URL are both set: keep one")
        variable = "DATABASE_URL"
    direct, file = environment.get(variable), environment.get(f"{variable}_FILE")
    if direct and file:
        problems.append(f"{variable} and {variable}_FILE are both set: keep one")
    if not file:
        return {name: direct} if direct else {}
    try:
        value = Path(file).read_text().strip()
        if not value:
            problems.append(f"{variable}_FILE points to {file}, which is empty: write the value into it")
        return {name: value} if value else {}
    except (OSError, UnicodeDecodeError) as why:
        problems.append(f"{variable}_FILE points to {file}, which can't be read: {why}")
        return {}


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = {variable_of(name) for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {"TOCSIN_URL", "TOCSIN_API_KEY", "TOCSIN_API_KEY_FILE"}
    return [
        f"{name} is no setting of Tocsin: see docs/reference/settings.md, or unset it"
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not name.startswith(NAMED)
    ]


def _is_secret(name: str) -> bool:
    field = Settings.model_fields.get(name)
    return field is None or "SecretStr" in str(field.annotation)


def _alias(name: str) -> str:
    return "DATABASE_URL" if name == "database_url" else name
