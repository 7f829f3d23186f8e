"""Every setting with its default and what it means; `docs/reference/settings.md` is generated from these descriptions, in this order."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tocsin.settings_checks import PREFIX


class SettingsFields(BaseSettings):
    """What may be set. `tocsin.settings` checks it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8008, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        "",
        description="The address under which people reach Tocsin, for links. By default the one listened on.",
    )
    data: Path = Field(Path("data"), description="Folder for the embedded database and its log.")
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "TOCSIN_DATABASE_URL"),
        description="A PostgreSQL of your own (postgresql://…), as DATABASE_URL or TOCSIN_DATABASE_URL. Without it Tocsin starts its own.",
    )
    pg_bin: Path | None = Field(
        None, description="Folder with PostgreSQL's programs, instead of the ones shipped."
    )
    pg_user: str = Field("", description="As root: the user under which the embedded PostgreSQL runs.")
    handbook: Path | None = Field(None, description="Handbook file. By default the one shipped.")
    procedures: Path | None = Field(
        None,
        description="File (TOML) that declares what can be rolled back, reverted and repaired here: docs/howto/procedures.md.",
    )
    named_secrets: dict[str, SecretStr] = Field(
        {},
        description='A secret that the file of procedures names: `token_env = "DEPLOY"` there is TOCSIN_SECRET_DEPLOY here.',
    )
    clock: str = Field("", description="`file:PATH` for a clock driven by a file, as in rehearsals.")
    log_level: str = Field("info", description="debug, info, warning or error.")
    workers: int = Field(32, ge=1, le=100, description="How many works the engine carries out at once.")

    slack_bot_token: SecretStr | None = Field(None, description="Slack: the app's bot token (xoxb-…).")
    slack_signing_secret: SecretStr | None = Field(
        None, description="Slack: signing secret, for signed HTTP."
    )
    slack_app_token: SecretStr | None = Field(None, description="Slack: app token (xapp-…), for Socket Mode.")
    slack_channel: str = Field("incidents", description="Slack: name or id of the incidents channel.")
    slack_channel_per_incident: bool = Field(
        False,
        description="Slack: give each incident a channel of its own, besides its card in the incidents channel.",
    )
    slack_timeline_signs: str = Field(
        "pushpin,memo",
        description="Slack: names of the reactions that put a message on an incident's timeline; - for none.",
    )
    slack_follow_up_signs: str = Field(
        "fast_forward",
        description="Slack: names of the reactions that make a message a follow-up of the incident; - for none.",
    )
    slack_base_url: str = Field("https://slack.com/api/", description="Slack: address of the Web API.")

    x_consumer_key: SecretStr | None = Field(None, description="X: consumer key of the app (OAuth 1.0a).")
    x_consumer_secret: SecretStr | None = Field(None, description="X: consumer secret.")
    x_access_token: SecretStr | None = Field(
        None, description="X: access token of the organisation's account."
    )
    x_access_token_secret: SecretStr | None = Field(None, description="X: its secret.")
    x_base_url: str = Field("https://api.x.com", description="X: address of the API.")
    x_web_url: str = Field("https://x.com", description="X: address under which posts are read.")
    x_poll_seconds: float = Field(15, gt=0, description="X: seconds between two looks for mentions.")

    github_token: SecretStr | None = Field(None, description="GitHub: token that may write issues.")
    github_repository: str = Field("", description="GitHub: owner/name of the repository for public issues.")
    github_follow_up_repository: str = Field(
        "", description="GitHub: owner/name of the repository for follow-ups, if they belong elsewhere."
    )
    github_build_repositories: str = Field(
        "",
        description="GitHub: owner/name of each repository whose builds count, with commas, or owner/* for all of an owner's; "
        "by default that of public issues.",
    )
    github_webhook_secret: SecretStr | None = Field(None, description="GitHub: secret of the webhook.")
    github_bot: str = Field(
        "tocsin",
        description="GitHub: login of the account whose token it is. A comment that mentions it is a report.",
    )
    github_poll_seconds: float = Field(
        300, gt=0, description="GitHub: seconds between two looks for what the webhook could not bring."
    )
    github_base_url: str = Field("https://api.github.com", description="GitHub: address of the REST API.")
    github_git_url: str = Field(
        "",
        description="GitHub: address under which its repositories lie for git. By default the one that belongs to the REST API's.",
    )
    buildkite_token: SecretStr | None = Field(
        None, description="Buildkite: API access token that may read builds and pipelines."
    )
    buildkite_organization: str = Field("", description="Buildkite: slug of the organization.")
    buildkite_pipelines: str = Field(
        "", description="Buildkite: slug of each pipeline whose builds count, with commas."
    )
    buildkite_webhook_token: SecretStr | None = Field(
        None, description="Buildkite: token of the webhook, which it sends along or signs with."
    )
    buildkite_poll_seconds: float = Field(
        60, gt=0, description="Buildkite: seconds between two looks for what the webhook could not bring."
    )
    buildkite_base_url: str = Field(
        "https://api.buildkite.com", description="Buildkite: address of the REST API."
    )
    git_folder: Path | None = Field(
        None,
        description="Git: folder for copies of the repositories that are declared (TOCSIN_PROCEDURES). By default `git` in the data folder.",
    )
    git_author: str = Field(
        "Tocsin <tocsin@localhost>",
        description="Git: whose commits they are that roll back, freeze and revert.",
    )

    google_service_account: SecretStr | None = Field(
        None, description="Google: JSON key of the service account that may edit the document."
    )
    google_doc: str = Field("", description="Google: id or link of the document that is the ops log.")
    google_base_url: str = Field(
        "https://docs.googleapis.com", description="Google: address of the Docs API."
    )
    google_token_url: str = Field(
        "", description="Google: address of the token endpoint. By default the one in the account's JSON."
    )

    opsgenie_key: SecretStr | None = Field(None, description="Opsgenie: key of an API integration.")
    opsgenie_team: str = Field(
        "",
        description="Opsgenie: name of the team there that is alerted for every team here that does not say which pager it keeps.",
    )
    opsgenie_schedule: str = Field("", description="Opsgenie: name of the schedule that says who is on call.")
    opsgenie_webhook_secret: SecretStr | None = Field(
        None,
        description="Opsgenie: a secret of yours that its webhook brings (Authorization: Bearer SECRET).",
    )
    opsgenie_base_url: str = Field(
        "https://api.opsgenie.com",
        description="Opsgenie: address of the API; https://api.eu.opsgenie.com in the EU.",
    )

    pagerduty_routing_keys: SecretStr | None = Field(
        None,
        description="PagerDuty: the integration key (Events API v2) of the service for all teams that keep it; or several as NAME=KEY, with commas, by the teams' names.",
    )
    pagerduty_token: SecretStr | None = Field(
        None, description="PagerDuty: REST API key, by which it is asked what came of an incident."
    )
    pagerduty_webhook_secrets: SecretStr | None = Field(
        None, description="PagerDuty: signing secrets of its webhooks (version 3), with commas."
    )
    pagerduty_schedule: str = Field("", description="PagerDuty: id of the schedule that says who is on call.")
    pagerduty_base_url: str = Field(
        "https://api.pagerduty.com",
        description="PagerDuty: REST API (https://api.eu.pagerduty.com in the EU).",
    )
    pagerduty_events_url: str = Field(
        "https://events.pagerduty.com",
        description="PagerDuty: address of the Events API; https://events.eu.pagerduty.com in the EU.",
    )

    gateways: SecretStr | None = Field(
        None,
        description="SMS and calls through other providers: TOML that describes each (docs/howto/sms-and-calls.md), best in a file (TOCSIN_GATEWAYS_FILE).",
    )
    twilio_account_sid: str = Field("", description="Twilio: SID of the account (AC…).")
    twilio_auth_token: SecretStr | None = Field(
        None, description="Twilio: auth token of the account. With it Twilio signs what it sends to Tocsin."
    )
    twilio_api_key: str = Field(
        "", description="Twilio: SID of an API key (SK…), to send with it instead of the auth token."
    )
    twilio_api_secret: SecretStr | None = Field(None, description="Twilio: secret of that key.")
    twilio_from: str = Field(
        "",
        description="Twilio: the number that texts and calls, or several by how the numbers begin that they reach: "
        "`+12025550143, +44=+447400123456, +49=ACME`. A name (which takes no replies) or a messaging service (MG…) may stand for a number.",
    )
    twilio_call_from: str = Field(
        "", description="Twilio: the same for calls, if they come from other numbers; - for no calls."
    )
    twilio_per_second: float = Field(
        1.0,
        gt=0,
        le=1000,
        description="Twilio: how many messages, and how many calls, each of those numbers may send in a second: 1 for an ordinary one, 100"
        " for a short code. What is more waits, the severe first.",
    )
    twilio_callbacks: bool = Field(
        True,
        description="Twilio: whether it reaches Tocsin at TOCSIN_PUBLIC_URL. Without, there are no receipts, no replies and no keys.",
    )
    twilio_base_url: str = Field(
        "https://api.twilio.com",
        description="Twilio: address of the API, such as https://api.dublin.ie1.twilio.com.",
    )

    smtp_host: str = Field("", description="E-mail: SMTP server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="E-mail: its port.")
    smtp_user: str = Field("", description="E-mail: user name at the server, if it asks for one.")
    smtp_password: SecretStr | None = Field(None, description="E-mail: password at the server.")
    smtp_tls: str = Field("starttls", description="E-mail: starttls, tls or none.")
    mail_from: str = Field("", description="E-mail: sender of Tocsin's messages.")
    mail_in_host: str = Field("127.0.0.1", description="E-mail: address to listen on for incoming mail.")
    mail_in_port: int = Field(
        0, ge=0, le=65535, description="E-mail: port to listen on for incoming mail; 0 takes none in."
    )
    mail_in_address: str = Field(
        "", description="E-mail: address (or several, with commas) whose mail is a report."
    )

    ntfy_server: str = Field(
        "",
        description="ntfy: address of the server on which people's topics are, such as https://ntfy.sh. Without it nobody is paged by ntfy.",
    )
    ntfy_token: SecretStr | None = Field(
        None, description="ntfy: access token, if that server asks for one. No other server gets it."
    )

    webpush_contact: str = Field(
        "",
        description="Web Push: where those who run browsers' push services may write to, such as mailto:ops@acme.example. "
        "With it people can be paged in their browsers and on their phones.",
    )
    webpush_key: SecretStr | None = Field(
        None,
        description="Web Push: the private key by which push services know this Tocsin (VAPID), in base64url or as PEM. "
        "By default one is made, and kept in the database.",
    )

    webhooks: bool = Field(
        True, description="Webhooks: whether people may have pages sent to webhooks of their own."
    )
    webhook_secrets: SecretStr | None = Field(
        None,
        description="Webhooks: the secret with which calls to the webhooks that escalation policies name are signed (`openssl rand -base64 32`);"
        " or two with a comma, while receivers go from one to the other.",
    )
    apprise: bool = Field(
        True,
        description="Other services: whether people may have pages sent through Apprise (Teams, Telegram, Matrix, Discord, …).",
    )

    oncall_gap_days: int = Field(
        14,
        ge=1,
        le=90,
        description="On call: how many days ahead the report of 09:00 looks for times at which nobody is on call.",
    )
    monthly_test_pages: bool = Field(
        True,
        description="Pages: once a month, in their working hours, everybody who may be paged on devices of their own is sent a test page."
        " Who does not answer it stands in the readiness page and the weekly digest.",
    )
    pages_per_hour: int = Field(
        60,
        ge=0,
        le=100_000,
        description="Pages: who got so many messages about alerts and incidents within an hour gets those that follow collected, one message every 3 minutes"
        " on each device. It says so, and nothing is lost. 0 for no such limit.",
    )
    dead_mans_switch: SecretStr | None = Field(
        None,
        description="Address of a dead man's switch outside, pinged each minute for as long as synthetic pages come to their end.",
    )
    private_networks: str = Field(
        "",
        description="Networks of your own to which Tocsin may also send, and from which it may read, where people type an address: "
        "CIDRs with commas, such as 10.20.0.0/16. By default such addresses are refused.",
    )
    calendars_inside: bool = Field(
        False,
        description="Calendars: whether they are also read from addresses within your own network, such as 10.0.0.5 or localhost.",
    )
