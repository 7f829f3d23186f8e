"""The whole of Tocsin with every service of the town around it, an incident that nobody may know of, and eyes for all that comes out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import smtplib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, Final

import httpx2

from tocsin.acts import access, incidents, learning, people
from tocsin.acts.asking import accept_task, delegate, report_task
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.doors.web import PAGES
from tocsin.doors.web.visit import SESSION
from tocsin.engine.loop import Engine
from tocsin.integrations.email.door import EmailDoor
from tocsin.integrations.link import Link
from tocsin.town import Town

WORD: Final = "xylotrope"
"""Stands in everything that anybody says of the private incident, and nowhere else."""
LATER: Final = "quagswag"
"""Stands in all that is said of another incident from the moment on that it became private."""
ALICE, BOB = Actor("alice", "web", "Alice"), Actor("bob", "web", "Bob")
JANE = Actor("", "x", "@jane")
PROGRAM = "from tocsin.doors.cli import app, run; run(app)"
LINK = re.compile(r"""(?:href|src|action)="(/[^"#]*)""")
PARAMETER = re.compile(r"\{\w+(?::\w+)?\}")
MOST_PAGES = 300
BAD_NEWS = {"impact": "all", "detection": "a log", "cause": "a bug", "resolution": "keys rotated"}


@dataclass
class Hunt:
    """`private` was a security incident from its start, `turned` became one, `open` is one that everybody may read."""

    house: House
    engine: Engine
    town: Town
    links: list[Link]
    clock: HandClock
    app: Any
    url: str
    private: str = ""
    turned: str = ""
    open: str = ""

    async def settle(self) -> None:
        """Let all happen that is due now, in Tocsin and in the town."""
        for _ in range(2):
            for link in self.links:
                if settled := getattr(link, "settled", None):
                    await settled()
            await self.engine.run_due()
            await self.town.settled()

    async def wait(self, minutes: float) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        await self.settle()

    # What happens

    async def live(self) -> Hunt:
        """An outage in public, a hole from its first second to what was learned, and an outage that proves to be a hole."""
        await self._outage()
        await self._hole()
        await self._outage_that_is_a_hole()
        return self

    async def _outage(self) -> None:
        post = NewReport("x", "search is down", "@jane", True, "x", "901", key="901")
        self.open = (await incidents.declare(self.house, JANE, post)).ref
        await incidents.own(self.house, BOB, self.open)
        await self.settle()

    async def _hole(self) -> None:
        house = self.house
        report = NewReport("web", f"{WORD}: anyone can sign in as anyone", "Alice", outside=False)
        declared = await incidents.declare(house, ALICE, report, kind="security", title=f"{WORD} hole")
        ref = self.private = declared.ref
        await self.settle()
        await self.wait(11)  # Nobody acknowledges: the escalation goes on.
        await incidents.own(house, ALICE, ref)
        await incidents.state_next_steps(house, ALICE, ref, f"{WORD} keys are rotated")
        await incidents.add_tags(house, ALICE, ref, [WORD])
        await incidents.add_note(house, ALICE, ref, f"{WORD} note", f"https://{WORD}.example")
        hit = {"Whose": WORD, "Which data": WORD, "How we know": WORD}
        await incidents.take_step(house, ALICE, ref, "data-hit", hit)
        await incidents.change_severity(house, ALICE, ref, "S2", f"{WORD} needs an account")
        await delegate(house, ALICE, ref, "bob", f"look for {WORD}")
        await accept_task(house, BOB, ref, "T1")
        await report_task(house, BOB, ref, "T1", f"found {WORD}")
        await self.wait(90)
        await self.wait(26 * 60)
        told = {"Who": WORD, "What they were told": WORD, "How": WORD}
        await incidents.take_step(house, ALICE, ref, "clients-told", told)
        await incidents.resolve(house, ALICE, ref, f"{WORD} closed", f"{WORD} tried")
        await self.settle()
        entry = {name: f"{WORD} {text}" for name, text in BAD_NEWS.items()}
        await incidents.write_ops_log(house, ALICE, ref, **entry)
        await learning.file_follow_up(house, ALICE, ref, f"no more {WORD}", "bob", WORD)
        starts_at = self.clock.now() + timedelta(days=2)
        await learning.plan_retrospective(house, ALICE, ref, starts_at, 60, ("bob",), WORD)
        await learning.give_feedback(house, BOB, ref, "well", f"{WORD} was found")
        await self.settle()
        await self.wait(24 * 60)
        await learning.hold_retrospective(house, ALICE, ref, f"{WORD} taught us")
        await self.settle()

    async def _outage_that_is_a_hole(self) -> None:
        house = self.house
        post = NewReport("x", "sign-in is odd", "@jane", True, "x", "902", key="902")
        ref = self.turned = (await incidents.declare(house, JANE, post)).ref
        await incidents.own(house, BOB, ref)
        await incidents.state_next_steps(house, BOB, ref, "I look")
        await self.wait(31)
        await incidents.approve_public_words(house, BOB, ref)
        await self.settle()
        await incidents.change_kind(house, BOB, ref, "security", f"{LATER} is a hole")
        await incidents.retitle(house, BOB, ref, f"{LATER} in sign-in")
        await incidents.post_update(house, BOB, ref, f"{LATER} is looked at")
        await incidents.add_note(house, BOB, ref, f"{LATER} note")
        await self.wait(45)
        await incidents.post_update(house, BOB, ref, f"{LATER} still")

    # What can be seen

    def client(self, **headers: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False, client=("192.0.2.7", 4321))
        headers = {"Sec-Fetch-Site": "same-origin", **headers}
        return httpx2.AsyncClient(transport=transport, base_url=self.house.places.base, headers=headers)

    async def pages(self, person: str) -> dict[str, str]:
        """Every page that a person comes to by links, or by any of the addresses that there are; with what it says."""
        found: dict[str, str] = {}
        async with self.client() as browser:
            if person:
                link = await access.sign_in_link(self.house, person)
                browser.cookies.set(SESSION, await access.sign_in(self.house, link))
            waiting = self._addresses([path for method, path, *_ in PAGES if method == "GET"])
            while waiting and len(found) < MOST_PAGES:
                path = waiting.pop(0)
                if path in found or path.startswith("/static/"):
                    continue
                answer = await browser.get(path, follow_redirects=True)
                found[path] = f"{answer.headers} {answer.text}"
                waiting += [link.replace("&amp;", "&") for link in LINK.findall(answer.text)]
        return found

    async def answers(self, key: str) -> dict[str, str]:
        """What the API answers to every call that it knows, about each of the incidents."""
        found: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with self.client(**headers) as caller:
            known = (await caller.get("/api/v1/openapi.json")).json()["paths"]
            for template, calls in known.items():
                for method in calls:
                    for path in self._addresses([template]):
                        address = path if path.startswith("/api/v1") else f"/api/v1{path}"
                        body = None if method == "get" else {}
                        answer = await caller.request(method.upper(), address, json=body)
                        found[f"{method} {path}"] = f"{answer.headers} {answer.text}"
            for path in ("/metrics", "/healthz", "/readyz", "/api/v1/incidents?limit=200"):
                found[path] = (await caller.get(path)).text
        return found

    async def printed(self, key: str, *commands: str) -> dict[str, str]:
        """What the command line prints for these commands."""
        clean = {n: v for n, v in os.environ.items() if not n.startswith(("TOCSIN_", "DATABASE_URL"))}
        found = {}
        for command in commands:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, *command.split(),
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                env={**clean, "TOCSIN_URL": self.url, "TOCSIN_API_KEY": key},
            )  # fmt: skip
            found[command] = (await process.communicate())[0].decode()
        return found

    async def read(self, *paths: str, key: str = "") -> dict[str, str]:
        """What stands at these addresses."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with self.client(**headers) as caller:
            answers = {path: await caller.get(path) for path in paths}
        return {path: f"{one.status_code} {one.headers} {one.text}" for path, one in answers.items()}

    async def exported(self, key: str) -> dict[str, str]:
        """Every table, picture and figure that the API gives out, over the time in which all of it happened."""
        window = "start=2026-03-01T00:00:00Z&end=2026-03-20T00:00:00Z"
        days = "from=2026-03-01T00:00:00Z&to=2026-03-20T00:00:00Z"
        paths = (
            "ops-log.csv", "ops-log.md", f"handbook/score?{window}", f"handbook/score.csv?{window}", f"hours?{days}", f"hours.csv?{days}",
            f"schedules/ops/shifts.svg?{days}", f"schedules/ops/shifts.txt?{days}", f"shifts?{days}&person=alice", f"gaps?{days}", "on-call/changes",
        )  # fmt: skip
        return await self.read(*(f"/api/v1/{path}" for path in paths), key=key)

    # By which it is declared

    async def mailed(self, sender: str, text: str, subject: str) -> None:
        async with EmailDoor("127.0.0.1", 0, ("incidents@acme.example",)).open(self.house) as port:
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = sender, "incidents@acme.example", subject
            mail["Message-ID"] = "<hunt@acme.example>"
            mail.set_content(text)
            await asyncio.to_thread(_send, port, mail)

    async def filled_in(self, person: str, **form: str) -> None:
        """The web's form."""
        async with self.client() as browser:
            browser.cookies.set(
                SESSION, await access.sign_in(self.house, await access.sign_in_link(self.house, person))
            )
            answer = await browser.post("/report", data=form)
            assert answer.status_code == 303, answer.text

    async def filled_in_slack(self, person: str, *, title: str, text: str, kind: str) -> None:
        """Slack's form."""
        slack = self.town.slack
        await slack.command(person, "/tocsin", "")
        await self.settle()
        entered = {"title": {"title": title}, "text": {"text": text}}
        view = slack.open_view(person)
        assert view
        await slack.click_in_view(person, view, "kind", kind, entered)
        await self.settle()
        view = slack.open_view(person)
        assert view
        await slack.submit(person, view, {**entered, "kind": {"kind": kind}})
        await self.settle()

    def chat(self, person: str) -> dict[str, str]:
        """What this person can read in Slack: channels they are in or may enter, their messages, what only they are shown."""
        space = self.town.slack.space
        user = self.town.slack.user_id(person)
        open_to = {
            one.id
            for one in space.channels.values()
            if user in one.members or not (one.is_private or one.dm_of)
        }
        found = {f"{m.channel}/{m.ts}": repr(m) for m in space.messages if m.channel in open_to}
        found |= {f"shown/{n}": repr(m) for n, m in enumerate(self.town.slack.ephemerals(person))}
        found["channels"] = repr([(one.name, one) for one in space.channels.values() if one.id in open_to])
        return {**found, "form": repr(self.town.slack.open_view(person))}

    async def told(self, person: str, *commands: str) -> dict[str, str]:
        """What Slack's commands answer to this person."""
        found = {}
        for command in commands:
            slash, _, text = command.partition(" ")
            answer = await self.town.slack.command(person, slash, text)
            await self.settle()
            found[command] = json.dumps(answer.body, default=str)
        return {**found, **self.chat(person)}

    def outside(self) -> dict[str, str]:
        """What stands at each service that others read, and in the letters of everybody but the members."""
        town = self.town.as_json()
        found = {name: json.dumps(town[name]) for name in ("github", "x", "google_docs", "opsgenie")}
        ours = {"alice@acme.example", "bob@acme.example"}
        letters = [mail for mail in town["mail"] if not set(mail["recipients"]) <= ours]
        return {**found, "mail": json.dumps(letters)}

    def _addresses(self, templates: list[str]) -> list[str]:
        """Those templates with each of the incidents, and a guess, in the place of their parameters."""
        filled = []
        for template in templates:
            for ref in (self.private, self.turned) if "{ref}" in template else ("",):
                filled.append(PARAMETER.sub("1", template.replace("{ref}", ref)))
        return filled


def _send(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(mail)


def finds(found: dict[str, str], *words: str) -> list[str]:
    """Where one of the words was found: none must be, in what others than the members see."""
    return [place for place, text in found.items() if any(word in text.lower() for word in words)]


async def staff(house: House, town: Town) -> None:
    """Alice and Bob respond, Carol too, who is no member, and Dora is an admin who is none."""
    for handle, rights in (
        ("alice", ["respond"]), ("bob", ["respond"]), ("carol", ["respond"]), ("dora", ["admin", "respond"]),
    ):  # fmt: skip
        mail = f"{handle}@acme.example"
        slack_id = town.slack.add_user(handle, handle.title(), mail)
        await people.save_person(
            house, handle, name=handle.title(), email=mail, slack_id=slack_id, rights=rights
        )


def settings_for(town: Town) -> dict[str, str]:
    """Every service of the town, as anybody would set them."""
    document = town.google.add_document("Ops log")
    town.opsgenie.add_team("ops_team")
    town.opsgenie.add_schedule("ops", ["bob@acme.example"])
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
        "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
        "TOCSIN_GITHUB_TOKEN": town.github.token,
        "TOCSIN_GITHUB_REPOSITORY": "acme/website",
        "TOCSIN_GOOGLE_SERVICE_ACCOUNT": town.google.service_account_json(),
        "TOCSIN_GOOGLE_DOC": town.google.link(document),
        "TOCSIN_GOOGLE_BASE_URL": f"{town.url}/google",
        "TOCSIN_OPSGENIE_KEY": town.opsgenie.key,
        "TOCSIN_OPSGENIE_TEAM": "ops_team",
        "TOCSIN_OPSGENIE_SCHEDULE": "ops",
        "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie",
        "TOCSIN_SMTP_HOST": "127.0.0.1",
        "TOCSIN_SMTP_PORT": str(town.smtp_port),
        "TOCSIN_SMTP_TLS": "none",
        "TOCSIN_MAIL_FROM": "tocsin@acme.example",
    }


@asynccontextmanager
async def a_town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    town.faults.patience = 0.2
    town.slack.delivery.retry_waits = (0.0, 0.0, 0.0)
    town.slack.add_channel("incidents")
    town.slack.add_channel("general")
    town.github.add_repo("acme/website")
    await town.start()
    yield town
    await town.stop()
