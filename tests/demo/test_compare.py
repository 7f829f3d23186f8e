"""What is compared of two plays: what is lost or doubled is seen, what differs each time is not."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.demo.compare import ledger, said


def found(**town: Any) -> Any:
    empty = {
        "slack": {"channels": {}, "dms": {}},
        "x": {"posts": []},
        "github": {"issues": []},
        "google_docs": [],
        "opsgenie": {"alerts": []},
        "mail": [],
    }
    return {"incidents": [], "town": empty | town}


def in_slack(*texts: str, user: str = "tocsin", dm: str = "bob") -> Any:
    return found(slack={"channels": {}, "dms": {dm: [{"user": user, "text": text} for text in texts]}})


def letter(id: str, *recipients: str) -> dict[str, Any]:
    return {"recipients": list(recipients), "subject": "INC-1 is open", "message_id": id}


def issue(body: str, *comments: str) -> Any:
    one = {"title": "t", "state": "open", "body": body, "comments": [{"body": text} for text in comments]}
    return found(github={"issues": [one]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (in_slack("Own it"), in_slack()),
        (in_slack("Own it"), in_slack("Own it", "Own it")),
        (in_slack("Own it", dm="bob"), in_slack("Own it", dm="alice")),
        (issue("A"), issue("B")),
        (issue("A", "mended"), issue("A", "mended", "mended")),
        (found(google_docs=[{"entries": ["a\nb"]}]), found(google_docs=[{"entries": ["a\nc"]}])),
        (found(x={"posts": [{"text": "a"}]}), found(x={"posts": []})),
        (found(mail=[letter("<1>", "a@b.c")]), found(mail=[letter("<1>", "a@b.c"), letter("<2>", "a@b.c")])),
        (found(mail=[letter("<1>", "a@b.c", "d@e.f")]), found(mail=[letter("<1>", "a@b.c")])),
    ],
)
def test_what_is_lost_doubled_misplaced_or_different_is_seen(one: Any, other: Any) -> None:
    assert said(one) != said(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (in_slack("open since 10:00, http://a/1"), in_slack("open since 11:30, http://b/2")),
        (in_slack("late, from 10:00 UTC: Own it"), in_slack("Own it")),
        (in_slack("*Not out yet:* the post"), in_slack()),
        (in_slack("a\nb"), in_slack("a", "b")),
        (
            issue("A <!-- tocsin:INC-1/issue/7 f0e1d2c3b4 -->"),
            issue("A <!-- tocsin:INC-1/issue/9 0a1b2c3d4e -->"),
        ),
        (in_slack("back to 1640b57"), in_slack("back to e8c8d4f")),
        (in_slack("I look", user="bob"), in_slack()),
        (found(mail=[letter("<1>", "a@b.c")]), found(mail=[letter("<1>", "a@b.c"), letter("<1>", "a@b.c")])),
    ],
)
def test_what_differs_each_time_is_not(one: Any, other: Any) -> None:
    assert said(one) == said(other)


def test_the_ledger_tells_who_did_what_and_how_it_ended() -> None:
    def of(by: str) -> Any:
        duty = {"id": "own", "state": "met", "by": by}
        return {"incidents": [{"kind": "service", "status": "closed", "duties": [duty]}], "town": {}}

    assert ledger(of("bob")) == [("service", "closed", {"own": ("met", "bob")})]
    assert ledger(of("bob")) != ledger(of("alice"))
