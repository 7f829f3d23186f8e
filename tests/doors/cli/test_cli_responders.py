"""A responder works an incident from the command line, against a Tocsin that listens."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tocsin.acts import access, incidents, looks
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN

Run = Callable[..., Awaitable[Any]]


async def reported(house: House) -> str:
    report = incidents.NewReport("api", "sign-in is broken", "jane", outside=False)
    return (await incidents.declare(house, Actor("", "api", "jane"), report)).ref


async def test_a_report_opens_an_incident_and_says_where(alice: Run, house: House) -> None:
    said = ("sign-in", "is", "broken", "--severity", "low", "--reason", "one page")
    ended = await alice("report", *said, "--policy", "default")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"INC-1 is open: {house.places.incident('INC-1')}\n")
    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert (incident.title, incident.severity) == ("sign-in is broken", "low")
    assert incident.has_chosen_policy


async def test_a_report_is_read_from_standard_input(alice: Run, house: House) -> None:
    ended = await alice("report", "-", "--title", "Disk full", "--json", stdin="disk\nfull\n")

    assert json.loads(ended.out)["ref"] == "INC-1"
    assert (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0].text == "disk\nfull"


async def test_an_incident_is_worked_from_the_command_line_to_its_end(alice: Run, house: House) -> None:
    ref = await reported(house)

    assert "owned by alice" in (await alice("own", "1")).out
    assert (await alice("tag", ref, "db", "eu")).code == 0
    assert (await alice("next", ref, "look", "at", "it", "--in", "20m")).code == 0
    assert (await alice("rollback", ref, "no", "nothing was deployed")).code == 0
    said = ("--how", "renewed", "--evidence", "signed in", "--public", "Well.")
    ended = await alice("resolve", ref, *said, "--follow-up", "@bob warn sooner", "--follow-up", "renew")
    filed = (await looks.case(house, ref, TOCSIN)).incident.asked.follow_ups
    assert [(one.title, one.to) for one in filed] == [("warn sooner", "bob"), ("renew", "alice")]
    assert "resolved" in ended.out
    words = (
        "--impact",
        "all",
        "--detection",
        "x",
        "--cause",
        "y",
        "--resolution",
        "z",
        "--link",
        "https://a.example",
    )
    assert (await alice("log", ref, *words)).code == 0
    assert ref in (await alice("ops-log", "--format", "md")).out


async def test_an_incident_shows_as_a_page_of_eighty_columns(alice: Run, house: House) -> None:
    ref = await reported(house)
    await incidents.own(house, Actor("alice", "web"), ref)

    ended = await alice("show", ref)

    assert max(len(line) for line in ended.out.splitlines()) <= 80
    assert [line for line in ended.out.splitlines() if line.startswith("  met ") and "due 03-02 09:" in line]
    assert "by alice: http" in ended.out, "who discharged it, and the evidence"
    assert "incident declared" in ended.out


async def test_a_refusal_is_told_in_the_servers_words_and_ends_with_1(alice: Run, house: House) -> None:
    ref = await reported(house)
    await incidents.own(house, Actor("bob", "web"), ref)

    ended = await alice("own", ref)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"Bob has owned {ref} since 09:00 UTC.")


async def test_words_that_can_not_be_taken_end_with_2(alice: Run, house: House) -> None:
    ref = await reported(house)

    assert (await alice("sev", ref, "meh")).code == 2
    ended = await alice("next", ref, "x", "--in", "soon")
    assert (ended.code, ended.err) == (2, "'soon' is no span of whole minutes: write 20m, or 2h\n")


async def test_what_only_looks_shows_what_there_is(alice: Run, house: House) -> None:
    ref = await reported(house)

    assert ref in (await alice("list", "--status", "open")).out
    assert "Bob (bob)" in (await alice("who", "ops")).out
    assert "Nothing is owed" in (await alice("duties", "--mine")).out
    assert (await alice("ops-log", "--format", "csv")).out.startswith("ref,title")


async def test_without_a_key_it_says_how_to_make_one(run: Run) -> None:
    ended = await run("list")

    assert ended.code == 1
    assert "tocsin key create NAME --person YOU" in ended.err


async def test_a_key_is_read_from_a_file(run: Run, url: str, house: House, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(await access.create_key(house, "robot") + "\n")

    ended = await run("list", TOCSIN_URL=url, TOCSIN_API_KEY_FILE=str(tmp_path / "key"))

    assert (ended.code, ended.out) == (0, "No incidents.\n")


async def test_a_server_that_can_not_be_reached_is_named_with_what_to_do(run: Run) -> None:
    ended = await run("list", TOCSIN_URL="http://127.0.0.1:1", TOCSIN_API_KEY="tocsin_x")

    assert ended.code == 1
    assert "Tocsin at http://127.0.0.1:1 can't be reached" in ended.err
    assert "tocsin serve" in ended.err
    assert "Traceback" not in ended.err


async def test_a_revoked_key_is_told_so(run: Run, url: str, house: House) -> None:
    key = await access.create_key(house, "robot")
    await access.revoke_key(house, "robot")

    ended = await run("list", TOCSIN_URL=url, TOCSIN_API_KEY=key)

    assert (ended.code, ended.err.split(",")[0]) == (1, "This key is not known")


async def test_who_is_on_call_is_taken_over_from_the_command_line(alice: Run) -> None:
    ended = await alice("on-call", "take", "--for", "2h", "--schedule", "ops")

    assert ended.code == 0
    assert "Alice (alice), instead of Bob" in ended.out
    assert "Alice (alice)" in (await alice("who")).out


async def test_a_page_is_handed_up_and_a_duty_put_off_from_the_command_line(alice: Run, house: House) -> None:
    ref = await reported(house)

    assert (await alice("escalate", ref)).code == 0
    assert (await alice("own", ref)).code == 0
    assert (await alice("snooze", ref, "next-steps", "on", "the", "phone")).code == 0
    refused = await alice("snooze", ref, "next-steps", "still")

    assert refused.code != 0
    assert "it can be had once" in refused.err


async def test_whom_it_pages_is_shown_and_changed(alice: Run, house: House) -> None:
    ref = await reported(house)
    await alice("ack", ref)

    assert (await alice("paging", "unack", ref)).code == 0
    assert (await alice("paging", "snooze", ref, "2h")).code == 0
    silent = (await alice("paging", "show", "1")).out
    assert (await alice("paging", "reassign", ref, "person:carol")).code == 0
    shown = (await alice("paging", "show", "1")).out.splitlines()

    assert silent.startswith("INC-1: nobody is paged until 03-02 11:00 UTC, by the policy default\n")
    assert shown[0] == "INC-1: open, acknowledged by nobody, by the policy default"
    assert "  03-02 09:00:00 Alice reassigned it to person:carol" in shown
    assert shown[shown.index("What comes next where nobody does anything") + 1].endswith("Step 2: Bob")
