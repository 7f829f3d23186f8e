"""What every service's failures mean for the work at hand: one table for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import msgspec
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tocsin.core.work import Later, Refused
from tocsin.integrations.http import Failed, Outside
from tocsin.town import Town

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
IN_A_MINUTE = str(int(NOW.timestamp()) + 60)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


class Thing(msgspec.Struct):
    id: str


class Answering:
    """A service that gives one answer, whatever it is asked."""

    def __init__(self) -> None:
        self.response = Response(b'{"id": "1"}', media_type="application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.response(scope, receive, send)


@pytest.fixture
def service() -> Answering:
    return Answering()


@pytest.fixture
async def outside(service: Answering, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    outside = Outside("Acme", "http://acme.example", headers={"Authorization": "Bearer hush"})
    # The one place where the wire is taken out: what a status means does not depend on it.
    monkeypatch.setattr(outside._client, "_transport", httpx2.ASGITransport(service))
    yield outside
    await outside.aclose()


async def failure(outside: Outside) -> Later | Refused:
    with pytest.raises(Failed) as failed:
        await outside.ask("GET", "/things", Thing, now=NOW)
    return failed.value.outcome


STATUSES = [
    (301, Refused, "it has moved: a setting is wrong"),
    (307, Refused, "a renamed repository answers so"),
    (400, Refused, "what we ask is wrong, and stays so"),
    (401, Refused, "the token is wrong, and only a person can mend it"),
    (402, Refused, "the account has no credit left"),
    (403, Refused, "the token may not"),
    (404, Refused, "there is no such thing"),
    (408, Later, "the service was slow"),
    (409, Later, "somebody else changes it at this moment"),
    (410, Refused, "it is gone"),
    (413, Refused, "too large will stay too large"),
    (418, Refused, "a no that nobody foresaw"),
    (422, Refused, "the content is not taken"),
    (425, Later, "too early"),
    (429, Later, "a limit ends"),
    (500, Later, "trouble of the service's own passes"),
    (502, Later, "so does that of its proxy"),
    (503, Later, "and its maintenance"),
    (504, Later, "and its slowness"),
]


@pytest.mark.parametrize(("status", "kind", "reason"), STATUSES, ids=[str(row[0]) for row in STATUSES])
async def test_each_status_has_one_outcome_with_a_sentence_that_names_service_and_status(
    outside: Outside, service: Answering, status: int, kind: type[Later | Refused], reason: str
) -> None:
    service.response = Response(b"{}", status)

    outcome = await failure(outside)

    assert type(outcome) is kind, reason
    assert outcome.why.startswith("Acme ")
    assert f"({status})" in outcome.why


WAITS = [
    (429, {"retry-after": "7"}, timedelta(seconds=7), "seconds are taken as they stand"),
    (429, {"retry-after": "Mon, 02 Mar 2026 09:01:00 GMT"}, MINUTE, "a date counts from now"),
    (429, {"retry-after": "soon"}, MINUTE, "nonsense is as good as nothing"),
    (429, {"retry-after": "0"}, SECOND, "at once would be too soon"),
    (429, {"retry-after": "99999999999999"}, DAY, "nobody is waited for beyond a day"),
    (429, {"retry-after": "Sun, 01 Mar 2026 09:00:00 GMT"}, SECOND, "a date in the past is no wait"),
    (429, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": IN_A_MINUTE}, MINUTE, "X names the instant"),
    (
        429,
        {
            "x-rate-limit-remaining": "12",
            "x-rate-limit-reset": "1",
            "x-user-limit-24hour-remaining": "0",
            "x-user-limit-24hour-reset": IN_A_MINUTE,
        },
        MINUTE,
        "of X's limits only those that are used up count",
    ),
    (429, {}, MINUTE, "a limit without a time is waited for a minute"),
    (403, {"retry-after": "30"}, timedelta(seconds=30), "GitHub's secondary limit is a 403"),
    (
        403,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_A_MINUTE},
        MINUTE,
        "and so may be its first",
    ),
    (503, {"retry-after": "120"}, timedelta(minutes=2), "a maintenance may name its end"),
    (500, {}, None, "without a word the engine backs off by itself"),
]


@pytest.mark.parametrize(("status", "headers", "wait", "reason"), WAITS, ids=[row[3] for row in WAITS])
async def test_a_service_is_given_the_time_that_it_asks_for(
    outside: Outside,
    service: Answering,
    status: int,
    headers: dict[str, str],
    wait: timedelta | None,
    reason: str,
) -> None:
    service.response = Response(b"{}", status, headers)

    outcome = await failure(outside)

    assert outcome == Later(outcome.why, wait), reason


WORDS = [
    (
        b'{"detail": "Your text\\nis too long", "title": "Forbidden"}',
        ": Your text is too long",
        "X's problem",
    ),
    (
        b'{"message": "Validation Failed", "errors": [{"field": "title", "code": "missing_field"}]}',
        ": Validation Failed; title missing_field",
        "GitHub's",
    ),
    (b'{"errors": [{"message": "since_id is no number"}]}', ": since_id is no number", "X's parameter error"),
    (b"<h1>Authorization: Bearer hush</h1>", "", "an error page is never quoted"),
    (b'["Bearer hush"]', "", "nor is JSON that is no problem document"),
    (b'{"message": {"token": "hush"}}', "", "nor words that are none"),
]


@pytest.mark.parametrize(("body", "ending", "reason"), WORDS, ids=[row[2] for row in WORDS])
async def test_a_refusal_quotes_what_the_service_says_to_people_and_nothing_else(
    outside: Outside, service: Answering, body: bytes, ending: str, reason: str
) -> None:
    service.response = Response(body, 422)

    outcome = await failure(outside)

    assert outcome.why == f"Acme does not take the content (422){ending}", reason


async def test_an_answer_that_can_not_be_read_is_tried_again_since_it_may_have_taken_effect(
    outside: Outside, service: Answering
) -> None:
    service.response = Response(b"<html>", 200)

    assert isinstance(await failure(outside), Later)


async def test_a_service_that_stays_silent_is_given_up_after_our_patience(town: Town) -> None:
    town.faults.add("x", "*", "timeout")
    outside = Outside("X", f"{town.url}/x", patience=timedelta(milliseconds=100))

    outcome = await failure_of(outside, "/2/users/me")

    assert outcome == Later("X did not answer within 0.1 s")


async def test_a_service_that_breaks_off_its_answer_is_tried_again(town: Town) -> None:
    town.faults.add("x", "*", "lost_answer")

    outcome = await failure_of(Outside("X", f"{town.url}/x"), "/2/users/me")

    assert isinstance(outcome, Later)
    assert "broke off before its answer was whole" in outcome.why


async def test_a_service_that_is_not_there_is_tried_again(town: Town) -> None:
    url = town.url
    await town.stop()

    outcome = await failure_of(Outside("X", f"{url}/x"), "/2/users/me")

    assert isinstance(outcome, Later)
    assert "X can't be reached" in outcome.why


async def failure_of(outside: Outside, path: str) -> Later | Refused:
    with pytest.raises(Failed) as failed:
        await outside.ask("GET", path, Thing, now=NOW)
    await outside.aclose()
    return failed.value.outcome


NO_ANSWERS = [
    (b'{"id": "\xff\xfe"}', "bytes that are no UTF-8"),
    (b'{"id": "\xed\xa0\x80"}', "half of a sign"),
    (b"[" * 100_000, "brackets without an end"),
    (b'{"id": 1}', "a number for a name"),
    (b"", "nothing"),
]


@pytest.mark.parametrize(("content", "reason"), NO_ANSWERS, ids=[row[1] for row in NO_ANSWERS])
@pytest.mark.parametrize("status", [200, 422])
async def test_an_answer_that_can_not_be_read_is_a_failure_by_name(
    outside: Outside, service: Answering, status: int, content: bytes, reason: str
) -> None:
    service.response = Response(content, status, media_type="application/json")

    outcome = await failure(outside)

    if status == 200:
        assert isinstance(outcome, Later), reason
        assert outcome.why.startswith("Acme answered in a way that Tocsin does not know")
    else:
        assert outcome == Refused("Acme does not take the content (422)")
