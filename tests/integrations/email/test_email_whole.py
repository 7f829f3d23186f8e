"""From a report to the page in a mailbox, and back by its one link, through acts, rows and the engine."""

from __future__ import annotations

from doubles import Mailbox
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.email import connect
from tocsin.settings import read_settings
from tocsin.town import Town


async def test_who_is_on_call_is_paged_by_mail_and_the_reporter_answered_there(
    house: House, town: Town, mailbox: Mailbox
) -> None:
    settings = {
        "TOCSIN_SMTP_HOST": "127.0.0.1",
        "TOCSIN_SMTP_PORT": str(town.smtp_port),
        "TOCSIN_SMTP_TLS": "none",
    }
    link = connect(read_settings({**settings, "TOCSIN_MAIL_FROM": "tocsin@acme.example"}))
    assert link is not None
    assert link.reach is not None
    engine = Engine(house, Reaches([link.reach, mailbox.under("slack")]))
    report = NewReport("api", "Sign-in is broken", "Jane", True, "email", "jane@customer.example")

    await incidents.declare(house, Actor("", "api", "Jane"), report)
    await engine.run_due()

    [page] = town.mail.to("bob@acme.example")
    [answer] = town.mail.to("jane@customer.example")
    assert page.subject == "[INC-1] Page: Sign-in is broken"
    assert any(house.sign("INC-1", "bob") in link for link in page.links)
    assert answer.text.startswith("Thanks for telling us.")
