"""`tocsin alert …`: what pages people without being an incident. Each command is one call of the API; it shows the alert as it stands then."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from tocsin.doors.cli import showing_alerts as showing
from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.typed import TIMES, desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json
from tocsin.errors import Invalid

app = typer.Typer(
    help="Alerts: page people, answer, and see what was done and what comes next.", no_args_is_help=True
)
STATUSES = ("open", "acknowledged", "snoozed", "closed")
ALIAS = "alias:"
REF = re.compile(r"(?:A-)?([0-9]{1,18})", re.I)
Ref = Annotated[
    str, typer.Argument(metavar="ALERT", help="Such as A-7, or 7; or alias:NAME, the open one of that alias.")
]
To = Annotated[
    list[str],
    typer.Argument(
        metavar="TO...", help="person:HANDLE, team:NAME, schedule:ID, schedule:ID/next, on-call …"
    ),
]


@app.command("open")
def open_one(
    message: Annotated[list[str], typer.Argument(help="What is wrong, in one line.")],
    alias: Annotated[
        str, typer.Option(help="Your own name for it: while one is open under it, that one counts up.")
    ] = "",
    priority: Annotated[
        str, typer.Option(help="P1, the worst, to P5. P4 and P5 go by the rules for low urgency.")
    ] = "P3",
    policy: Annotated[str, typer.Option(help="The escalation policy. [the house's own]")] = "",
    to: Annotated[
        list[str] | None, typer.Option(help="Whom to page first, such as team:web; may be repeated.")
    ] = None,
    description: Annotated[str, typer.Option(help="More about it.")] = "",
    source: Annotated[str, typer.Option(help="What noticed it. [your key's name]")] = "",
    link: Annotated[str, typer.Option(help="Where to look.")] = "",
    detail: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Anything else; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Page people. Example: tocsin alert open The disk of db1 is full --alias disk/db1 --priority P1"""
    body: Json = {"message": " ".join(message), "alias": alias, "priority": priority.upper()}
    body |= {"policy": policy, "to": to or [], "description": description, "source": source, "link": link}
    made = post("/alerts", {**body, "details": dict(_named(one) for one in detail or ())})
    if as_json:
        say_json(made)
    elif made["is_new"]:
        say(f"{made['ref']} is open: {made['url']}")
    else:
        say(f"{made['ref']} is open already and came {made['count']} times: {made['url']}")


@app.command("list")
def list_alerts(
    status: Annotated[str, typer.Option(help=f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}. [all]")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    before: Annotated[str, typer.Option(help="Go on after this alert.")] = "",
    as_json: AsJson = False,
) -> None:
    """List alerts, the newest first. Example: tocsin alert list --status open"""
    if status and status not in STATUSES:
        raise Invalid(f"{status!r} is no status; there are {', '.join(STATUSES)}", field="status")
    found = get("/alerts", status=status, limit=limit, before=before and _plain(before))
    if as_json:
        say_json(found)
        return
    alerts = found["alerts"]
    say(showing.listed(alerts) if alerts else "No alerts.")
    if len(alerts) == limit:
        say(f"More: tocsin alert list --before {alerts[-1]['ref']}")


@app.command()
def show(alert: Ref, as_json: AsJson = False) -> None:
    """Show what was done, what comes next and why, and every message. Example: tocsin alert show A-7"""
    alias = _alias(alert)
    found = get("/alerts/by-alias", alias=alias) if alias else get(f"/alerts/{_ref(alert)}")
    say_json(found) if as_json else say(showing.whole(found))


@app.command()
def ack(alert: Ref, as_json: AsJson = False) -> None:
    """Acknowledge it: you act, and nobody else is paged. Example: tocsin alert ack A-7"""
    _does(alert, "acknowledge", {}, as_json)


@app.command()
def unack(alert: Ref, as_json: AsJson = False) -> None:
    """Take the acknowledgement back: its escalation starts anew. Example: tocsin alert unack A-7"""
    _does(alert, "unacknowledge", {}, as_json)


@app.command("take-over")
def take_over(alert: Ref, as_json: AsJson = False) -> None:
    """It is yours, whoever acknowledged it before. Example: tocsin alert take-over A-7"""
    _does(alert, "take-over", {}, as_json)


@app.command()
def close(
    alert: Ref,
    why: Annotated[list[str] | None, typer.Argument(help="What became of it.")] = None,
    as_json: AsJson = False,
) -> None:
    """It is over. Example: tocsin alert close alias:disk/db1 It has room again"""
    _does(alert, "close", {"why": " ".join(why or [])}, as_json)


@app.command()
def snooze(
    alert: Ref,
    until: Annotated[list[str], typer.Argument(help=f"How long, such as 4h; or until when, {TIMES[13:]}.")],
    as_json: AsJson = False,
) -> None:
    """Be silent for a while; then it starts anew. Example: tocsin alert snooze A-7 4h"""
    at = desk().at(" ".join(until), "until")
    _does(alert, "snooze", {"until": at.isoformat()}, as_json)


@app.command()
def escalate(alert: Ref, as_json: AsJson = False) -> None:
    """Take the next step at once. Example: tocsin alert escalate A-7"""
    _does(alert, "escalate", {}, as_json)


@app.command()
def reassign(alert: Ref, to: To, as_json: AsJson = False) -> None:
    """Give it to others; the policy follows. Example: tocsin alert reassign A-7 team:web; or policy:payments, alone"""
    _does(alert, "reassign", {"to": to}, as_json)


@app.command()
def add(alert: Ref, to: To, as_json: AsJson = False) -> None:
    """Page more people, beside the policy. Example: tocsin alert add A-7 person:ana schedule:db"""
    _does(alert, "responders", {"to": to}, as_json)


def _does(alert: str, deed: str, body: Json, as_json: bool) -> None:
    found = post(f"/alerts/{_ref(alert)}/{deed}", body)
    say_json(found) if as_json else say(showing.short(found))


def _ref(alert: str) -> str:
    alias = _alias(alert)
    if alias:
        return str(get("/alerts/by-alias", alias=alias)["ref"])
    return _plain(alert)


def _plain(alert: str) -> str:
    """`7` and `a-7` are A-7."""
    found = REF.fullmatch(alert)
    if not found:
        raise Invalid(f"{alert!r} is no alert: write A-7, 7 or alias:NAME", field="alert")
    return f"A-{found[1]}"


def _alias(alert: str) -> str:
    if not alert.startswith(ALIAS):
        return ""
    if not alert.removeprefix(ALIAS):
        raise Invalid("alias: names none; write alias:NAME, such as alias:disk/db1", field="alert")
    return alert.removeprefix(ALIAS)


def _named(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there or not name.strip():
        raise Invalid(f"{text!r} names nothing: write NAME=VALUE, such as host=db1", field="detail")
    return name.strip(), value.strip()
