"""The service worker: what it shows, what its buttons do, also where Tocsin can't be reached."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node.js, which runs the worker, is not installed"
)
BROWSER = Path(__file__).with_name("browser.js")
WORKER = str(files("tocsin.integrations.webpush").joinpath("worker.js"))
HERE = "https://tocsin.example"
PAGE = {
    "id": "a1",
    "title": "[INC-7] Page: Sign-in is broken",
    "body": "You are on call.",
    "link": f"{HERE}/incidents/INC-7",
    "answer": f"{HERE}/integrations/webpush/answer/k7/5f",
    "page": f"{HERE}/ack/INC-7/bob/5f",
    "receipt": f"{HERE}/integrations/webpush/receipt/a1/5f",
    "urgent": True,
}
PUSHED = {"push": json.dumps(PAGE)}
SAID = {"status": 200, "text": "You have acknowledged INC-7."}


def run(*steps: dict[str, Any], **scenario: Any) -> dict[str, list[Any]]:
    done = subprocess.run(
        ["node", str(BROWSER), WORKER, json.dumps({"steps": steps, **scenario})],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert not done.stderr, done.stderr
    seen: dict[str, list[Any]] = json.loads(done.stdout)
    return seen


def press(action: str) -> dict[str, str]:
    return {"press": action, "id": "a1"}


def labels(shown: dict[str, Any]) -> list[str]:
    return [one["title"] for one in shown["actions"]]


def test_a_page_stays_until_somebody_looks_and_tells_that_it_came() -> None:
    seen = run(PUSHED)

    (shown,) = seen["shown"]
    assert (shown["title"], shown["body"], shown["tag"]) == (PAGE["title"], PAGE["body"], "a1")
    assert (shown["requireInteraction"], shown["silent"], labels(shown)) == (
        True,
        False,
        ["Acknowledge", "Open"],
    )
    assert seen["sent"] == [
        {"url": PAGE["receipt"], "body": "delivered", "method": "POST", "credentials": "omit"}
    ]


def test_acknowledge_says_what_came_back_in_the_place_of_the_page_and_opens_nothing() -> None:
    seen = run(PUSHED, press("acknowledge"), answers=[SAID])

    last = seen["shown"][-1]
    assert (last["body"], last["tag"], last["silent"]) == ("You have acknowledged INC-7.", "a1", True)
    assert (labels(last), last["requireInteraction"]) == (["Open"], False)
    assert seen["sent"][1]["url"] == PAGE["answer"]
    assert (seen["sent"][2]["url"], seen["sent"][2]["body"]) == (PAGE["receipt"], "seen")
    assert seen["opened"] == []


def test_a_refusal_is_said_aloud() -> None:
    seen = run(PUSHED, press("acknowledge"), answers=[{"status": 409, "text": "INC-7 is over"}])

    last = seen["shown"][-1]
    assert (last["body"], last["silent"]) == ("INC-7 is over", False)


@pytest.mark.parametrize(
    "answers",
    [[], [{"status": 502, "text": "<html>Bad gateway</html>", "type": "text/html"}]],
    ids=["nobody answers", "a proxy answers"],
)
def test_where_tocsin_can_not_be_reached_the_button_stays(answers: list[Any]) -> None:
    seen = run(PUSHED, press("acknowledge"), answers=answers)

    last = seen["shown"][-1]
    assert last["body"].startswith("Not acknowledged: Tocsin can't be reached from here.")
    assert (labels(last), last["silent"]) == (["Acknowledge", "Open"], False)


def test_it_can_be_tried_again_until_it_works() -> None:
    seen = run(PUSHED, press("acknowledge"), press("acknowledge"), press("acknowledge"))
    bodies = [one["body"] for one in seen["shown"]]

    assert bodies[1:] == [bodies[1]] * 3
    assert bodies[1].count("Not acknowledged") == 1


def test_what_follows_up_takes_the_place_of_the_page_without_a_sound() -> None:
    over = {"id": "a1", "title": "[INC-7] Alice owns it.", "body": "Alice owns it.", "quiet": True}

    seen = run(PUSHED, {"push": json.dumps(over)})

    last = seen["shown"][-1]
    assert (last["tag"], last["silent"], last["requireInteraction"], labels(last)) == ("a1", True, False, [])


def test_what_is_sent_again_does_not_ring_again() -> None:
    seen = run(PUSHED, PUSHED)

    assert [one["silent"] for one in seen["shown"]] == [False, True]
    assert [labels(one) for one in seen["shown"]] == [["Acknowledge", "Open"]] * 2


def test_a_tap_opens_the_incident_in_the_window_that_shows_it_or_a_new_one() -> None:
    new, there = run(PUSHED, press("")), run(PUSHED, press("open"), windows=[PAGE["link"]])

    assert (new["opened"], new["focused"]) == ([PAGE["link"]], [])
    assert (there["opened"], there["focused"]) == ([], [PAGE["link"]])


def test_where_notifications_have_no_buttons_a_tap_opens_the_page_that_has_one() -> None:
    seen = run(PUSHED, press(""), buttons=False)

    assert seen["opened"] == [PAGE["page"]]


def test_who_puts_it_away_has_seen_it() -> None:
    seen = run(PUSHED, {"closed": True, "id": "a1"})

    assert seen["sent"][-1]["body"] == "seen"


def test_what_can_not_be_read_is_shown_all_the_same_so_that_the_browser_lets_us_push_on() -> None:
    seen = run({"push": "no JSON"})

    assert "can't read" in seen["shown"][0]["body"]
    assert seen["sent"] == []


def test_a_browser_that_changes_its_address_says_that_it_has_to_be_added_again() -> None:
    seen = run({"event": "pushsubscriptionchange"}, {"press": "", "id": "lost"})

    assert "can't reach this device any more" in seen["shown"][0]["title"]
    assert seen["opened"] == [f"{HERE}/me/push"]
    assert seen["sent"] == []
