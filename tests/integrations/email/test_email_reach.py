"""What goes out by mail, against the mail server of the town over real SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest

from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.work import ANSWER, PAGE, REMIND, TELL, Delivered, Desk, Later, Outcome, Refused, Work
from tocsin.errors import Invalid
from tocsin.integrations.email import connect
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.letter import one_line
from tocsin.integrations.email.reach import EmailReach
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.mail import Mail

MakeDesk = Callable[..., Desk]
PAGED = f.Paged(("bob",), 0, "first step")
SENDER = Address("Tocsin", "tocsin", "acme.example")


@pytest.fixture
def reach(town: Town) -> EmailReach:
    settings = read_settings(
        {
            "TOCSIN_SMTP_HOST": "127.0.0.1",
            "TOCSIN_SMTP_PORT": str(town.smtp_port),
            "TOCSIN_SMTP_TLS": "none",
            "TOCSIN_MAIL_FROM": "Tocsin <tocsin@acme.example>",
        }
    )
    link = connect(settings)
    assert link is not None
    assert isinstance(link.reach, EmailReach)
    return link.reach


def paging(address: str = "bob@acme.example", n: int = 3) -> Work:
    key = f"INC-7/page/{n}/bob/email"
    return Work(
        PAGE,
        key,
        key,
        via="email",
        payload={"person": "bob", "address": address, "why": "first step", "duty": ""},
    )


def reminding(duty: str = "own") -> Work:
    payload = {"person": "bob", "address": "bob@acme.example", "duty": duty}
    return Work(REMIND, "lane", f"INC-7/remind/9/bob/{duty}", via="email", payload=payload)


def answering(does: str = ANSWER, duty: str = "acknowledge-reporter-R1", text: str = "") -> Work:
    return Work(
        does, "lane", f"INC-7/{duty}", via="email", payload={"duty": duty, "report": "R1", "text": text}
    )


def reported(address: str = "jane@customer.example") -> f.ReportReceived:
    return f.ReportReceived(
        "R1", "api", "I can't sign in\nsince noon", "Jane", True, "email", "token-R1", address=address
    )


def only(town: Town) -> Mail:
    [mail] = town.mail.messages
    return mail


def why(outcome: Outcome) -> str:
    assert not isinstance(outcome, Delivered)
    return outcome.why


async def test_a_page_says_what_is_broken_and_has_one_link_that_acknowledges(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(PAGED)

    outcome = await reach.carry_out(paging(), desk, 1)

    mail = only(town)
    link = f"https://tocsin.acme.example/ack/INC-7/bob/{desk.sign('INC-7', 'bob')}"
    assert mail.recipients == ["bob@acme.example"]
    assert mail.subject == "[INC-7] Page: Sign-in is broken"
    assert "Severity high, service. You are paged: first step." in mail.text
    assert link in mail.links
    assert f'<a class="button" href="{link}">I&#x27;m on it / acknowledge</a>' in mail.html
    assert isinstance(outcome, Delivered)
    assert outcome.evidence["id"] == mail.headers["Message-ID"]
    assert "message" not in outcome.evidence


async def test_a_page_is_marked_as_sent_by_a_machine_and_as_urgent(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)

    headers = only(town).headers
    assert headers["From"] == "Tocsin <tocsin@acme.example>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers["Importance"] == "high"
    assert headers["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"


async def test_a_page_can_be_read_on_a_phone_at_night(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)

    html = only(town).html
    assert '<meta name="viewport" content="width=device-width">' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


async def test_no_mark_of_our_own_is_left_in_what_people_read(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert "*" not in only(town).text
    assert "<strong>INC-7 Sign-in is broken</strong>" in only(town).html


async def test_the_mails_of_one_incident_are_one_thread(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)
    await reach.carry_out(reminding(), make_desk(PAGED), 1)

    page, reminder = town.mail.messages
    assert page.headers["References"] == reminder.headers["References"] == page.headers["In-Reply-To"]
    assert page.headers["Message-ID"] != reminder.headers["Message-ID"]


async def test_a_second_try_carries_the_same_id_so_that_mail_programs_show_it_once(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    town.faults.add("mail", "*", "lost_answer")

    first = await reach.carry_out(paging(), make_desk(PAGED), 1)
    second = await reach.carry_out(paging(), make_desk(PAGED), 2)

    assert why(first) == "The mail server broke off before its answer was whole"
    assert isinstance(second, Delivered)
    assert len({mail.headers["Message-ID"] for mail in town.mail.messages}) == 1


async def test_an_installation_that_began_anew_never_repeats_an_id(
    town: Town, reach: EmailReach, make_desk: MakeDesk, clock: HandClock
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)
    clock.advance(timedelta(days=1))
    await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert len({mail.headers["Message-ID"] for mail in town.mail.messages}) == 2


async def test_a_title_can_neither_add_a_header_nor_a_tag(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    title = "Down\r\nBcc: all@acme.example\n\n<script>alert(1)</script> & 50% größer 🔥"

    await reach.carry_out(paging(), make_desk(PAGED, title=title), 1)

    mail = only(town)
    assert "Bcc" not in mail.headers
    assert mail.recipients == ["bob@acme.example"]
    assert mail.subject == (
        "[INC-7] Page: Down Bcc: all@acme.example <script>alert(1)</script> & 50% größer 🔥"
    )
    assert "<script>" not in mail.html
    assert "50% größer 🔥" in mail.html


async def test_a_title_beyond_all_measure_is_cut_in_the_subject(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED, title="down " * 200), 1)

    assert len(only(town).subject) <= 150


async def test_a_reminder_names_the_duty_and_when_it_was_due(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(reminding(), make_desk(PAGED), 1)

    mail = only(town)
    assert mail.subject == '[INC-7] Reminder: Acknowledge ownership in the thread ("I\'m on it")'
    assert "is due now" in mail.text
    assert "https://tocsin.acme.example/incidents/INC-7" in mail.links


async def test_a_reporter_is_answered_under_their_own_words_with_their_status_page(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(answering(), make_desk(reported(), title="Database host db7 died"), 1)

    mail = only(town)
    assert mail.recipients == ["jane@customer.example"]
    assert mail.subject == "Re: I can't sign in"
    assert mail.text.startswith("Thanks for telling us. We are looking into it right now")
    assert mail.links == ["https://tocsin.acme.example/status/token-R1"]
    assert "db7" not in mail.raw.decode()
    assert isinstance(outcome, Delivered)
    assert outcome.evidence["text"].strip() == mail.text.strip()


async def test_words_without_the_status_page_get_it_added(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(answering(text="We see it."), make_desk(reported()), 1)

    assert only(town).text.split() == ["We", "see", "it.", "https://tocsin.acme.example/status/token-R1"]


async def test_a_reporter_is_told_how_it_ended(town: Town, reach: EmailReach, make_desk: MakeDesk) -> None:
    resolved = f.Resolved("rolled back", "sign-in works", "sign-in works again.")

    await reach.carry_out(answering(TELL, "tell-reporter-R1"), make_desk(reported(), resolved), 1)

    assert only(town).text.startswith("This is resolved: Sign-in works again.")


ADDRESSES = [
    ("bob", "without a domain"),
    ("bob@acme.example\nBcc: all@acme.example", "a header in disguise"),
    ("bob@acme.example, all@acme.example", "two of them"),
    ("Bob <bob@acme.example>", "with a name"),
    ("bob@" + "a" * 80 + ".example", "a domain that can't be"),
]


@pytest.mark.parametrize(("address", "reason"), ADDRESSES, ids=[row[1] for row in ADDRESSES])
async def test_what_is_no_address_is_refused_by_name(
    town: Town, reach: EmailReach, make_desk: MakeDesk, address: str, reason: str
) -> None:
    outcome = await reach.carry_out(paging(address), make_desk(PAGED), 1)

    assert isinstance(outcome, Refused), reason
    assert "is no mail address" in outcome.why
    assert town.mail.messages == []


@pytest.mark.parametrize("address", ["jörg@acme.example", "bob@bücher.example"])
async def test_addresses_beyond_ascii_are_reached(
    town: Town, reach: EmailReach, make_desk: MakeDesk, address: str
) -> None:
    outcome = await reach.carry_out(paging(address), make_desk(PAGED), 1)

    assert isinstance(outcome, Delivered)
    assert len(town.mail.messages) == 1


async def test_a_server_that_refuses_for_now_is_tried_again(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    town.faults.add("mail", "*", "451")

    outcome = await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert outcome == Later(
        "The mail server can't take it now (451): 4.3.2 The system is not accepting messages now; try again later"
    )


async def test_a_mailbox_that_does_not_exist_is_refused_with_the_server_s_words(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    town.faults.add("mail", "*", "550")

    outcome = await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert outcome == Refused("The mail server refused it (550): 5.1.1 No such mailbox here")


async def test_a_server_that_is_not_there_is_tried_again(town: Town, make_desk: MakeDesk) -> None:
    reach = EmailReach(Server("127.0.0.1", town.smtp_port, "none"), SENDER)
    await town.stop()

    outcome = await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert isinstance(outcome, Later)
    assert f"The mail server 127.0.0.1:{town.smtp_port} can't be reached" in outcome.why


async def test_a_server_that_stays_silent_is_given_up_after_our_patience(make_desk: MakeDesk) -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    server = Server("127.0.0.1", port, "none", patience=timedelta(milliseconds=100))

    outcome = await EmailReach(server, SENDER).carry_out(paging(), make_desk(PAGED), 1)
    silent.close()

    assert outcome == Later("The mail server did not answer within 0.1 s")


async def test_a_wrong_password_is_refused_by_name_and_never_shown(town: Town, make_desk: MakeDesk) -> None:
    town.mail.require_login("tocsin", "right")
    server = Server("127.0.0.1", town.smtp_port, "none", "tocsin", "wrong-and-secret")

    outcome = await EmailReach(server, SENDER).carry_out(paging(), make_desk(PAGED), 1)

    assert outcome == Refused("The mail server does not take TOCSIN_SMTP_USER and its password (535)")
    assert "wrong-and-secret" not in repr(server)


async def test_the_right_password_opens_the_server(town: Town, make_desk: MakeDesk) -> None:
    town.mail.require_login("tocsin", "right")
    server = Server("127.0.0.1", town.smtp_port, "none", "tocsin", "right")

    outcome = await EmailReach(server, SENDER).carry_out(paging(), make_desk(PAGED), 1)

    assert isinstance(outcome, Delivered)


async def test_a_server_without_the_encryption_that_is_asked_for_gets_nothing(
    town: Town, make_desk: MakeDesk
) -> None:
    reach = EmailReach(Server("127.0.0.1", town.smtp_port, "starttls"), SENDER)

    outcome = await reach.carry_out(paging(), make_desk(PAGED), 1)

    assert isinstance(outcome, Refused)
    assert "TOCSIN_SMTP_TLS" in outcome.why
    assert town.mail.messages == []


MISSING = [
    (answering(), (), "names no mail address"),
    (answering(), (reported(address=""),), "names no mail address"),
    (answering(), (reported(), f.ReportMoved("R1", "INC-8", "another thing")), "moved to INC-8"),
    (reminding("no-such-duty"), (), "no duty no-such-duty"),
]


@pytest.mark.parametrize(("work", "facts", "words"), MISSING, ids=[row[2] for row in MISSING])
async def test_nothing_goes_out_where_something_is_missing(
    town: Town, reach: EmailReach, make_desk: MakeDesk, work: Work, facts: tuple[f.What, ...], words: str
) -> None:
    outcome = await reach.carry_out(work, make_desk(*facts), 1)

    assert words in why(outcome)
    assert town.mail.messages == []


async def test_the_message_is_plain_text_first_with_html_as_the_alternative(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(paging(), make_desk(PAGED), 1)

    message = message_from_bytes(only(town).raw, policy=policy.default)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_a_sender_that_is_no_address_is_named_at_the_start() -> None:
    with pytest.raises(Invalid, match="TOCSIN_MAIL_FROM: 'Tocsin' is no e-mail address"):
        read_settings({"TOCSIN_SMTP_HOST": "mail.example", "TOCSIN_MAIL_FROM": "Tocsin"})
    with pytest.raises(Invalid, match="TOCSIN_MAIL_FROM is 'Tocsin@'"):
        connect(read_settings({"TOCSIN_SMTP_HOST": "mail.example", "TOCSIN_MAIL_FROM": "Tocsin@"}))


def test_without_a_mail_server_there_is_no_link() -> None:
    assert connect(read_settings({})) is None


def test_control_signs_become_spaces() -> None:
    assert one_line("a\x00b\x1b[31m\u2028c\td") == "a b [31m c d"
