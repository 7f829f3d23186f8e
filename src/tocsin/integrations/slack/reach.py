"""Slack's outbound side: the thread and its card, pages by direct message, reminders, and answers to who reported in Slack.

Every message bears the key of its work as metadata. From the second attempt on it is looked for before anything is posted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.duties import OWED, ledger
from tocsin.core.facts import Fact
from tocsin.core.incident import CLOSED
from tocsin.core.messages import thread_message
from tocsin.core.procedures.run_message import planned_fact
from tocsin.core.sent_words import duty_of, words_for
from tocsin.core.work import Delivered, Desk, HouseDesk, InboxDesk, Outcome, Refused, Work
from tocsin.integrations.slack import inbox, own_channel, said
from tocsin.integrations.slack.blocks import without_buttons
from tocsin.integrations.slack.card import Sight, card
from tocsin.integrations.slack.channel import IncidentsChannel
from tocsin.integrations.slack.client import Slack, SlackFailed, outcome_of
from tocsin.integrations.slack.leaving import leave
from tocsin.integrations.slack.notices import notice
from tocsin.integrations.slack.posting import PERSON, SKEW, Posts
from tocsin.integrations.slack.private import invite, open_channel
from tocsin.integrations.slack.said import Said
from tocsin.integrations.slack.showing import Showing

TRIED_WITHIN = timedelta(days=2)
"""How far back it is looked for a notice that an earlier try may have posted unseen."""
DIRECT = frozenset({w.PAGE, w.REMIND, w.ASK, w.WORD})
"""What goes to one person, with clicks that have to go once they are stale."""
SAID_TOGETHER = 20
"""How many facts one message of the thread may stand for, at most."""


class SlackReach:
    """Carries out works in one workspace. `channel` is the incidents channel's name or id."""

    name = "slack"

    def __init__(self, slack: Slack, channel: str) -> None:
        self._slack = slack
        self._posts = Posts(slack)
        self._channel = IncidentsChannel(slack, channel)
        self._showing = Showing(slack)
        self._bookmarked: dict[str, dict[str, str]] = {}
        self._ways: dict[str, Callable[[Work, Desk, int], Awaitable[Outcome]]] = {
            w.THREAD_OPEN: self._open_thread,
            w.THREAD_SAY: self._say,
            w.THREAD_SETTLE: self._settle_words,
            w.THREAD_RUN: self._show_run,
            w.THREAD_CARD: self._redraw,
            w.THREAD_INVITE: self._invite,
            w.THREAD_LEAVE: self._leave,
            w.THREAD_ARCHIVE: self._archive,
            w.PAGE: self._page,
            w.PAGE_SETTLE: self._settle,
            w.REMIND: self._remind,
            w.ASK: self._ask,
            w.WORD: self._word,
            w.ANSWER: self._answer,
            w.TELL: self._answer,
        }
        self.does = frozenset(self._ways)
        self.announces = w.OF_INBOX
        self.notifies = w.OF_HOUSE

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        try:
            return await self._ways[work.does](work, desk, attempt)
        except SlackFailed as failed:
            return _failed(failed, work)

    async def found(self, work: Work, desk: Desk) -> Outcome | None:
        """A direct message that an earlier try posted."""
        if work.does not in DIRECT:
            return None
        try:
            posted = await self._posts.posted(work.key, work.payload["address"], desk.incident.started_at)
        except SlackFailed as failed:
            return _failed(failed, work)
        return Delivered({"url": "", "message": "/".join(posted)}) if posted else None

    async def announce(self, work: Work, desk: InboxDesk, attempt: int) -> Outcome:
        """Show a message of the inbox in the incidents channel; once it was looked at, say by whom, and what became of it."""
        message = desk.message
        try:
            if work.does == w.INBOX_SETTLE:
                channel, _, ts = message.posted.partition("/")
                await self._posts.update(channel, ts, inbox.settled(desk))
                return Delivered()
            channel = await self._channel.id()
            since = message.received_at
            channel, ts = await self._posts.post(work.key, attempt, since, channel, inbox.waiting(desk))
            return Delivered({"message": f"{channel}/{ts}"})
        except SlackFailed as failed:
            return failed.outcome

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        """A direct message about no incident, and what becomes of it; and who is on call, where it is shown."""
        if work.does in w.SHOWN_ON_CALL:
            return await self._showing.show(work, desk)
        try:
            if work.does == w.NOTICE_SETTLE:
                channel, _, ts = desk.posted.partition("/")
                await self._posts.update(channel, ts, notice(work, desk))
                return Delivered()
            since, to = desk.now - TRIED_WITHIN, work.payload["address"]
            channel, ts = await self._posts.post(work.key, attempt, since, to, notice(work, desk))
            return Delivered({"message": f"{channel}/{ts}"})
        except SlackFailed as failed:
            return _failed(failed, work)

    async def _open_thread(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        incident, since = desk.incident, desk.incident.started_at
        if not incident.private and w.OWN_CHANNEL in incident.abilities:
            return await self._open_own_channel(work, desk, attempt)
        if incident.private:
            channel = await open_channel(self._slack, incident, desk.roster)
        else:
            channel = await self._channel.id()
        channel, message = await self._posts.post(
            work.key, attempt, since, channel, Said(*card(_sight(desk)))
        )
        url = await self._slack.permalink(channel, message)
        return Delivered({"channel": channel, "message": message, "url": url})

    async def _open_own_channel(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """The card in the incidents channel first, so that everybody knows; then in the new channel, pinned, with whom it concerns."""
        incident, since, sight = desk.incident, desk.incident.started_at, _sight(desk)
        own = await own_channel.make(self._slack, own_channel.first_name(incident))
        everybody = await self._channel.id()
        announcement = Said(*card(sight, own))
        place, announced = await self._posts.post(
            f"{work.key}/announced", attempt, since, everybody, announcement
        )
        own, message = await self._posts.post(work.key, attempt, since, own, Said(*card(sight)))
        await own_channel.pin(self._slack, own, message)
        await self._keep_up(own, desk)
        await invite(self._slack, own, sorted(incident.members), desk.roster)
        url = await self._slack.permalink(own, message)
        return Delivered(
            {"channel": own, "message": message, "url": url, "announced": f"{place}/{announced}"}
        )

    async def _say(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        facts = _facts(work, desk)
        messages = [message for fact in facts if (message := said.in_thread(fact, desk))]
        if not messages:
            return Delivered()
        thread, at, message = desk.incident.thread, facts[0].at, said.together(messages)
        if thread is None:
            if all(map(_is_about_the_thread, facts)):
                return Delivered()  # Where no thread could be opened, there is none to say it in.
            return Refused("there is no thread to say it in, since none could be opened")
        channel, root = thread.channel, "" if thread.announced else thread.message
        try:
            channel, ts = await self._posts.post(work.key, attempt, at, channel, message, thread=root)
        except SlackFailed as failed:
            if not thread.announced or failed.error not in own_channel.ARCHIVED:
                raise
            # Its own channel is in the archive, and it has begun again: then under its card in the incidents channel.
            channel, _, root = thread.announced.partition("/")
            channel, ts = await self._posts.post(work.key, attempt, at, channel, message, thread=root)
        return Delivered({"message": f"{channel}/{ts}"})

    async def _settle_words(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Take the stale clicks out of what was said about a fact, alone or along with others of the same moment."""
        thread = desk.incident.thread
        told = next((fact for fact in desk.incident.facts if fact.n == int(work.payload["fact"])), None)
        duties = desk.duties
        message = thread_message(told, desk.incident, desk.handbook, desk.places, duties) if told else None
        if thread is None or told is None or message is None:
            return Delivered()
        ref, root = desk.incident.ref, "" if thread.announced else thread.message
        # What was said together bears the key of the first of those facts: the nearest one before it.
        near = [f"{ref}/say/{n}" for n in range(told.n, max(told.n - SAID_TOGETHER, 0), -1)]
        found = await self._posts.message(near, thread.channel, root, told.at - SKEW)
        if found:
            gone = {(offer.act, f"{ref}|{offer.about}") for offer in message.offers}
            blocks = without_buttons(found.get("blocks") or [], gone)
            await self._posts.update(
                thread.channel, str(found["ts"]), Said(str(found.get("text", "")), blocks)
            )
        return Delivered()

    async def _show_run(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Edit the message of a run; where it stands no more, since the thread is another now or somebody deleted it, it is said again."""
        thread, planned = desk.incident.thread, planned_fact(desk.incident, work.payload["run"])
        message = said.run_shown(planned, desk) if planned else None
        if thread is None or planned is None or message is None:
            return Delivered()
        key, root = f"{desk.incident.ref}/say/{planned.n}", "" if thread.announced else thread.message
        found = await self._posts.message([key], thread.channel, root, planned.at - SKEW)
        if found:
            await self._posts.update(thread.channel, str(found["ts"]), message)
        else:
            await self._posts.post(key, 1, planned.at, thread.channel, message, thread=root)
        return Delivered()

    async def _redraw(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Show the card as it stands now. One that was refused is not tried again for the fact that it was refused."""
        thread = desk.incident.thread
        last = desk.incident.facts[-1].what
        if thread is None or (isinstance(last, f.DeliveryRefused) and last.what == w.THREAD_CARD):
            return Delivered()
        if thread.announced:
            channel, _, message = thread.announced.partition("/")
            await self._posts.update(channel, message, Said(*card(_sight(desk), thread.channel)))
        try:
            await self._posts.update(thread.channel, thread.message, Said(*card(_sight(desk))))
            if thread.announced:
                await self._keep_up(thread.channel, desk)
        except SlackFailed as failed:
            if not thread.announced or failed.error not in own_channel.ARCHIVED:
                raise
        return Delivered({"url": thread.url})

    async def _keep_up(self, channel: str, desk: Desk) -> None:
        """Name, topic and bookmarks as they should be now. The bookmarks are looked at where they changed since this node last did."""
        await own_channel.keep_up(self._slack, channel, desk.incident, _topic(desk))
        links = own_channel.links_of(desk.incident, desk.places)
        if self._bookmarked.get(channel) != links:
            await own_channel.bookmark(self._slack, channel, links)
            self._bookmarked[channel] = links

    async def _archive(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Unless it has begun again meanwhile. The card is drawn a last time, since nothing can be changed there afterwards."""
        thread = desk.incident.thread
        if thread and thread.announced and desk.incident.status == CLOSED:
            await self._redraw(work, desk, attempt)
            await own_channel.archive(self._slack, thread.channel)
            self._bookmarked.pop(thread.channel, None)
        return Delivered()

    async def _leave(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """What everybody could read says no more than that it is not here."""
        incident = desk.incident
        if incident.left_thread:
            await leave(self._slack, incident.left_thread, incident, incident.started_at - SKEW)
        return Delivered()

    async def _invite(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        thread = desk.incident.thread
        if thread and (desk.incident.private or thread.announced):
            await invite(self._slack, thread.channel, work.payload["people"].split(), desk.roster)
        return Delivered()

    async def _page(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        told = work.payload
        message = said.page(
            desk, told.get("why", ""), duty_of(work, desk), told["person"], told.get("note", "")
        )
        since = desk.incident.started_at
        channel, ts = await self._posts.post(work.key, attempt, since, work.payload["address"], message)
        return Delivered(
            {"url": await self._posts.permalink_if_quick(channel, ts), "message": f"{channel}/{ts}"}
        )

    async def _settle(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        channel, _, message = work.payload["message"].partition("/")
        await self._posts.update(channel, message, said.settled(desk, work.payload["message"]))
        return Delivered()

    async def _ask(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        return await self._tell(work, desk, attempt, said.asked(work.payload["about"], desk))

    async def _word(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        facts = _facts(work, desk)
        return await self._tell(work, desk, attempt, said.word(facts[0], desk) if facts else None)

    async def _tell(self, work: Work, desk: Desk, attempt: int, message: Said | None) -> Outcome:
        """A direct message to one of our people; nothing where there is nothing to say any more."""
        if message is None:
            return Delivered()
        since = desk.incident.started_at
        channel, ts = await self._posts.post(work.key, attempt, since, work.payload["address"], message)
        return Delivered({"message": f"{channel}/{ts}"})

    async def _remind(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        duty = duty_of(work, desk)
        if duty is None or duty.state != OWED:
            return Delivered()  # It was done meanwhile: nobody needs to be reminded.
        return await self._tell(work, desk, attempt, said.reminded(duty, desk))

    async def _answer(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """In the thread of the reporter's message (`C…/ts`), or by direct message (`U…`)."""
        report, duty = desk.incident.report(work.payload["report"]), duty_of(work, desk)
        if report is None or duty is None:
            return Refused(f"{desk.incident.ref} has no report {work.payload['report']} any more")
        words = words_for(work, desk)
        place, _, thread = report.address.partition("/")
        message = said.to_reporter(words)
        since = desk.incident.started_at
        channel, ts = await self._posts.post(work.key, attempt, since, place, message, thread=thread)
        return Delivered({"url": await self._slack.permalink(channel, ts), "text": words})


def _failed(failed: SlackFailed, work: Work) -> Outcome:
    """That there is no such channel says of a person that there is no such person."""
    if failed.error == "channel_not_found" and work.payload.get("address", "").startswith(PERSON):
        return outcome_of(200, "user_not_found")
    return failed.outcome


def _sight(desk: Desk) -> Sight:
    duties = ledger(desk.incident, desk.handbook, desk.now)
    return Sight(desk.incident, desk.handbook, duties, desk.roster, desk.places, desk.now)


def _topic(desk: Desk) -> str:
    severity = desk.handbook.severity(desk.incident.severity).title
    return own_channel.topic_of(desk.incident, severity, desk.roster)


def _facts(work: Work, desk: Desk) -> list[Fact]:
    """The facts that a work tells of: what happened at once is told at once."""
    wanted = {int(n) for n in (work.payload["fact"], *work.payload.get("with", "").split())}
    return [fact for fact in desk.incident.facts if fact.n in wanted]


def _is_about_the_thread(fact: Fact) -> bool:
    return isinstance(fact.what, f.DeliveryRefused) and fact.what.what.startswith("thread.")
