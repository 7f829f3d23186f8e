"""What goes out to Google: the ops log's entry, at the end of the document.

Google has no idempotency key. An entry carries a marker line, signed so that nobody can guess it; the document is read first, and a
write holds only for the revision that was read. So neither a lost answer nor a second writer can put an entry there twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.facts import Fact, OpsLogWritten
from tocsin.core.ops_log import entry_text
from tocsin.core.work import LOG_APPEND, Delivered, Desk, Later, Outcome, Refused, Work
from tocsin.integrations.google.client import DocsClient
from tocsin.integrations.http import Failed

KEY_LENGTH: Final = 12
SOON: Final = timedelta(seconds=2)


class GoogleReach:
    name = "google"
    does = frozenset({LOG_APPEND})

    def __init__(self, client: DocsClient, url: str) -> None:
        """`url` is where people read the document."""
        self._client = client
        self._url = url

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        if desk.incident.private:
            return Refused(
                f"{desk.incident.ref} is private, and more people read the document than may know of it"
            )
        fact = _written(work, desk)
        if fact is None:
            return Refused("nobody has written the ops log of this incident")
        marker = f"[{desk.incident.ref} {desk.sign(work.key, 'google')[:KEY_LENGTH]}]"
        text = entry_text(desk.incident, fact, desk.roster, desk.places, marker)
        try:
            return await self._appended(text, marker, desk)
        except Failed as why:
            return self._explained(why)

    async def _appended(self, text: str, marker: str, desk: Desk) -> Outcome:
        document = await self._client.read(desk.now)
        if marker in document.text:
            return self._delivered(text, marker)
        if not document.revision_id:
            return Refused(f"the document may not be edited by us: make {self._client.email} an editor of it")
        lead = "\n\n" if document.text.strip() else ""
        try:
            await self._client.append(lead + text, document.revision_id, desk.now)
        except Failed as why:
            if why.status != 400:
                raise
            return await self._after_no(why, document.revision_id, text, marker, desk)
        return self._delivered(text, marker)

    async def _after_no(self, why: Failed, revision: str, text: str, marker: str, desk: Desk) -> Outcome:
        """400 means that the document was edited meanwhile, by somebody or by an earlier try of ours, or that we ask nonsense."""
        document = await self._client.read(desk.now)
        if marker in document.text:
            return self._delivered(text, marker)
        if document.revision_id != revision:
            return Later("somebody else wrote in the document at the same moment", SOON)
        return why.outcome

    def _delivered(self, text: str, marker: str) -> Delivered:
        return Delivered(
            {"document": self._client.document, "url": self._url, "marker": marker, "text": text}
        )

    def _explained(self, why: Failed) -> Outcome:
        outcome = why.outcome
        if isinstance(outcome, Refused) and why.status in (403, 404):
            return Refused(f"{outcome.why}: make {self._client.email} an editor of {self._url}")
        return outcome


def _written(work: Work, desk: Desk) -> Fact | None:
    """The fact that the work is about; the latest entry where it names none."""
    entries = [fact for fact in desk.incident.facts if isinstance(fact.what, OpsLogWritten)]
    wanted = work.payload.get("fact", "")
    if wanted:
        entries = [fact for fact in entries if str(fact.n) == wanted]
    return entries[-1] if entries else None
