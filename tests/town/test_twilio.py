"""Twilio: messages and calls by form, signed receipts, and the page on which phones are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.twilio.carrier import sign

BOB = "+4915112345678"


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    start = f"{town.url}/twilio/2010-04-01/Accounts/{town.twilio.account}"
    async with httpx2.AsyncClient(
        base_url=start, auth=(town.twilio.account, town.twilio.token), trust_env=False, verify=False
    ) as client:
        yield client


def text(town: Town, **other: str) -> dict[str, str]:
    return {"To": BOB, "From": town.twilio.numbers[0], "Body": "Sign-in is broken"} | other


async def test_the_signature_is_the_one_of_twilio_s_documentation() -> None:
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234"}
    fields |= {"From": "+14158675309", "To": "+18005551212"}
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_a_message_waits_until_it_is_delivered(town: Town, api: httpx2.AsyncClient) -> None:
    made = (await api.post("/Messages.json", data=text(town))).json()
    [waiting] = (await api.get("/Messages.json", params={"To": BOB})).json()["messages"]
    await town.twilio.deliver(town.twilio.texts[0])
    now = (await api.get(f"/Messages/{made['sid']}.json")).json()

    assert (made["status"], waiting["date_sent"]) == ("queued", None)
    assert (now["status"], now["date_sent"] is None) == ("delivered", False)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"To": ""}, 21604), ({"Body": ""}, 21602), ({"From": "+1"}, 21606), ({"Body": "x" * 1601}, 21617)],
)
async def test_what_can_not_be_sent_has_an_error_with_its_number(
    town: Town, api: httpx2.AsyncClient, change: dict[str, str], code: int
) -> None:
    answer = await api.post("/Messages.json", data=text(town, **change))
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_stranger_is_let_in_nowhere(town: Town) -> None:
    async with httpx2.AsyncClient(trust_env=False, verify=False) as stranger:
        url = f"{town.url}/twilio/2010-04-01/Accounts/{town.twilio.account}/Messages.json"
        answer = await stranger.post(url, data=text(town))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_stop_keeps_all_further_messages_away(town: Town, api: httpx2.AsyncClient) -> None:
    await town.twilio.reply(BOB, "STOP")
    answer = await api.post("/Messages.json", data=text(town))
    assert (answer.status_code, answer.json()["code"]) == (400, 21610)


async def test_the_page_shows_a_call_and_answers_it(town: Town, api: httpx2.AsyncClient) -> None:
    twiml = (
        '<Response><Gather action="http://127.0.0.1:9/none"><Say>Sign-in is broken</Say></Gather></Response>'
    )
    call = {"To": BOB, "From": town.twilio.numbers[0], "Twiml": twiml}
    sid = (await api.post("/Calls.json", data=call)).json()["sid"]
    await api.post(f"{town.url}/twilio/form", data={"sid": sid, "do": "human"})
    page = (await api.get(f"{town.url}/twilio")).text

    assert "Sign-in is broken" in page
    assert "Press 4" in page
    assert town.as_json()["twilio"]["calls"][0]["status"] == "in-progress"
