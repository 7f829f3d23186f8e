"""The town as a whole: its mail, its website, its faults, its log, and that it can be seen."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib
import httpx2
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from town.conftest import NOON, Until


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "tocsin@acme.example",
        "bob@acme.example",
        "You are paged: Straße",
    )
    mail.set_content("Acknowledge: http://127.0.0.1/ack/1.\nOr: http://127.0.0.1/ack/1\n")
    mail.add_alternative("<a href='http://127.0.0.1/ack/1'>Acknowledge</a>", subtype="html")
    return mail


async def send(town: Town, **login: str) -> None:
    await aiosmtplib.send(letter(), hostname="127.0.0.1", port=town.smtp_port, start_tls=False, **login)


async def test_a_letter_is_kept_with_its_parts_and_links(town: Town) -> None:
    await send(town)

    mail = town.mail.messages[0]
    assert (mail.sender, mail.recipients) == ("tocsin@acme.example", ["bob@acme.example"])
    assert mail.subject == "You are paged: Straße"
    assert mail.links == ["http://127.0.0.1/ack/1"]
    assert mail.html.startswith("<a href")
    assert mail.at == NOON


async def test_a_mail_server_can_ask_for_a_login(town: Town) -> None:
    town.mail.require_login("tocsin", "secret")

    with pytest.raises(aiosmtplib.SMTPException):
        await send(town)
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await send(town, username="tocsin", password="wrong")
    await send(town, username="tocsin", password="secret")
    assert len(town.mail.messages) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [pytest.param("451", 451, id="for now"), pytest.param("550", 550, id="for good")],
)
async def test_a_letter_can_be_refused(town: Town, kind: str, code: int) -> None:
    town.faults.add("mail", "bob@*", kind)

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(town)

    assert refused.value.recipients[0].code == code
    assert town.mail.messages == []


async def test_a_letter_can_be_accepted_and_lost(town: Town) -> None:
    town.faults.add("mail", "*", "drop")

    await send(town)

    assert town.mail.messages == []


async def test_a_letter_can_be_kept_while_the_sender_never_learns(town: Town) -> None:
    town.faults.add("mail", "*", "lost_answer")

    with pytest.raises(aiosmtplib.SMTPException):
        await send(town)

    assert len(town.mail.messages) == 1


async def test_the_website_breaks_and_is_mended(town: Town, web: httpx2.AsyncClient) -> None:
    town.site.break_signin()
    broken = [(await web.get(path)).status_code for path in ("/site/healthz", "/site/signin")]
    await web.post("/site/control", data={"do": "mend"})
    mended = [(await web.get(path)).status_code for path in ("/site/healthz", "/site/signin")]

    assert broken == [503, 500]
    assert mended == [200, 200]


async def test_a_lost_answer_has_had_its_effect(town: Town, web: httpx2.AsyncClient) -> None:
    town.faults.add("slack", "chat.postMessage", "lost_answer")
    headers = {"Authorization": f"Bearer {town.slack.bot_token}"}

    with pytest.raises(httpx2.TransportError):
        await web.post(
            "/slack/api/chat.postMessage", json={"channel": "incidents", "text": "x"}, headers=headers
        )

    assert [m.text for m in town.slack.messages("incidents")] == ["x"]


async def test_a_timeout_has_had_no_effect(town: Town, web: httpx2.AsyncClient, until: Until) -> None:
    town.faults.add("slack", "*", "timeout")
    headers = {"Authorization": f"Bearer {town.slack.bot_token}"}

    with pytest.raises(httpx2.TimeoutException):
        await web.post(
            "/slack/api/chat.postMessage", json={"channel": "incidents"}, headers=headers, timeout=0.1
        )

    assert town.requests[-1].fault == "timeout"
    assert town.slack.messages("incidents") == []


async def test_a_fault_is_used_up(town: Town, web: httpx2.AsyncClient) -> None:
    town.faults.add("site", "/healthz", "500", times=2)

    statuses = [(await web.get("/site/healthz")).status_code for _ in range(3)]

    assert statuses == [500, 500, 200]


async def test_faults_can_be_ordered_over_http(town: Town, web: httpx2.AsyncClient) -> None:
    order = {"service": "x", "match": "POST /2/tweets", "kind": "429", "times": 3, "retry_after": 5}

    assert (await web.post("/faults", json=order)).json() == {"ok": True}
    assert (await web.post("/faults", json=order | {"kind": "flood"})).status_code == 422
    assert [(f.kind, f.times, f.retry_after) for f in town.faults.pending] == [("429", 3, 5)]
    assert "POST /2/tweets" in (await web.get("/faults")).text


async def test_the_log_holds_what_was_asked_and_answered(town: Town, slack: AsyncWebClient) -> None:
    await slack.chat_postMessage(channel="incidents", text="x")

    exchange = town.requests[-1]
    assert (exchange.service, exchange.method, exchange.path) == (
        "slack",
        "POST",
        "/slack/api/chat.postMessage",
    )
    assert exchange.json["text"] == "x"
    assert exchange.answer_json["ok"] is True
    assert exchange.status == 200


@pytest.mark.parametrize(
    "path", ["/", "/slack", "/x", "/github", "/mail", "/site/", "/site/signin", "/site/control", "/faults"]
)
async def test_every_page_says_that_it_is_the_towns(town: Town, web: httpx2.AsyncClient, path: str) -> None:
    await send(town)
    town.x.post("@jane", "@acme down?")

    page = await web.get(path)

    assert page.status_code == 200
    assert "<strong>Town</strong>" in page.text


async def test_all_of_it_can_be_read_as_data(
    town: Town, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    bob = town.slack.add_user("bob", "Bob Okafor", "bob@acme.example")
    await slack.chat_postMessage(channel="incidents", text="INC-1")
    await slack.chat_postMessage(channel=bob, text="You are on call")
    await town.github.open_issue("jane", "acme/website", "broken")
    town.x.post("@jane", "@acme down?")
    await send(town)

    seen = (await web.get("/town.json")).json()
    assert [m["text"] for m in seen["slack"]["channels"]["incidents"]] == ["INC-1"]
    assert [m["text"] for m in seen["slack"]["dms"]["bob"]] == ["You are on call"]
    assert seen["x"]["posts"][0]["author"] == "@jane"
    assert seen["github"]["issues"][0]["title"] == "broken"
    assert seen["mail"][0]["links"] == ["http://127.0.0.1/ack/1"]
