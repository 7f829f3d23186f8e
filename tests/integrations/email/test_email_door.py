"""Mail that comes in, over real SMTP: what is a report, what a reply, what is ignored and what refused."""

from __future__ import annotations

import asyncio
from email.headerregistry import Address

import asyncpg
import pytest
from mail_world import INCIDENTS, JANE, Post, letter

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.errors import Invalid
from tocsin.integrations.email import EmailLink, connect
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.door import MANY, EmailDoor
from tocsin.integrations.email.reach import EmailReach
from tocsin.settings import read_settings
from tocsin.town import Town

ALICE, BOB = Actor("alice", "web", "Alice"), Actor("bob", "web", "Bob")
AUTOMATIC = [
    ("Auto-Submitted", "auto-replied", "a vacation notice"),
    ("Auto-Submitted", "auto-generated (rejected)", "a program's, with a comment"),
    ("Precedence", "bulk", "a mass mail"),
    ("Precedence", "Junk", "written in capitals"),
    ("Precedence", "list", "a mailing list"),
    ("X-Autoreply", "yes", "an old responder"),
    ("From", "MAILER-DAEMON@customer.example", "a bounce"),
    ("X-Tocsin", "sent by Tocsin", "our own mail coming back"),
]


@pytest.fixture
def by_mail(town: Town, house: House) -> Engine:
    """The engine with e-mail as its only way out, to the mail server of the town."""
    server = Server("127.0.0.1", town.smtp_port, "none")
    return Engine(house, Reaches([EmailReach(server, Address("Tocsin", "tocsin", "acme.example"))]))


async def reported(post: Post, by_mail: Engine, town: Town) -> str:
    """Jane's report is in, and was answered: the id of the answer."""
    assert await post.send(letter()) == 250
    await by_mail.run_due()
    [answer] = town.mail.to(JANE)
    return answer.headers["Message-ID"]


async def test_a_mail_opens_an_incident_and_its_sender_is_answered_by_mail(
    post: Post, by_mail: Engine, town: Town
) -> None:
    await reported(post, by_mail, town)

    [report] = (await post.incident()).reports
    assert (await post.incident()).title == "Sign-in is broken"
    assert report.text == "I can't sign in since noon."
    assert (report.source, report.address, report.answer_via) == ("email", JANE, "email")
    assert report.outside


async def test_the_answer_to_a_mail_has_the_subject_of_the_mail(
    post: Post, by_mail: Engine, town: Town
) -> None:
    await post.send(letter("Hello,\nversion 3.9 does not start.", "AW: Our instance is down"))
    await by_mail.run_due()

    [answer] = town.mail.to(JANE)
    assert answer.subject == "Re: Our instance is down"


async def test_what_stands_above_a_mail_that_joins_is_told_in_the_thread_too(
    post: Post, by_mail: Engine, town: Town
) -> None:
    id = await reported(post, by_mail, town)

    await post.send(letter("See above.", "Exports fail", sender="joe@customer.example", in_reply_to=id))
    await by_mail.run_due()

    incident = await post.incident()
    [_, joined] = [fact for fact in incident.facts if isinstance(fact.what, f.ReportReceived)]
    assert isinstance(joined.what, f.ReportReceived)
    assert joined.what.said == "Exports fail\nSee above."
    [*_, answer] = town.mail.to("joe@customer.example")
    assert answer.subject == "Re: Exports fail"


async def test_a_mail_of_one_of_our_people_is_not_from_outside(post: Post) -> None:
    await post.send(letter(sender="Bob <BOB@acme.example>"))

    assert not (await post.incident()).reports[0].outside


async def test_the_same_mail_twice_opens_one_incident(post: Post) -> None:
    mail = letter()

    assert [await post.send(mail), await post.send(mail)] == [250, 250]

    assert await post.refs() == ["INC-1"]


async def test_an_id_that_somebody_else_used_keeps_no_mail_out(post: Post) -> None:
    await post.send(letter(message_id="<same@customer.example>"))
    await post.send(letter(message_id="<same@customer.example>", sender="joe@customer.example"))

    assert len((await post.incident()).reports) == 2


async def test_other_recipients_are_refused_so_that_it_is_no_open_relay(post: Post) -> None:
    assert await post.send(letter(), to="bob@elsewhere.example") == 550
    assert await post.refs() == []


@pytest.mark.parametrize(("header", "value", "reason"), AUTOMATIC, ids=[row[2] for row in AUTOMATIC])
async def test_what_a_program_sent_is_taken_and_ignored(
    post: Post, header: str, value: str, reason: str
) -> None:
    assert await post.send(letter(**{header: value})) == 250
    assert await post.refs() == []


async def test_a_bounce_has_no_sender_and_is_ignored(post: Post) -> None:
    assert await post.send(letter(), sender="") == 250
    assert await post.refs() == []


async def test_a_delivery_report_is_ignored(post: Post) -> None:
    mail = letter()
    mail.replace_header("Content-Type", 'multipart/report; boundary="b"')

    await post.send(mail)

    assert await post.refs() == []


async def test_a_group_that_is_our_own_address_is_no_mailing_list(post: Post) -> None:
    await post.send(letter(precedence="list", list_id="Incidents <incidents.acme.example>"))

    assert await post.refs() == ["INC-1"]


async def test_what_tocsin_sends_is_ignored_when_it_comes_back(
    post: Post, by_mail: Engine, town: Town
) -> None:
    await reported(post, by_mail, town)

    codes = [await post.send(mail.raw) for mail in town.mail.messages]

    assert set(codes) == {250}
    assert await post.refs() == ["INC-1"]
    assert await post.notes() == []


async def test_a_reply_of_the_reporter_is_a_note_without_what_it_quotes(
    post: Post, by_mail: Engine, town: Town
) -> None:
    id = await reported(post, by_mail, town)
    text = "Firefox works, Chrome does not.\n\nOn Mon, 2 Mar 2026, Tocsin wrote:\n> Thanks for telling us.\n"

    await post.send(letter(text, "Re: Sign-in is broken", in_reply_to=id))

    assert await post.notes() == ["Firefox works, Chrome does not."]
    assert await post.refs() == ["INC-1"]
    assert len((await post.incident()).reports) == 1


async def test_a_mail_from_the_address_that_tocsin_sends_from_is_ignored_and_one_of_a_group_is_not(
    house: House,
) -> None:
    own = "tocsin@acme.example"
    async with EmailDoor("127.0.0.1", 0, (INCIDENTS,), own).open(house) as port:
        post = Post(port, house)
        assert await post.send(letter(sender=f"Tocsin <{own.upper()}>"), sender=own) == 250
        assert await post.refs() == []

        assert await post.send(letter(sender=f"'Jane' via Incidents <{INCIDENTS}>"), sender=INCIDENTS) == 250
        assert await post.refs() == ["INC-1"]


async def test_the_same_reply_twice_is_one_note(post: Post, by_mail: Engine, town: Town) -> None:
    reply = letter("More: Safari too.", in_reply_to=await reported(post, by_mail, town))

    assert [await post.send(reply), await post.send(reply)] == [250, 250]

    assert await post.notes() == ["More: Safari too."]


async def test_a_reply_is_known_by_its_references_where_a_server_changed_our_id(
    post: Post, by_mail: Engine, town: Town
) -> None:
    await reported(post, by_mail, town)
    thread = town.mail.to(JANE)[0].headers["References"]

    await post.send(
        letter("Still so.", in_reply_to="<x@relay.example>", references=f"{thread} <x@relay.example>")
    )

    assert await post.notes() == ["Still so."]


async def test_somebody_else_in_the_conversation_joins_with_a_report_of_their_own(
    post: Post, by_mail: Engine, town: Town
) -> None:
    id = await reported(post, by_mail, town)

    await post.send(letter("Me too", sender="joe@customer.example", in_reply_to=id))

    assert await post.refs() == ["INC-1"]
    assert [report.address for report in (await post.incident()).reports] == [JANE, "joe@customer.example"]


async def test_a_forged_id_of_ours_belongs_to_nothing(post: Post, by_mail: Engine, town: Town) -> None:
    id = await reported(post, by_mail, town)
    forged = id.replace(id.split(".")[2].split("@")[0], "0" * 40)

    await post.send(letter("Something else", "Exports fail", in_reply_to=forged))

    assert await post.notes() == []
    assert len(await post.refs()) == 2


async def test_thanks_after_the_end_are_a_note(post: Post, by_mail: Engine, town: Town, house: House) -> None:
    id = await reported(post, by_mail, town)
    await incidents.dismiss(house, ALICE, "INC-1", "It was a rehearsal", "Asked the team")

    await post.send(letter("Thanks a lot, works again!", in_reply_to=id))

    assert await post.notes() == ["Thanks a lot, works again!"]
    assert await post.refs() == ["INC-1"]


async def test_more_trouble_after_the_end_is_a_report(
    post: Post, by_mail: Engine, town: Town, house: House
) -> None:
    id = await reported(post, by_mail, town)
    await incidents.dismiss(house, ALICE, "INC-1", "It was a rehearsal", "Asked the team")

    await post.send(letter("It is broken again", in_reply_to=id))

    assert len(await post.refs()) == 2


async def test_a_reply_to_a_page_is_a_note_and_never_an_act(post: Post, by_mail: Engine, town: Town) -> None:
    await reported(post, by_mail, town)
    [page] = town.mail.to("bob@acme.example")

    await post.send(
        letter("ack, I own it", sender="bob@acme.example", in_reply_to=page.headers["Message-ID"])
    )

    assert await post.notes() == ["By e-mail from bob@acme.example:\nack, I own it"]
    incident = await post.incident()
    assert (incident.owner, incident.alert.acknowledged_by) == ("", "")
    assert incident.facts[-1].by == "bob@acme.example"


async def test_one_of_our_people_names_the_incident_in_the_subject(post: Post) -> None:
    await post.send(letter())

    await post.send(
        letter("From the phone: it is the cache", "Re: [inc-1] cache", sender="alice@acme.example")
    )

    assert await post.notes() == ["By e-mail from alice@acme.example:\nFrom the phone: it is the cache"]


async def test_a_stranger_who_names_an_incident_writes_a_report(post: Post) -> None:
    await post.send(letter())

    await post.send(letter("It is the cache", "[INC-1] cache", sender="joe@customer.example"))

    assert await post.notes() == []
    assert len(await post.refs()) == 2


async def test_the_subject_leads_nobody_into_a_private_incident(post: Post, house: House) -> None:
    report = NewReport("web", "A key leaked", "Alice", outside=False)
    await incidents.declare(house, ALICE, report, kind="security")

    await post.send(letter("What is that?", "[INC-1]", sender="carol@acme.example"))

    assert await post.notes("INC-1") == []
    assert len(await post.refs()) == 2


async def test_nobody_is_answered_who_reads_no_mail(post: Post) -> None:
    await post.send(letter(sender="no-reply@monitor.example"))

    assert (await post.incident()).reports[0].answer_via == "page"


async def test_a_program_that_answers_answers_is_no_longer_answered(post: Post) -> None:
    mails = [letter(f"I am away until {n}", subject=f"Away {n}") for n in range(MANY + 2)]

    codes = [await post.send(mail) for mail in mails]

    assert set(codes) == {250}
    ways = [report.answer_via for report in (await post.incident()).reports]
    assert ways == ["email"] * MANY + ["page"] * 2


async def test_without_the_database_the_mail_is_put_off_and_nothing_is_lost(post: Post, house: House) -> None:
    mail, pool = letter(), house.pool
    house.pool = await asyncpg.create_pool(dsn=None, min_size=0, host="127.0.0.1", port=1, user="nobody")

    away = await post.send(mail)
    house.pool = pool
    back = await post.send(mail)

    assert (away, back) == (451, 250)
    assert await post.refs() == ["INC-1"]


async def test_mail_comes_in_without_any_that_goes_out(house: House) -> None:
    link = connect(
        read_settings(
            {"TOCSIN_MAIL_IN_PORT": "2525", "TOCSIN_MAIL_IN_ADDRESS": "a@acme.example, b@acme.example"}
        )
    )

    assert isinstance(link, EmailLink)
    assert link.reach is None
    assert link.abilities == frozenset()
    assert len(link.tasks(house)) == 1


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TOCSIN_MAIL_IN_PORT": "2525"}, "TOCSIN_MAIL_IN_ADDRESS is not"),
        ({"TOCSIN_MAIL_IN_ADDRESS": "a@acme.example"}, "TOCSIN_MAIL_IN_PORT is not"),
        ({"TOCSIN_MAIL_IN_PORT": "2525", "TOCSIN_MAIL_IN_ADDRESS": "acme"}, "write a mail address"),
    ],
)
def test_half_of_the_settings_is_told_at_once(settings: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_settings(settings)


async def test_a_listener_that_is_cancelled_frees_its_port(house: House) -> None:
    link = connect(read_settings({"TOCSIN_MAIL_IN_PORT": "29871", "TOCSIN_MAIL_IN_ADDRESS": INCIDENTS}))
    assert link is not None
    for _ in range(2):
        task = asyncio.create_task(link.tasks(house)[0]())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    assert task.cancelled()
