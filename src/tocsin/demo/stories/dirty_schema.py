"""The website's frontend does not start: a migration failed half-way. Two people approve its repair, and Tocsin carries it out."""

from __future__ import annotations

import sys

from tocsin.demo.cast import CUSTOMER
from tocsin.demo.databases import one_more
from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import (
    CHANNEL,
    Story,
    answer_by_click,
    first,
    in_thread,
    said,
)
from tocsin.demo.stories.procedures import all_met, resolved, run_is
from tocsin.town.slack import Message

FRONTEND = "acme/frontend"
LOG = {"impact": "nobody could sign in for 20 minutes", "cause": "two accounts had the same address"}
FIRST = {
    "migrations/1_users.up.sql": "BEGIN;\nCREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL);\nCOMMIT;\n",
    "migrations/1_users.down.sql": "BEGIN;\nDROP TABLE users;\nCOMMIT;\n",
}
SECOND = {
    "migrations/2_one_address.up.sql": (
        "ALTER TABLE users ADD COLUMN confirmed boolean NOT NULL DEFAULT false;\n"
        "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);\n"
        "CREATE TABLE invitations (id bigserial PRIMARY KEY, email text NOT NULL);\n"
    ),
    "migrations/2_one_address.down.sql": (
        "DROP TABLE invitations;\nDROP INDEX CONCURRENTLY users_email;\nALTER TABLE users DROP COLUMN confirmed;\n"
    ),
}
RESTART = "import sys, urllib.request as u; print(u.urlopen(u.Request(sys.argv[1], method='POST'), timeout=10).read().decode())"
DECLARED = """
[commands]
programs = ["{python}"]

[[target]]
id = "frontend"
service = "frontend"
by = "command"
command = ["{python}", "-c", "{restart}", "{town}/frontend/restart"]
health_url = "{town}/frontend/healthz"
watch_minutes = 5

[[database]]
id = "frontend"
service = "frontend"
dsn_env = "FRONTEND"
repository = "acme/frontend"
path = "migrations"
multi_statement = true
restart = "frontend"
backup_url = "{town}/frontend/backup"
"""


async def dirty_schema(stage: Stage) -> None:
    """A deploy's migration fails on two accounts with one address; Tocsin says what was done of it, and does the rest."""
    await _set_up(stage)
    card = await _broken(stage)
    await _repaired(stage, card)
    await _ended(stage, card)


async def _set_up(stage: Stage) -> None:
    town = stage.town
    dsn = await one_more(stage.data, "frontend")
    await town.github.repository(FRONTEND, FIRST)
    text = DECLARED.format(python=sys.executable, restart=RESTART, town=town.url)
    await stage.declare(text, FRONTEND=dsn)
    town.frontend.use(dsn)
    await town.frontend.deploy(_named(FIRST))
    async with town.frontend.database() as conn:
        await conn.execute("INSERT INTO users (email) VALUES ('joe@acme.example'), ('JANE'), ('JANE')")
    stage.teller.say("The frontend runs; its database is declared to Tocsin, which may look at it")


async def _broken(stage: Stage) -> Message:
    town, tell = stage.town, stage.teller.say
    repository = await town.github.repository(FRONTEND)
    await repository.commit("main", SECOND, author="carol-at-acme", message="One account for each address")
    await town.frontend.deploy(_named({**FIRST, **SECOND}))
    tell(f"Carol's deploy migrates the database, and fails half-way: {town.frontend.why}")
    await town.frontend.start()
    tell(f"Started again, the frontend aborts: {town.frontend.why}")
    town.x.post(CUSTOMER, f"{town.x.handle} I can't sign in any more. Anyone else?")
    card = await stage.see("the card", lambda: first(town.slack.messages(CHANNEL)))
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await answer_by_click(stage, card, "bob", page, "own", "I'm on it")
    await in_thread(stage, card, "bob", "next I have the schema examined in 20m", "Next steps")
    await in_thread(
        stage,
        card,
        "bob",
        "rollback no the old code does not start on a dirty schema either",
        "Rolled back?* No",
    )
    return card


async def _repaired(stage: Stage, card: Message) -> None:
    town, tell = stage.town, stage.teller.say
    ref = await stage.ref()
    plan = {"procedure": "repair-schema", "target": "frontend", "inputs": {"version": "2"}}
    await stage.post(
        f"incidents/{ref}/procedures",
        {**plan, "reason": "the frontend aborts: dirty version 2"},
        makes=f"incidents/{ref}/procedures/P1",
    )
    run = await run_is(stage, "P1", "planned")
    for step in run["steps"]:
        tell(f"Planned: {step['title']}")
    async with town.frontend.database() as conn:
        await conn.execute("DELETE FROM users WHERE id = 3")
    tell("Bob finds two accounts with one address, and removes one: that was the cause")
    await stage.post(f"incidents/{ref}/procedures/P1/approve", {})
    await stage.post(f"incidents/{ref}/procedures/P1/approve", {"run": True}, key=stage.tickets.bob)
    tell("Alice and Bob approve: it takes two")
    await stage.see("the frontend at work", lambda: not town.frontend.why)
    with stage.hurried():
        await run_is(stage, "P1", "verified")
    tell(
        "Each statement was seen to be there, then the flag was cleared, and the frontend started: it is well"
    )
    await stage.see("the end of the run in the thread", lambda: said(stage, card, "P1"))


async def _ended(stage: Stage, card: Message) -> None:
    words = "repaired the schema, and removed the account that was there twice | the frontend runs, and Jane can sign in"
    follows = "each address has one account from now on"
    await resolved(stage, card, words, follows, LOG)


def _named(files: dict[str, str]) -> dict[str, str]:
    return {path.rpartition("/")[2]: text for path, text in files.items()}


STORY = Story(
    "A dirty schema",
    dirty_schema,
    "closed",
    all_met("acknowledge-reporter-R1", "clean-schema-frontend"),
)
