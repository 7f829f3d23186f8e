"""Which fact follows from a work that was done."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.work import Work


def fact_of(work: Work, evidence: Mapping[str, str]) -> f.What | None:
    """The fact that a delivered work leaves in the timeline; None for those that leave none."""
    url = evidence.get("url", "")
    payload = work.payload
    match work.does:
        case w.THREAD_OPEN:
            announced = evidence.get("announced", "")
            return f.ThreadOpened(evidence["channel"], evidence["message"], url, announced)
        case w.BUILD_RERUN:
            return f.BuildRerunStarted(payload["rerun"], url)
        case w.PAGE:
            message = evidence.get("message", "")
            by_hand = "by_hand" in payload
            duty, contact = payload.get("duty", ""), payload.get("contact", "")
            among = int(evidence.get("among", "1"))
            return f.PageDelivered(
                payload["person"], work.via, url, message, duty, by_hand, contact, among=among
            )
        case w.PLACE_TELL if evidence:
            return f.PlaceTold(payload["place"], work.via, url, evidence.get("message", ""))
        case w.REMIND | w.ASK | w.WORD if evidence and (about := payload.get("duty") or payload.get("about")):
            message = evidence.get("message", "")
            return f.MessageDelivered(work.does, about, payload["person"], work.via, url, message)
        case w.ALERT_CREATE if "alert" in evidence:
            return f.AlertCreated(work.via or "opsgenie", evidence["alert"], evidence.get("alias", ""), url)
        case w.ALERT_CLOSE:
            return f.AlertClosed(work.via or "opsgenie", url)
        case w.ANSWER:
            return f.ReporterAnswered(payload["report"], evidence.get("text", ""), url)
        case w.TELL:
            return f.ReporterTold(payload["report"], evidence.get("text", ""), url)
        case w.ISSUE_OPEN:
            return f.IssueOpened(evidence["repository"], int(evidence["number"]), url)
        case w.ISSUE_UPDATE:
            return f.IssueUpdated(url, evidence.get("text", ""))
        case w.ISSUE_CLOSE:
            return f.IssueClosed(url)
        case w.FOLLOW_UP_OPEN:
            number = int(evidence["number"])
            return f.FollowUpOpened(payload["follow_up"], evidence["repository"], number, url)
        case w.INVITE:
            return f.RetrospectiveInvited(payload["meeting"], int(payload["version"]), payload["person"])
        case w.POST_UPDATE:
            return f.PostUpdated(evidence["post"], url)
        case w.LOG_APPEND:
            return f.OpsLogAppended(url)
        case w.POST_PUBLISH:
            return f.PostPublished(evidence["post"], url)
        case w.POST_ANSWER:
            return f.PostAnswered(evidence["post"], url)
        case _:
            return None
