"""Walks through Slack with all of Tocsin behind it: what people say, write and press, and what they then see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_world import World

from tocsin.clock import HandClock
from tocsin.integrations.slack.lobby import Profile

MINUTE = timedelta(minutes=1)


async def test_a_slash_command_with_any_words_reports_at_once_and_the_thread_opens(world: World) -> None:
    await world.command("dan", "sign-in fails for <everyone> & search", "general")

    assert "*INC-1* is open: sign-in fails for &lt;everyone&gt; &amp; search" in world.whispered("dan")
    incident = await world.incident()
    assert incident.thread
    assert incident.thread.url
    assert incident.title == "sign-in fails for <everyone> & search"
    assert incident.reports[0].reporter == "Dan Fry"
    assert incident.reports[0].address == world.id("dan")
    assert "Dan Fry" in world.thread()[0]


async def test_words_that_begin_like_a_command_but_are_none_are_a_report(world: World) -> None:
    await world.command("dan", "status page shows errors", "general")

    assert (await world.incident()).title == "status page shows errors"


async def test_similar_open_incidents_are_offered_and_never_block_a_report(world: World) -> None:
    await world.declare("Sign-in is broken for all users")

    await world.command("dan", "Sign-in is broken for all users", "general")

    assert "*INC-2* is open" in world.whispered("dan")
    assert "perhaps the same: <http" in world.whispered("dan")
    assert "|INC-1>" in world.whispered("dan")


async def test_who_is_on_call_gets_a_page_and_owns_by_one_click_which_settles_the_page(world: World) -> None:
    await world.declare()
    [page] = world.town.slack.dm("bob")
    assert "INC-1" in page.text

    await world.click("bob", page, "own")

    assert (await world.incident()).owner == "bob"
    [page] = world.town.slack.dm("bob")
    assert page.buttons == []
    assert "is on it since 09:00 UTC" in page.text
    assert any("I'm on it." in text for text in world.thread())


async def test_the_card_follows_the_incident_and_has_no_buttons_once_it_is_closed(
    world: World, clock: HandClock
) -> None:
    ref = await world.declare()
    assert [button[0] for button in world.root().buttons] == ["own", "severity", "resolve", "dismiss"]

    await world.command("bob", "own")
    await world.command("bob", "next roll back to v41 in 20m")
    assert world.root().buttons[0][0] == "update"
    assert "next update by" in str(world.root().blocks)
    await world.command("bob", "rollback yes to v41")
    await world.command("bob", "resolve rolled back to v41 | the check is green")
    learning = ["log", "follow_up", "no_follow_ups", "retrospective", "no_retrospective"]
    assert [button[0] for button in world.root().buttons] == learning
    await world.click("bob", world.root(), "log")
    await world.submit("bob", cause={"cause": "a bad deploy"})
    await world.click("bob", world.root(), "no_follow_ups")
    await world.submit("bob", reason={"reason": "rolled back, and mended"})
    await world.click("bob", world.root(), "no_retrospective")
    await world.submit("bob", reason={"reason": "known"})

    incident = await world.incident(ref)
    assert incident.status == "closed"
    assert incident.ops_log
    assert incident.ops_log.impact == "Sign-in is broken"
    assert world.root().buttons == []


async def test_a_refusal_is_shown_to_who_asked_and_to_nobody_else(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.command("alice", "own INC-1")

    assert world.whispered("alice").startswith("Bob Okafor has owned INC-1 since 09:00 UTC")
    assert (await world.incident()).owner == "bob"


async def test_somebody_whom_tocsin_does_not_know_learns_how_to_be_added(world: World) -> None:
    await world.declare()

    await world.command("dan", "own")

    assert "Only a person can own an incident" in world.whispered("dan")
    assert "enter you as a person with the e-mail address dan@acme.example" in world.whispered("dan")


async def test_a_person_is_known_by_their_e_mail_address_and_remembered_by_their_slack_id(
    world: World,
) -> None:
    await world.declare()

    await world.command("carol", "own")
    await world.command("carol", "next look at the logs")

    assert (await world.incident()).owner == "carol"
    asked = [request for request in world.town.requests if request.path.endswith("users.info")]
    assert len(asked) == 1


async def test_without_a_name_the_only_open_incident_is_meant_and_else_the_open_ones_are_listed(
    world: World,
) -> None:
    await world.command("bob", "own")
    assert "No incident is open now" in world.whispered("bob")

    await world.declare("Sign-in is broken")
    await world.declare("Search is slow", url="https://x.com/2", key="2")
    await world.command("bob", "own")

    assert (
        "say which: /tocsin own INC-2 …\n• INC-2 Search is slow\n• INC-1 Sign-in is broken"
        in world.whispered("bob")
    )
    await world.command("bob", "own INC-1")
    assert (await world.incident("INC-1")).owner == "bob"


async def test_a_form_opens_for_a_resolution_without_evidence_and_keeps_what_was_written(
    world: World,
) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.command("bob", "resolve INC-1 restarted the proxy")
    follow_ups = {"follow_ups": "renew by machine\n@alice warn a month before"}
    await world.submit(
        "bob",
        evidence={"evidence": "the check is green"},
        rolled_back={"rolled_back": "no"},
        follow_ups=follow_ups,
    )

    incident = await world.incident()
    assert incident.resolved
    assert incident.resolved.how == "restarted the proxy"
    assert incident.rollback
    assert incident.rollback.rolled_back is False
    filed = [(one.id, one.title, one.to) for one in incident.asked.follow_ups]
    assert filed == [("F1", "renew by machine", "bob"), ("F2", "warn a month before", "alice")]


async def test_a_refusal_of_a_form_stands_at_its_field_and_the_form_stays(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")
    await world.click("bob", world.root(), "severity")

    await world.submit("bob", severity={"severity": "low"})

    view = world.view("bob")
    assert view.errors == {"reason": "reason is missing: lowering from high to low has to be argued"}
    await world.submit(
        "bob", severity={"severity": "low"}, reason={"reason": "one customer, with a way around"}
    )
    assert (await world.incident()).severity == "low"


async def test_a_span_that_is_none_is_refused_at_its_field(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")
    await world.click("bob", world.root(), "next")

    await world.submit("bob", text={"text": "look"}, next_in={"next_in": "soon"})

    assert "'soon' is no span of time" in world.view("bob").errors["next_in"]


async def test_the_report_form_asks_only_for_what_is_broken(world: World) -> None:
    await world.command("dan", "", "general")
    assert world.view("dan").title == "Report"

    await world.submit("dan", title={"title": "Search is empty"})

    incident = await world.incident()
    assert (incident.title, incident.severity, incident.kind) == ("Search is empty", "high", "service")
    assert "*INC-1* is open" in world.whispered("dan")


async def test_a_mention_reports_and_the_way_back_is_that_message(world: World) -> None:
    answer = await world.say("dan", "general", "@tocsin sign-in is down")

    incident = await world.incident()
    said = world.town.slack.messages("general")[0]
    assert answer.ok
    assert incident.title == "sign-in is down"
    assert incident.reports[0].address == f"{said.channel}/{said.ts}"
    assert incident.reports[0].url
    assert "*INC-1* is open" in world.whispered("dan")


async def test_an_event_that_comes_twice_opens_one_incident(world: World) -> None:
    world.town.faults.add("slack", "app_mention", "duplicate_event")

    await world.say("dan", "general", "@tocsin sign-in is down")

    assert len(world.town.slack.messages("incidents")) == 1
    assert len(world.town.slack.ephemerals("dan")) == 1


async def test_a_mention_in_the_reporters_thread_belongs_to_the_same_incident(world: World) -> None:
    await world.say("dan", "general", "@tocsin sign-in is down")
    said = world.town.slack.messages("general")[0]

    await world.say("dan", "general", "@tocsin only with Firefox", said.ts)

    assert len(world.town.slack.messages("incidents")) == 1
    assert (await world.notes()) == ["only with Firefox"]


async def test_in_the_thread_a_mention_is_a_command_and_else_a_note(world: World) -> None:
    await world.declare()
    root = world.root()

    await world.say("bob", "incidents", "@tocsin I'm on it", root.ts)
    await world.say("bob", "incidents", "@tocsin next roll back & watch in 10m", root.ts)
    await world.say("bob", "incidents", "@tocsin the proxy logs look odd", root.ts)

    incident = await world.incident()
    assert incident.owner == "bob"
    assert incident.last_word == "roll back & watch"
    assert (await world.notes()) == ["the proxy logs look odd"]
    assert any("&gt; " not in text and "> roll back &amp; watch" in text for text in world.thread())


async def test_tocsins_own_messages_never_come_back_to_it(world: World) -> None:
    await world.declare(f"<@{world.town.slack.bot_user_id}> @tocsin sign-in is down")
    await world.settle()

    assert len(world.town.slack.messages("incidents")) == 1
    assert await world.notes() == []


async def test_a_direct_message_is_a_report_and_a_reply_to_a_page_belongs_to_its_incident(
    world: World,
) -> None:
    await world.declare()
    [page] = world.town.slack.dm("bob")

    await world.say("bob", "@tocsin", "on it", page.ts)
    await world.say("alice", "@tocsin", "search is empty")

    assert (await world.incident("INC-1")).owner == "bob"
    assert (await world.incident("INC-2")).title == "search is empty"


async def test_an_incident_can_be_declared_from_a_message_once(world: World) -> None:
    await world.say("carol", "general", "the login page is blank, see https://acme.example/login")
    said = world.town.slack.messages("general")[0]

    await world.shortcut("dan", "declare_incident", said)
    await world.shortcut("alice", "declare_incident", said)

    incident = await world.incident()
    assert incident.reports[0].text == "the login page is blank, see https://acme.example/login"
    assert incident.reports[0].address == f"{said.channel}/{said.ts}"
    assert incident.reports[0].reporter == "Carol", "who wrote it, and not who brought it in"
    assert "*INC-1* is about this already" in world.whispered("alice")


async def test_the_reporter_is_told_the_end_in_the_thread_of_their_message(world: World) -> None:
    await world.say("dan", "general", "@tocsin sign-in is down")
    await world.command("bob", "own")

    await world.command("bob", "dismiss an old bookmark | signed in afresh myself")

    said = world.town.slack.messages("general")[0]
    [told] = world.town.slack.replies(said)
    assert "We have looked into it" in told.text
    assert (await world.incident()).reports[0].told_at


async def test_the_owner_approves_public_words_after_editing_them(world: World, clock: HandClock) -> None:
    await world.declare()
    await world.command("bob", "own")
    await world.command("bob", "next look")
    await world.pass_by(30 * MINUTE)
    draft = next(m for m in world.town.slack.replies(world.root()) if "approve_public" in str(m.blocks))

    await world.click("bob", draft, "edit_public")
    await world.submit("bob", post={"post": "Sign-in fails for some; we are on it. {issue}"})

    public = (await world.incident()).public
    assert public.approved
    assert public.approved.post == "Sign-in fails for some; we are on it. {issue}"
    assert "Sign-in is broken" in public.approved.title


async def test_the_rollback_question_is_answered_from_its_buttons(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")
    asked = next(m for m in world.town.slack.replies(world.root()) if "not_rolled_back" in str(m.blocks))

    await world.click("bob", asked, "not_rolled_back")
    await world.submit("bob", text={"text": "nothing was deployed"})

    rollback = (await world.incident()).rollback
    assert rollback
    assert (rollback.rolled_back, rollback.text) == (False, "nothing was deployed")


async def test_joined_incidents_are_one(world: World) -> None:
    await world.declare("Sign-in is broken")
    await world.declare("Login fails", url="https://x.com/2", key="2")

    await world.command("bob", "join INC-2 into INC-1")

    assert (await world.incident("INC-2")).dismissed
    assert [report.id for report in (await world.incident("INC-1")).handles_reports] == ["R1", "R2"]


async def test_a_report_is_split_off(world: World) -> None:
    await world.declare("Sign-in is broken")
    await world.declare("Login fails", url="https://x.com/2", key="2")
    await world.command("bob", "join INC-2 into INC-1")

    await world.command("bob", "split INC-1 R2")

    assert (await world.incident("INC-3")).title == "Login fails"
    assert "*INC-3* is open" in world.whispered("bob")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("help", "`/tocsin update [INC] TEXT [in 20m]` Say how it stands"),
        ("who", "*ops* (ops_team): Bob Okafor until"),
        ("who for ops", "*ops* (ops_team): Bob Okafor until"),
        ("who is on call in ops_team?", "*ops* (ops_team): Bob Okafor until"),
        ("who for nights", "There is no schedule nights; there are: ops"),
        ("list", "|INC-1> Sign-in is broken (*nobody owns it*"),
        ("status", "INC-1 Sign-in is broken (High, open)"),
        ("status INC-9", "There is no incident INC-9"),
        ("ack", "The page of INC-1 is acknowledged"),
        (
            "sev dreadful it burns",
            "'dreadful' is no severity of service; the handbook has high, moderate, low",
        ),
        ("rollback maybe", "Write /tocsin rollback yes WHAT"),
        ("waive own asleep", "INC-1: own is waived."),
        ("done acknowledge-reporter-R9 told her", "INC-1 has no duty acknowledge-reporter-R9; owed are"),
        ("note seen it too", "INC-1: noted."),
        ("page nosuchteam", "Nobody is called nosuchteam, so nobody was paged. Teams: ops_team"),
        ("page @alice", "INC-1: Alice Lee paged."),
        ("tag db,eu", "INC-1: it is tagged db, eu."),
        ("cover", "*On call:* Bob Okafor for ops until"),
        ("cover @alice 2h for ops_team", "*On call:* Alice Lee for ops until"),
        ("cover me for nights", "There is no schedule nights; there are: ops"),
        ("page ops_team", "INC-1: ops_team paged."),
        ("update INC-1 all is well", "Nobody owns INC-1 yet"),
        ("log INC-1", ""),
        ("reopen", "No incident is resolved or dismissed or closed now"),
        ("approve INC-1", "Public words are the owner's to approve"),
    ],
)
async def test_each_command_answers_who_gave_it(world: World, words: str, answer: str) -> None:
    await world.declare()

    await world.command("bob", words)

    seen = [message.text for message in world.town.slack.ephemerals("bob")]
    assert any(answer in text for text in seen) or (not answer and world.town.slack.open_view("bob"))


async def test_what_takes_longer_than_slack_waits_is_answered_afterwards(world: World) -> None:
    lobby = world.link._lobby
    assert lobby
    lobby.patience_seconds = 0

    answer = await world.command("dan", "sign-in is down")

    assert answer.body is None
    assert "*INC-1* is open" in world.whispered("dan")


async def test_without_a_database_it_is_said_so_and_the_words_are_given_back(world: World) -> None:
    await world.house.pool.close()

    answer = await world.town.slack.command("dan", "/tocsin", "sign-in is down")

    assert "Tocsin's database can't be reached" in answer.body["text"]
    assert "> /tocsin sign-in is down" in answer.body["text"]


async def test_guests_count_as_outside_and_are_answered(world: World) -> None:
    lobby = world.link._lobby
    assert lobby
    lobby._profiles[world.id("dan")] = Profile("Dan Fry", "dan@guest.example", outside=True)

    await world.say("dan", "general", "@tocsin sign-in is down")

    said = world.town.slack.messages("general")[0]
    [answer] = world.town.slack.replies(said)
    assert answer.text.startswith("Thanks for telling us.")
    assert (await world.incident()).reports[0].outside


async def test_a_bare_mention_is_answered_with_help_and_opens_nothing(world: World) -> None:
    await world.say("dan", "general", "@tocsin")

    assert "`/tocsin own [INC] [take over]`" in world.whispered("dan")
    assert world.town.slack.messages("incidents") == []


@pytest.mark.parametrize("words", ["I'm on it", "on it", "I’m on it!"])
async def test_who_writes_that_they_are_on_it_in_the_thread_owns_the_incident(
    world: World, words: str
) -> None:
    await world.declare()

    await world.say("bob", "incidents", words, world.root().ts)

    assert (await world.incident()).owner == "bob"
    assert await world.notes() == []
    assert world.town.slack.ephemerals("bob") == []


@pytest.mark.parametrize(
    "words", ["I'm on it, but what is it?", "bob is on it", "own", "thanks", "update all is well"]
)
async def test_what_people_say_to_each_other_in_the_thread_is_chatter(world: World, words: str) -> None:
    await world.declare()
    before = len((await world.incident()).facts)

    await world.say("bob", "incidents", words, world.root().ts)

    assert len((await world.incident()).facts) == before
    assert world.town.slack.ephemerals("bob") == []


async def test_on_it_outside_of_an_incidents_thread_is_chatter(world: World) -> None:
    await world.declare()
    await world.say("dan", "general", "who waters the plants?")
    asked = world.town.slack.messages("general")[0]

    await world.say("bob", "general", "I'm on it", asked.ts)
    await world.say("bob", "incidents", "I'm on it")

    assert (await world.incident()).owner == ""


async def test_on_it_with_a_mention_is_heard_once(world: World) -> None:
    await world.declare()
    await world.command("alice", "own")

    await world.say("bob", "incidents", "@tocsin on it", world.root().ts)

    assert len(world.town.slack.ephemerals("bob")) == 1


async def test_on_it_of_somebody_unknown_or_too_late_is_refused_in_the_thread_to_them_alone(
    world: World,
) -> None:
    await world.declare()
    root = world.root()

    await world.say("dan", "incidents", "I'm on it", root.ts)
    await world.say("bob", "incidents", "I'm on it", root.ts)
    await world.say("alice", "incidents", "I'm on it", root.ts)

    assert (await world.incident()).owner == "bob"
    [unknown], [late] = world.town.slack.ephemerals("dan"), world.town.slack.ephemerals("alice")
    assert "enter you as a person" in unknown.text
    assert "has owned INC-1 since" in late.text
    assert (unknown.thread_ts, late.thread_ts) == (root.ts, root.ts)


async def test_thanks_for_an_answer_are_a_note_and_open_nothing(world: World) -> None:
    await world.say("dan", "@tocsin", "search is empty")
    answered = world.town.slack.dm("dan")[-1]
    assert "*INC-1* is open" in answered.text

    await world.say("dan", "@tocsin", "thanks!", answered.ts)
    await world.say("dan", "@tocsin", "thank you so much")

    assert await world.notes() == ["thanks!", "thank you so much"]
    assert len(world.town.slack.messages("incidents")) == 1


async def test_thanks_after_the_end_are_a_note_too(world: World) -> None:
    await world.say("dan", "general", "@tocsin search is empty")
    said = world.town.slack.messages("general")[0]
    await world.command("bob", "own")
    await world.command("bob", "resolve restarted it | the check is green")

    await world.say("dan", "general", "@tocsin works again, thanks", said.ts)

    assert await world.notes() == ["works again, thanks"]
    assert len(world.town.slack.messages("incidents")) == 1


async def test_thanks_for_nothing_open_nothing_and_say_so(world: World) -> None:
    await world.declare()  # Bob is paged: what he thanks for is no answer to a report of his.

    await world.say("bob", "@tocsin", "thanks")
    await world.say("dan", "@tocsin", "thanks")

    assert "so nothing was opened" in world.town.slack.dm("dan")[-1].text
    assert await world.notes() == []
    assert len(world.town.slack.messages("incidents")) == 1


async def test_what_a_reporter_says_to_the_answer_belongs_to_their_report(world: World) -> None:
    await world.say("dan", "@tocsin", "anyone can sign in as anyone")
    await world.command("bob", "kind INC-1 security it is a hole")
    answered = world.town.slack.dm("dan")[-1]

    await world.say("dan", "@tocsin", "only with Firefox", answered.ts)

    assert await world.notes() == ["only with Firefox"]
    assert "Noted in the timeline" in world.town.slack.dm("dan")[-1].text


async def test_after_an_acknowledgement_the_page_still_offers_to_own_until_somebody_does(
    world: World,
) -> None:
    await world.declare()
    [page] = world.town.slack.dm("bob")

    await world.click("bob", page, "ack")
    [page] = world.town.slack.dm("bob")
    assert "Acknowledged by" in page.text
    assert [button[0] for button in page.buttons] == ["own"]

    await world.click("bob", page, "own")
    [page] = world.town.slack.dm("bob")
    assert (await world.incident()).owner == "bob"
    assert page.buttons == []


async def test_a_settled_page_tells_in_good_sentences_how_it_ended(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.command("bob", "resolve renewed the certificate | the check is green")

    [page] = world.town.slack.dm("bob")
    assert "at 09:00 UTC: renewed the certificate" in page.text
    assert page.buttons == []


async def test_a_page_for_a_late_duty_offers_what_discharges_it(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.pass_by(30 * MINUTE)

    pages = [m for m in world.town.slack.dm("bob") if "Late: Communicate intended next steps" in m.text]
    assert [button[0] for button in pages[0].buttons] == ["next", "open_thread", "open_page"]


async def test_a_report_form_with_a_few_words_opens_an_incident(world: World) -> None:
    await world.command("dan", "", "general")
    assert all(block.get("optional") for block in world.view("dan").blocks)

    await world.submit("dan", title={"title": "slow"}, severity={"severity": None}, kind={"kind": None})

    incident = await world.incident()
    assert (incident.severity, incident.kind) == ("high", "service")
    assert "*INC-1* is open" in world.whispered("dan")


@pytest.mark.parametrize(("reason", "severity"), [("one customer, with a way around", "low"), ("", "high")])
async def test_a_severity_below_the_worst_counts_with_a_reason(
    world: World, reason: str, severity: str
) -> None:
    await world.command("bob", "", "general")

    await world.submit(
        "bob", title={"title": "a typo"}, severity={"severity": "low"}, reason={"reason": reason}
    )

    assert (await world.incident()).severity == severity


async def test_the_report_form_reads_well(world: World) -> None:
    await world.command("dan", "", "general")

    hints = [block["hint"]["text"] for block in world.view("dan").blocks]
    assert not any(".;" in hint or ".." in hint for hint in hints)
    assert all(hint.endswith(".") for hint in hints)


async def test_people_and_places_are_called_by_their_names(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.command("bob", "list")

    assert "(Bob Okafor" in world.whispered("bob")
    assert "@jane (X)" in str(world.root().blocks)


async def test_the_form_of_a_dismissal_asks_what_outsiders_read(world: World) -> None:
    await world.say("dan", "general", "@tocsin sign-in is down")
    await world.command("bob", "own")
    await world.command("bob", "dismiss an old bookmark")

    await world.submit(
        "bob",
        verified={"verified": "signed in afresh myself"},
        public={"public": "Your bookmark is an old one"},
    )

    [told] = world.town.slack.replies(world.town.slack.messages("general")[0])
    assert "Your bookmark is an old one" in told.text


async def test_no_click_in_the_thread_stays_live_when_it_is_stale(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")
    await world.command("bob", "next roll back to v41 in 20m")
    await world.pass_by(timedelta(0))

    replies = world.town.slack.replies(world.root())
    buttons = {message.text: [one[0] for one in message.buttons] for message in replies if message.bot_id}
    on_it = next(acts for text, acts in buttons.items() if "I'm on it" in text)
    assert on_it == [], "the next steps were stated"
    assert ["rolled_back", "not_rolled_back"] in buttons.values(), "what is still owed stays"
    assert next(acts for text, acts in buttons.items() if "Next steps" in text) == ["update"]

    await world.command("bob", "resolve rolled back to v41 | the check is green")
    await world.pass_by(timedelta(0))
    acts = [one[0] for message in world.town.slack.replies(world.root()) for one in message.buttons]
    assert "update" not in acts
    assert "log" in acts
