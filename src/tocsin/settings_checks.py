"""What settings say that is well written and yet can't be used, and how those that hold several things are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tocsin.errors import Invalid
from tocsin.settings_procedures import declared_in

if TYPE_CHECKING:
    from tocsin.settings import Settings

PREFIX = "TOCSIN_"
SEVERAL = ("pagerduty_routing_keys", "pagerduty_webhook_secrets", "webhook_secrets")
"""The settings that hold several secrets."""
TOGETHER = (
    ("slack_bot_token", ("slack_signing_secret|slack_app_token",)),
    ("slack_signing_secret", ("slack_bot_token",)),
    ("slack_app_token", ("slack_bot_token",)),
    ("x_access_token", ("x_access_token_secret", "x_consumer_key", "x_consumer_secret")),
    ("x_consumer_key", ("x_access_token",)),
    ("github_token", ("github_repository",)),
    ("github_repository", ("github_token",)),
    ("github_follow_up_repository", ("github_token",)),
    ("buildkite_token", ("buildkite_organization", "buildkite_pipelines")),
    ("buildkite_organization", ("buildkite_token",)),
    ("buildkite_pipelines", ("buildkite_token",)),
    ("buildkite_webhook_token", ("buildkite_token",)),
    ("google_service_account", ("google_doc",)),
    ("google_doc", ("google_service_account",)),
    ("opsgenie_team", ("opsgenie_key",)),
    ("opsgenie_schedule", ("opsgenie_key",)),
    ("opsgenie_webhook_secret", ("opsgenie_key",)),
    ("pagerduty_routing_keys", ("pagerduty_token",)),
    ("pagerduty_token", ("pagerduty_routing_keys",)),
    ("pagerduty_schedule", ("pagerduty_token",)),
    ("pagerduty_webhook_secrets", ("pagerduty_token",)),
    ("twilio_account_sid", ("twilio_auth_token", "twilio_from|twilio_call_from")),
    ("twilio_auth_token", ("twilio_account_sid",)),
    ("twilio_from", ("twilio_account_sid",)),
    ("twilio_call_from", ("twilio_account_sid",)),
    ("twilio_api_key", ("twilio_api_secret",)),
    ("twilio_api_secret", ("twilio_api_key", "twilio_account_sid")),
    ("smtp_host", ("mail_from",)),
    ("mail_from", ("smtp_host",)),
    ("ntfy_token", ("ntfy_server",)),
    ("webpush_key", ("webpush_contact",)),
    ("mail_in_port", ("mail_in_address",)),
    ("mail_in_address", ("mail_in_port",)),
)
"""Settings that are of use only along with others; `a|b` is either."""


def incomplete(settings: Settings) -> list[str]:
    """What is set without what it is of use with."""
    problems = []
    for name, others in TOGETHER:
        for other in others:
            if getattr(settings, name) and not any(getattr(settings, one) for one in other.split("|")):
                wanted = " or ".join(variable_of(one) for one in other.split("|"))
                problems.append(f"{variable_of(name)} is set, but {wanted} is not: set it as well")
    return problems


def nonsense(settings: Settings) -> list[str]:
    """What is well written and yet can't be used: told along with all the rest, before anything is started."""
    problems = []
    dsn = settings.database_url.get_secret_value() if settings.database_url else ""
    if dsn and not dsn.startswith(("postgresql://", "postgres://")):
        problems.append("DATABASE_URL: write an address that begins with postgresql://")
    if settings.data.exists() and not settings.data.is_dir():
        problems.append(
            f"TOCSIN_DATA: {settings.data} is no folder: name one, or a place where one can be made"
        )
    if settings.handbook and not settings.handbook.is_file():
        problems.append(f"TOCSIN_HANDBOOK: there is no file {settings.handbook}")
    try:
        declared_in(settings)
    except Invalid as why:
        problems.append(why.message)
    if settings.clock and not settings.clock.startswith("file:"):
        problems.append(f"TOCSIN_CLOCK: leave it empty, or write file:PATH (it is {settings.clock!r})")
    if settings.pagerduty_schedule and settings.opsgenie_schedule:
        problems.append(
            "TOCSIN_PAGERDUTY_SCHEDULE and TOCSIN_OPSGENIE_SCHEDULE are both set: one of them says who is on call"
        )
    if settings.mail_from and "@" not in settings.mail_from:
        problems.append(f"TOCSIN_MAIL_FROM: {settings.mail_from!r} is no e-mail address")
    if "?" in settings.public_url or "#" in settings.public_url or "@" in settings.public_url:
        problems.append(
            "TOCSIN_PUBLIC_URL: write scheme, host and port only, such as https://tocsin.example.com"
        )
    return problems


def routing_keys(text: str) -> dict[str, str]:
    """PagerDuty's keys by the names of the teams; "" is the key of all others."""
    pairs = (part.rpartition("=") for part in text.split(",") if part.strip())
    return {name.strip(): key.strip() for name, _, key in pairs}


def parts_of(secrets: str) -> list[str]:
    """The secrets that a setting of SEVERAL holds, each; a name before one is left out, since it is none."""
    # What stands at the end of base64 parts no name from anything.
    return [re.sub(r"^.*=(?=[^=])", "", part) for part in re.split(r"[\s,]+", secrets) if part]


def variable_of(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
