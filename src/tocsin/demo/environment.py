"""All that Tocsin is told in a story: addresses and tokens, as anybody would set them. There is no demo in it."""

from __future__ import annotations

import os

from tocsin.demo.cast import INCIDENTS_MAIL, REPOSITORY, SCHEDULE, TEAM
from tocsin.town import Town

WEBHOOK_SECRET = "town-webhook-secret"  # noqa: S105 (opens nothing but the town)


def inherited() -> dict[str, str]:
    """What the story itself was started with, but for what would steer Tocsin."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_") or "PG_" in name
    }
    kept.pop("DATABASE_URL", None)
    return kept


def links(town: Town) -> dict[str, str]:
    """The services that every story has."""
    return {
        "TOCSIN_SLACK_BASE_URL": f"{town.url}/slack/api/",
        "TOCSIN_SLACK_BOT_TOKEN": town.slack.bot_token,
        "TOCSIN_SLACK_SIGNING_SECRET": town.slack.signing_secret,
        "TOCSIN_X_BASE_URL": f"{town.url}/x",
        "TOCSIN_X_WEB_URL": f"{town.url}/x",
        "TOCSIN_X_CONSUMER_KEY": town.x.consumer_key,
        "TOCSIN_X_CONSUMER_SECRET": town.x.consumer_secret,
        "TOCSIN_X_ACCESS_TOKEN": town.x.access_token,
        "TOCSIN_X_ACCESS_TOKEN_SECRET": town.x.access_token_secret,
        "TOCSIN_X_POLL_SECONDS": "0.5",
        "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
        "TOCSIN_GITHUB_GIT_URL": f"{town.url}/github/git",
        "TOCSIN_GITHUB_TOKEN": town.github.token,
        "TOCSIN_GITHUB_REPOSITORY": REPOSITORY,
        "TOCSIN_GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TOCSIN_SMTP_HOST": "127.0.0.1",
        "TOCSIN_SMTP_PORT": str(town.smtp_port),
        "TOCSIN_SMTP_TLS": "none",
        "TOCSIN_MAIL_FROM": "tocsin@acme.example",
        "TOCSIN_MAIL_IN_ADDRESS": INCIDENTS_MAIL,
        "TOCSIN_GOOGLE_BASE_URL": f"{town.url}/google",
        "TOCSIN_GOOGLE_SERVICE_ACCOUNT": town.google.service_account_json(),
    }


def opsgenie(town: Town) -> dict[str, str]:
    """The team's pager, as long as they keep it."""
    return {
        "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie",
        "TOCSIN_OPSGENIE_KEY": town.opsgenie.key,
        "TOCSIN_OPSGENIE_TEAM": TEAM,
        "TOCSIN_OPSGENIE_SCHEDULE": SCHEDULE,
    }


def buildkite(town: Town, pipeline: str) -> dict[str, str]:
    """Where the website is built. Its webhook is sent once; what met nobody is found by a look."""
    return {
        "TOCSIN_BUILDKITE_BASE_URL": f"{town.url}/buildkite",
        "TOCSIN_BUILDKITE_TOKEN": town.buildkite.token,
        "TOCSIN_BUILDKITE_ORGANIZATION": town.buildkite.pipelines.organization,
        "TOCSIN_BUILDKITE_PIPELINES": pipeline,
        "TOCSIN_BUILDKITE_WEBHOOK_TOKEN": WEBHOOK_SECRET,
        "TOCSIN_BUILDKITE_POLL_SECONDS": "1",
    }
