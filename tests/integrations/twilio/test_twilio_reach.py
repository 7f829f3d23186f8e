"""What goes out through Twilio, against the Twilio of the town over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from twilio_world import ALICE, BOB, TICKET, Twilio, linked, settings_for

from tocsin.clock import HandClock
from tocsin.core.channel import CODE, TOLD
from tocsin.core.places import Places
from tocsin.core.work import Delivered, Later, Refused
from tocsin.errors import Invalid
from tocsin.settings import read_settings
from tocsin.town import Town
from town.specs import check_twilio

TEXTING, CALLING = "POST /2010-04-01/Accounts/*/Messages.json", "POST /2010-04-01/Accounts/*/Calls.json"


async def test_a_page_by_sms_says_how_to_answer_and_asks_for_receipts(twilio: Twilio) -> None:
    outcome = await twilio.sms.send(twilio.page(), 1)

    [sms] = twilio.town.twilio.texts
    assert (sms.to, sms.sender) == (BOB, twilio.town.twilio.numbers[0])
    assert sms.body == (
        "INC-7 Sign-in <is> broken. You are paged: on call. Reply 4 to acknowledge, 6 to resolve (k3f9ab)"
    )
    assert sms.callback == f"{twilio.url}/integrations/twilio/sms/status"
    assert outcome == Delivered({"message": sms.sid})
    [asked] = twilio.town.requests
    check_twilio(asked)


async def test_a_call_reads_the_text_twice_and_asks_for_a_key(twilio: Twilio) -> None:
    outcome = await twilio.voice.send(twilio.page(), 1)
    [call] = twilio.town.twilio.calls
    await twilio.town.twilio.answer(call)

    said = " ".join(call.said)
    assert said.count("INC-7 Sign-in <is> broken.") == 2
    assert said.count("Press 4 to acknowledge, 6 to resolve.") == 2
    assert call.key_url == f"{twilio.url}/integrations/twilio/voice/key"
    assert outcome == Delivered({"message": call.sid})
    check_twilio(twilio.town.requests[0])


async def test_a_code_is_read_digit_by_digit_and_asks_for_no_key(twilio: Twilio) -> None:
    await twilio.voice.send(twilio.page(purpose=CODE, short="123456 is your code for Tocsin.", ticket=""), 1)
    [call] = twilio.town.twilio.calls
    await twilio.town.twilio.answer(call)

    assert call.said[:2] == [
        "Tocsin. 1, 2, 3, 4, 5, 6 is your code for Tocsin.",
        "1, 2, 3, 4, 5, 6 is your code for Tocsin.",
    ]
    assert call.key_url == ""


async def test_what_is_read_aloud_has_no_addresses_and_can_hold_anything(twilio: Twilio) -> None:
    await twilio.voice.send(
        twilio.page(short='Look: https://t.example/x?a=1&b=2 </Say><Hangup/> "\x00\x1b'), 1
    )
    [call] = twilio.town.twilio.calls
    await twilio.town.twilio.answer(call)

    assert call.said[0] == 'Tocsin. Look </Say><Hangup/> " Press 4 to acknowledge, 6 to resolve.'


async def test_countries_have_senders_of_their_own(twilio: Twilio) -> None:
    ours = twilio.town.twilio.numbers
    ours += ["+493012345678", "ACME"]
    link = linked(twilio.town, TOCSIN_TWILIO_FROM=f"+49={ours[1]},+44=ACME")
    sms, voice = link.channels
    assert isinstance(await sms.send(twilio.page(), 1), Delivered)
    assert isinstance(await sms.send(twilio.page(to="+447400123456", answer_link="https://a"), 1), Delivered)

    assert [one.sender for one in twilio.town.twilio.texts] == ["+493012345678", "ACME"]
    assert twilio.town.twilio.texts[1].body.endswith("on call. https://a"), "a name takes no replies"
    refused = await sms.send(twilio.page(to=ALICE), 1)
    assert refused == Refused(
        "No number of ours reaches +1 … 99: TOCSIN_TWILIO_FROM names none for that country"
    )
    with pytest.raises(Invalid, match="No number of ours reaches"):
        sms.address({"number": ALICE})
    with pytest.raises(Invalid, match="TOCSIN_TWILIO_CALL_FROM"):
        voice.address({"number": "+44 7400 123456"})
    await link.aclose()


async def test_a_number_is_stored_as_e_164_and_shown_in_part(twilio: Twilio) -> None:
    assert twilio.sms.address({"number": "+49 151 12345678"}) == BOB
    assert twilio.voice.address({"number": "+49 151 12345678"}) == BOB
    assert twilio.sms.shown(BOB) == twilio.voice.shown(BOB) == "+49 … 78"
    with pytest.raises(Invalid, match="is no phone number"):
        twilio.sms.address({"number": "+49 1"})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (21211, "It is no phone number (Twilio 21211: The 'To' number is not a valid phone number.)"),
        (21610, "Whoever has this number sent STOP: they have to send START to our number before it takes"),
        (21408, "The account may not text this country: allow it under Messaging, Geo permissions"),
        (21999, "Twilio: The request failed (21999)"),
    ],
)
async def test_what_twilio_refuses_is_told_in_words(twilio: Twilio, code: int, words: str) -> None:
    twilio.town.twilio.refuse(BOB, code)
    outcome = await twilio.sms.send(twilio.page(), 1)
    assert isinstance(outcome, Refused)
    assert outcome.why.startswith(words)


async def test_a_wrong_token_is_named(twilio: Twilio) -> None:
    link = linked(twilio.town, TOCSIN_TWILIO_AUTH_TOKEN="wrong")
    outcome = await link.channels[0].send(twilio.page(), 1)
    assert isinstance(outcome, Refused)
    assert outcome.why.startswith("It does not take our credentials: check TOCSIN_TWILIO_ACCOUNT_SID")
    await link.aclose()


async def test_an_api_key_may_send_instead_of_the_token(twilio: Twilio) -> None:
    town = twilio.town.twilio
    link = linked(twilio.town, TOCSIN_TWILIO_API_KEY=town.key, TOCSIN_TWILIO_API_SECRET=town.key_secret)
    assert isinstance(await link.channels[0].send(twilio.page(), 1), Delivered)
    await link.aclose()


@pytest.mark.parametrize(("fault", "wait"), [("429", timedelta(seconds=7)), ("500", None), ("503", None)])
async def test_what_passes_is_tried_later(twilio: Twilio, fault: str, wait: timedelta | None) -> None:
    twilio.town.faults.add("twilio", TEXTING, fault, retry_after=7 if fault == "429" else None)
    twilio.town.faults.add("twilio", CALLING, fault, retry_after=7 if fault == "429" else None)
    for channel in (twilio.sms, twilio.voice):
        outcome = await channel.send(twilio.page(), 1)
        assert isinstance(outcome, Later)
        assert outcome.wait == wait
    assert twilio.town.twilio.texts == []


async def test_twilio_that_never_answers_is_given_up(twilio: Twilio) -> None:
    twilio.town.faults.add("twilio", TEXTING, "timeout")
    twilio.link._outside._patience = timedelta(milliseconds=100)
    outcome = await twilio.sms.send(twilio.page(), 1)
    assert outcome == Later("Twilio did not answer within 0.1 s")


@pytest.mark.parametrize("purpose", ["page", TOLD])
async def test_a_lost_answer_sends_no_second_sms(twilio: Twilio, purpose: str) -> None:
    page = twilio.page(purpose=purpose, ticket=TICKET if purpose == "page" else "")
    twilio.town.faults.add("twilio", TEXTING, "lost_answer")
    assert isinstance(await twilio.sms.send(page, 1), Later)
    outcome = await twilio.sms.send(page, 2)

    [sms] = twilio.town.twilio.texts
    assert outcome == Delivered({"message": sms.sid})
    check_twilio(twilio.town.requests[-1])


async def test_an_earlier_page_of_the_same_words_is_another_message(twilio: Twilio) -> None:
    await twilio.sms.send(twilio.page(ticket="aaaaaa"), 1)
    await twilio.sms.send(twilio.page(key="work-2"), 2)
    assert len(twilio.town.twilio.texts) == 2


async def test_the_same_words_of_yesterday_are_another_message(twilio: Twilio, clock: HandClock) -> None:
    told = twilio.page(purpose=TOLD, ticket="")
    await twilio.sms.send(told, 1)
    clock.advance(timedelta(hours=2))
    await twilio.sms.send(replace(told, now=clock.now()), 2)
    assert len(twilio.town.twilio.texts) == 2


async def test_an_earlier_try_that_was_lost_on_its_way_has_failed(twilio: Twilio) -> None:
    twilio.town.faults.add("twilio", TEXTING, "lost_answer")
    await twilio.sms.send(twilio.page(), 1)
    await twilio.town.twilio.lose(twilio.town.twilio.texts[0], 30005)
    assert await twilio.sms.send(twilio.page(), 2) == Refused(
        "Nobody has this number any more (Twilio 30005)"
    )


async def test_a_lost_answer_makes_no_second_call_once_the_first_was_heard_to_begin(twilio: Twilio) -> None:
    twilio.town.faults.add("twilio", CALLING, "lost_answer")
    assert isinstance(await twilio.voice.send(twilio.page(), 1), Later)
    await twilio.town.settled()
    outcome = await twilio.voice.send(twilio.page(), 2)

    [call] = twilio.town.twilio.calls
    assert outcome == Delivered({"message": call.sid})


async def test_where_twilio_does_not_reach_us_nothing_is_asked_for(twilio: Twilio) -> None:
    link = linked(twilio.town, TOCSIN_TWILIO_CALLBACKS="false")
    assert link.routes(twilio.house) == []
    sms, voice = link.channels
    await sms.send(twilio.page(answer_link="https://t.example/ack/1"), 1)
    await voice.send(twilio.page(), 1)

    [text], [call] = twilio.town.twilio.texts, twilio.town.twilio.calls
    assert (text.callback, call.callback, call.machine_url) == ("", "", "")
    assert text.body.endswith("on call. https://t.example/ack/1")
    assert (sms.can.answers, voice.can.answers, sms.can.tells_delivery) == (False, False, False)
    await twilio.town.twilio.answer(call)
    assert (call.key_url, "Press" in " ".join(call.said)) == ("", False)
    await link.aclose()


async def test_calls_can_be_left_out(town: Town) -> None:
    link = linked(town, TOCSIN_TWILIO_CALL_FROM="-")
    assert link.abilities == {"page:sms"}
    await link.aclose()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ACCOUNT_SID", "AC1", "write the SID of the account"),
        ("FROM", "12025550143", "12025550143 is none"),
        ("FROM", "+1202555, 44=ACME", "44=ACME is none"),
        ("API_KEY", "SK1", "TOCSIN_TWILIO_API_SECRET is not"),
        ("AUTH_TOKEN", "", "TOCSIN_TWILIO_AUTH_TOKEN is not: set it as well"),
    ],
)
async def test_settings_that_can_not_be_are_refused_by_name(
    town: Town, name: str, value: str, why: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_settings(settings_for(town) | {f"TOCSIN_TWILIO_{name}": value})
    assert why in refused.value.message


async def test_no_secret_stands_in_what_is_logged_or_said(twilio: Twilio) -> None:
    twilio.house.places = Places(twilio.url)
    twilio.town.faults.add("twilio", TEXTING, "500")
    with structlog.testing.capture_logs() as logs:
        outcome = await twilio.sms.send(twilio.page(), 1)
        await twilio.town.twilio.carrier.send(f"{twilio.url}/integrations/twilio/sms", {"Body": "4"}, "x")

    assert logs
    assert twilio.town.twilio.token not in f"{logs} {outcome!r} {twilio.link!r}"
