"""`tocsin contact …`: on which devices one is reached, by which rules, and when one is left in peace."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from tocsin.doors.cli.remote import delete, get, post, put
from tocsin.doors.cli.typed import Person, YesOption
from tocsin.doors.cli.words import AsJson, Json, at, say, say_json, table
from tocsin.errors import Forbidden, Invalid

app = typer.Typer(help="How you are reached: devices, rules, quiet hours.", no_args_is_help=True)
FIELD = re.compile(r"[a-z_]+=")
Method = Annotated[str, typer.Argument(help="Its name, such as phone.")]


@app.command("channels")
def channels(as_json: AsJson = False) -> None:
    """List the channels to devices, and what each asks for. Example: tocsin contact channels"""
    found = get("/channels")
    if as_json:
        say_json(found)
        return
    rows = [(one["via"], one["label"], ", ".join(map(_field, one["fields"]))) for one in found["channels"]]
    say(
        table(("CHANNEL", "CALLED", "ASKS FOR"), rows)
        if rows
        else "No channel to devices is set up; see docs/howto."
    )


@app.command("list")
def list_contacts(person: Person = None, as_json: AsJson = False) -> None:
    """Show how you are reached, and what a page would do now. Example: tocsin contact list"""
    _show(get(f"/people/{_whose(person)}/contacts"), as_json)


@app.command()
def add(
    via: Annotated[str, typer.Argument(help="The channel, as `tocsin contact channels` names it.")],
    given: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="What it asks for; a single value needs no name."),
    ],
    name: Annotated[str, typer.Option(help="How you call it. [the channel and a number]")] = "",
    person: Person = None,
    as_json: AsJson = False,
) -> None:
    """Add a device; a code goes there. Example: tocsin contact add sms +4915112345678 --name phone"""
    fields = _fields(via, given)
    body = {"via": via, "name": name, "fields": fields}
    made = post(f"/people/{_whose(person)}/contacts", body)
    if as_json:
        say_json(made)
        return
    say(f"A code was sent to {made['name']} ({made['label']} {made['address']}).")
    say(f"It is used once you typed that: tocsin contact verify {made['name']} CODE")


@app.command()
def verify(
    method: Method,
    code: Annotated[str, typer.Argument(help="The six digits that came to it.")],
    as_json: AsJson = False,
) -> None:
    """Verify a device of yours by the code that came to it. Example: tocsin contact verify phone 123456"""
    made = post(f"/people/{_whose(None)}/contacts/{method}/verify", {"code": code})
    say_json(made) if as_json else say(f"{made['name']} is verified: pages reach you there from now on.")


@app.command("code")
def send_code(method: Method, person: Person = None) -> None:
    """Send another code. Example: tocsin contact code phone"""
    made = post(f"/people/{_whose(person)}/contacts/{method}/code", {})
    say(f"Another code was sent to {made['name']}; the one before it is good no more.")


@app.command()
def rename(
    method: Method,
    name: Annotated[str, typer.Argument(help="What it is called from now on.")],
    person: Person = None,
) -> None:
    """Call a device otherwise; rules go on to mean it. Example: tocsin contact rename sms-1 phone"""
    say(f"It is called {put(f'/people/{_whose(person)}/contacts/{method}', {'name': name})['name']} now.")


@app.command()
def secret(
    method: Method,
    end_older: Annotated[
        bool, typer.Option("--end-older", help="Sign with the newest secret alone from now on.")
    ] = False,
    person: Person = None,
) -> None:
    """Give a webhook another secret, which is read from standard input; the one before it counts too until --end-older.

    Example: openssl rand -base64 32 | tee secret | tocsin contact secret hook
    """
    given = "" if end_older else typer.get_text_stream("stdin").read().strip()
    if not given and not end_older:
        raise Invalid("No secret came on standard input: openssl rand -base64 32 makes one", field="secret")
    made = put(f"/people/{_whose(person)}/contacts/{method}/secret", {"secret": given})
    signed = "its newest secret alone" if end_older else "the new secret and the one before it"
    say(f"{made['name']} is signed with {signed} from now on.")


@app.command()
def remove(method: Method, person: Person = None, yes: YesOption = False, as_json: AsJson = False) -> None:
    """Remove a device and the rules that name it. Example: tocsin contact remove phone"""
    path = f"/people/{_whose(person)}/contacts/{method}"
    planned = delete(path, preview=True)
    if planned["warnings"] and not yes:
        typer.echo("\n".join(f"! {one}" for one in planned["warnings"]), err=True)
        typer.confirm(f"Remove {planned['method']['name']}?", abort=True, err=True)
    gone = delete(path)
    say_json(gone) if as_json else say(f"{gone['method']['name']} is removed.")


@app.command()
def rules(
    urgency: Annotated[str, typer.Argument(help="high or low.")],
    rule: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RULE]...", help="phone, or 'phone after 5m'; none: the usual ones."),
    ] = None,
    person: Person = None,
    as_json: AsJson = False,
) -> None:
    """Set by which rules you are reached. Example: tocsin contact rules high slack 'phone after 2m' 'call after 5m'"""
    if urgency not in ("high", "low"):
        raise Invalid(f"{urgency!r} is no urgency; there are high, low", field="urgency")
    _show(put(f"/people/{_whose(person)}/rules", {urgency: rule or []}), as_json)


@app.command()
def quiet(
    hours: Annotated[str, typer.Argument(help="Such as 22:00-07:00, in your zone; none ends them.")],
    person: Person = None,
    as_json: AsJson = False,
) -> None:
    """Set when nothing of low urgency comes. Example: tocsin contact quiet 22:00-07:00"""
    _show(put(f"/people/{_whose(person)}/quiet", {"quiet": "" if hours == "none" else hours}), as_json)


@app.command()
def readiness(
    everybody: Annotated[bool, typer.Option("--all", help="Those with whom all is well, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say who can't be reached, or may not be, and what is amiss. Example: tocsin contact readiness"""
    found = get("/readiness")
    if as_json:
        say_json(found)
        return
    shown = [one for one in found["people"] if everybody or one["amiss"]]
    for one in shown:
        state = "CAN'T BE REACHED" if not one["is_reached"] else "AT RISK" if one["is_at_risk"] else "ok"
        ways = ", ".join(one["ways"]) or "nothing"
        say(f"{one['person']}: {state}, by {ways} ({', '.join(one['because'])})")
        for amiss in one["amiss"]:
            say(f"  {'!' if amiss['is_grave'] else '-'} {amiss['words']}")
    if not shown:
        say("Everybody who may be paged can be reached.")


@app.command("tested")
def show_last_test(
    person: Annotated[str, typer.Argument(help="Who was tested.")], as_json: AsJson = False
) -> None:
    """Say what came of the last test page of a person. Example: tocsin contact tested bob"""
    found = get(f"/people/{person}/test-page")
    say_json(found) if as_json else say_test(found)


def say_test(found: Json) -> None:
    """What came of a test page, a line for each contact method."""
    methods = get(f"/people/{found['person']}/contacts")["methods"]
    names = {one["id"]: one["name"] for one in methods}
    rows = [
        (
            names.get(one["contact"], "(removed)"),
            one["via"],
            one["state"],
            at(one["answered_at"]),
            one["words"] or "-",
        )
        for one in found["messages"]
    ]
    say(f"Test page of {at(found['asked_at'])} UTC for {found['person']}, asked by {found['asked_by']}:")
    say(table(("METHOD", "CHANNEL", "STATE", "ANSWERED", "WORDS"), rows))


def _show(found: Json, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    rows = [(one["name"], one["label"], _state(one), one["address"]) for one in found["methods"]]
    say(table(("METHOD", "CHANNEL", "STATE", "ADDRESS"), rows) if rows else "There is no contact method yet.")
    for ways in found["ways"]:
        rules = ", ".join(found["rules"].get(ways["urgency"], ())) or "the usual rules"
        say(f"\nA page of {ways['urgency']} urgency now ({rules}):")
        for one in ways["planned"]:
            waits = f", behind {one['waits']}" if one["waits"] else ""
            say(f"  {one['method']}: {one['after']}{waits}")
        for one in ways["left_out"]:
            say(f"  {one['method']}: no, {one['why']}")
        if not ways["planned"]:
            say("  nowhere: you can't be reached")
    say(f"\nQuiet hours: {found['quiet'] or 'none'}" + (f" ({found['zone']})" if found["quiet"] else ""))


def _state(one: Json) -> str:
    if not one["verified"]:
        why = one["unverified"]
        return f"not verified: {why}" if why else "not verified"
    if not one["is_set_up"]:
        return "not set up here"
    return "failing" if one["failing"] else "ok"


def _field(one: Json) -> str:
    return f"[{one['id']}]" if one["optional"] else str(one["id"])


def _fields(via: str, given: list[str]) -> dict[str, str]:
    if len(given) == 1 and not FIELD.match(given[0]):
        channel = next((one for one in get("/channels")["channels"] if one["via"] == via), None)
        must = [one["id"] for one in channel["fields"]] if channel else ["address"]
        return {must[0]: given[0]}
    pairs = [one.partition("=") for one in given]
    for name, sign, _ in pairs:
        if not sign:
            raise Invalid(f"{name!r} is no field: write it as FIELD=VALUE", field="fields")
    return {name: value for name, _, value in pairs}


def _whose(person: str | None) -> str:
    found = person or get("/me")["person"]
    if not found:
        raise Forbidden("This key is nobody's: use a key made with --person, or say --person WHO")
    return str(found)
