"""What Slack's errors come to: tried later, or refused with what to do. No network, no database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.core.work import Later, Refused
from tocsin.integrations.slack.client import LATER, REFUSED, outcome_of


@pytest.mark.parametrize(
    ("status", "error", "retry_after", "outcome"),
    [
        (429, "ratelimited", "30", Later("Slack asks to slow down", timedelta(seconds=30))),
        (429, "", "", Later("Slack asks to slow down", None)),
        (200, "ratelimited", "7", Later("Slack asks to slow down", timedelta(seconds=7))),
        (500, "", "", Later("Slack answered 500")),
        (503, "service_unavailable", "", Later("Slack answered 503")),
        (200, "internal_error", "", Later("Slack has an error of its own")),
        (200, "request_timeout", "", Later("Slack did not get the whole request")),
        (200, "no_such_code", "", Refused("Slack refused: no_such_code")),
        (404, "", "", Refused("Slack refused: status 404")),
    ],
)
def test_an_answer_of_slack_has_an_outcome(
    status: int, error: str, retry_after: str, outcome: Later | Refused
) -> None:
    assert outcome_of(status, error, retry_after) == outcome


@pytest.mark.parametrize("error", sorted(LATER))
def test_what_passes_by_itself_is_tried_later(error: str) -> None:
    assert isinstance(outcome_of(200, error), Later)


@pytest.mark.parametrize("error", sorted(REFUSED))
def test_what_stays_is_refused_with_slacks_own_word_for_it(error: str) -> None:
    outcome = outcome_of(200, error)

    assert isinstance(outcome, Refused)
    assert outcome.why.endswith(f"({error})")


@pytest.mark.parametrize("error", ["invalid_auth", "missing_scope", "channel_not_found", "not_in_channel"])
def test_a_refusal_that_a_person_can_mend_says_how(error: str) -> None:
    outcome = outcome_of(200, error)

    assert any(word in outcome.why for word in ("check", "apply", "invite"))
