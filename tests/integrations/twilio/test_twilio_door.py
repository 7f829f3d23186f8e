"""What comes in from Twilio: receipts, replies, keys; signed as Twilio does, and as strangers forge it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twilio_world import ALICE, BOB, Twilio

from tocsin.clock import HandClock
from tocsin.core.channel import TEST
from tocsin.errors import NotFound
from tocsin.integrations.texting import HINT
from tocsin.integrations.twilio.door import SMS_IN
from tocsin.town.twilio import Call, Sms
from tocsin.town.twilio.carrier import sign


async def texted(twilio: Twilio) -> Sms:
    await twilio.sms.send(twilio.page(), 1)
    return twilio.town.twilio.texts[-1]


async def called(twilio: Twilio) -> Call:
    await twilio.voice.send(twilio.page(), 1)
    await twilio.town.settled()
    return twilio.town.twilio.calls[-1]


async def test_a_delivered_sms_is_told(twilio: Twilio) -> None:
    sms = await texted(twilio)
    await twilio.town.twilio.deliver(sms)
    assert twilio.ears.told_of == [("sms", sms.sid, "delivered", "")]


async def test_a_lost_sms_has_failed_in_words(twilio: Twilio) -> None:
    sms = await texted(twilio)
    await twilio.town.twilio.lose(sms, 30003)
    words = "The phone can't be reached: it is off, or has no network (Twilio 30003)"
    assert twilio.ears.told_of == [("sms", sms.sid, "failed", words)]


async def test_a_receipt_that_comes_twice_says_the_same(twilio: Twilio) -> None:
    sms = await texted(twilio)
    twilio.town.faults.add("twilio", "delivered", "duplicate_event")
    await twilio.town.twilio.deliver(sms)
    assert twilio.ears.told_of == [("sms", sms.sid, "delivered", "")] * 2


async def test_a_reply_answers_the_page_and_is_answered(twilio: Twilio) -> None:
    await texted(twilio)
    await twilio.town.twilio.reply(BOB, "4 K3F9AB")

    assert twilio.ears.answers == [
        {"via": "sms", "does": "acknowledge", "ticket": "k3f9ab", "address": BOB, "words": "4 K3F9AB"}
    ]
    back = twilio.town.twilio.texts[-1]
    assert (back.to, back.body) == (BOB, "You have acknowledged INC-7. More: https://t.example/i/INC-7")


async def test_a_reply_that_answers_nothing_is_told_so(twilio: Twilio) -> None:
    twilio.ears.refuses = NotFound("There is no page that this could answer")
    await twilio.town.twilio.reply(ALICE, "6")
    assert twilio.town.twilio.texts[-1].body == "There is no page that this could answer"


@pytest.mark.parametrize(
    ("text", "said"),
    [("5", HINT), ("what?", HINT), ("I am driving and will answer you later", ""), ("STOP", "")],
)
async def test_other_replies_answer_nothing(twilio: Twilio, text: str, said: str) -> None:
    await twilio.town.twilio.reply(BOB, text)
    assert twilio.ears.answers == []
    newest = twilio.town.twilio.texts[-1]
    assert (newest.body if newest.direction == "outbound-reply" else "") == said


async def test_a_reply_that_comes_twice_answers_once(twilio: Twilio) -> None:
    await twilio.town.twilio.reply(BOB, "4")
    again = await twilio.town.twilio.carrier.bring(twilio.town.twilio.texts[0])
    assert len(twilio.ears.answers) == 1
    assert again.ok


async def test_an_old_reply_answers_no_newer_page(twilio: Twilio, clock: HandClock) -> None:
    twilio.town.faults.add("twilio", "reply", "drop")
    await twilio.town.twilio.reply(BOB, "4")
    clock.advance(timedelta(minutes=16))
    await twilio.town.twilio.carrier.bring(twilio.town.twilio.texts[0])
    assert twilio.ears.answers == []


async def test_a_reply_counts_although_twilio_can_not_be_asked_when_it_came(twilio: Twilio) -> None:
    twilio.town.faults.add("twilio", "GET /2010-04-01/*", "500")
    await twilio.town.twilio.reply(BOB, "4")
    assert len(twilio.ears.answers) == 1


async def test_a_key_answers_the_page_that_is_read(twilio: Twilio) -> None:
    call = await called(twilio)
    await twilio.town.twilio.answer(call)
    await twilio.town.twilio.press(call, "6")

    assert twilio.ears.answers == [{"via": "voice", "message": call.sid, "does": "resolve", "words": "6"}]
    assert call.said[-2:] == ["You have acknowledged INC-7. More", "Goodbye."]
    assert {one[:3] for one in twilio.ears.told_of} == {("voice", call.sid, "seen")}


async def test_another_key_is_asked_for_again(twilio: Twilio) -> None:
    call = await called(twilio)
    await twilio.town.twilio.answer(call)
    await twilio.town.twilio.press(call, "1")
    assert call.said[-2] == "That was neither 4 or 6. Press 4 to acknowledge, 6 to resolve."
    await twilio.town.twilio.press(call, "4")
    assert [one["does"] for one in twilio.ears.answers] == ["acknowledge"]


async def test_a_call_that_is_only_a_test_asks_for_1(twilio: Twilio) -> None:
    await twilio.voice.send(twilio.page(purpose=TEST), 1)
    await twilio.town.settled()
    call = twilio.town.twilio.calls[-1]
    await twilio.town.twilio.answer(call)
    assert call.said[0].endswith(" Press 1.")
    await twilio.town.twilio.press(call, "7")  # The next key is still one for a test.
    await twilio.town.twilio.press(call, "1")

    assert twilio.ears.answers == [{"via": "voice", "message": call.sid, "does": "confirm", "words": "1"}]


async def test_a_person_who_hears_it_has_seen_it(twilio: Twilio) -> None:
    call = await called(twilio)
    await twilio.town.twilio.answer(call, "human")
    await twilio.town.twilio.end(call)
    assert twilio.ears.told_of == [("voice", call.sid, "seen", "")]


async def test_a_machine_that_takes_the_call_is_a_failure_at_once(twilio: Twilio) -> None:
    call = await called(twilio)
    await twilio.town.twilio.answer(call, "machine_start")
    assert twilio.ears.told_of == [("voice", call.sid, "failed", "An answering machine took the call")]
    await twilio.town.twilio.end(call)
    assert {one[2] for one in twilio.ears.told_of} == {"failed"}


async def test_a_call_of_which_nobody_knows_who_took_it_is_delivered(twilio: Twilio) -> None:
    call = await called(twilio)
    await twilio.town.twilio.answer(call, "unknown")
    twilio.town.faults.add("twilio", "GET /2010-04-01/*", "500")
    await twilio.town.twilio.end(call)
    assert twilio.ears.told_of == [("voice", call.sid, "delivered", "")]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("busy", "The line was busy"),
        ("no-answer", "Nobody took the call"),
        ("failed", "The call could not be put through: It is no number that can be called (Twilio 13224)"),
    ],
)
async def test_a_call_that_nobody_takes_has_failed(twilio: Twilio, status: str, words: str) -> None:
    call = await called(twilio)
    await twilio.town.twilio.end(call, status, 13224 if status == "failed" else None)
    assert twilio.ears.told_of == [("voice", call.sid, "failed", words)]


@pytest.mark.parametrize(
    "path", ["sms", "sms/status", "voice/status?key=work-1", "voice/machine", "voice/key"]
)
@pytest.mark.parametrize("signature", ["", "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQh", "not base64"])
async def test_what_is_not_signed_changes_nothing(twilio: Twilio, path: str, signature: str) -> None:
    fields = {"MessageSid": "SM1", "CallSid": "CA1", "MessageStatus": "delivered", "CallStatus": "completed"}
    fields |= {"Body": "4", "From": BOB, "Digits": "4", "AnsweredBy": "machine_start"}
    url = f"{twilio.url}/integrations/twilio/{path}"
    answer = await twilio.town.twilio.carrier.send(url, fields, signature)

    assert answer.status == 403
    assert answer.body["error"].startswith("X-Twilio-Signature does not fit")
    assert (twilio.ears.told_of, twilio.ears.answers) == ([], [])


async def test_a_signature_is_good_for_its_address_and_its_fields_only(twilio: Twilio) -> None:
    carrier = twilio.town.twilio.carrier
    await twilio.town.twilio.reply(BOB, "4")
    url, fields, _ = carrier.sent[-1]
    good = sign(twilio.town.twilio.token, url, fields)
    assert (await carrier.send(url, {**fields, "Body": "6"}, good)).status == 403
    assert (await carrier.send(f"{url}?more=1", fields, good)).status == 403
    assert (await carrier.send(url, fields, good)).status == 200


async def test_what_is_too_large_is_not_read(twilio: Twilio) -> None:
    answer = await twilio.town.twilio.carrier.send(twilio.url + SMS_IN, {"Body": "x" * 300_000})
    assert answer.status == 413
