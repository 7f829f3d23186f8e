"""Every command by its name: where it is, and its line in `tocsin --help`, which is shown without importing it.

In the order in which the help lists them. A test holds the lines to what the commands say of themselves.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMMANDS", "GROUPS", "Row"]


class Row(NamedTuple):
    """`where` is a module of this folder, and in it a function that is a command, or a group of commands."""

    name: str
    where: str
    line: str


COMMANDS = (
    Row("report", "incidents:report", "Report that something may be broken."),
    Row("show", "incidents:show", "Show an incident: its reports, its duties, its timeline."),
    Row("own", "incidents:own", 'Say "I\'m on it": you own the incident.'),
    Row("ack", "incidents:ack", "Acknowledge the page, without owning the incident."),
    Row("escalate", "incidents:escalate", "Page the next people of the escalation now."),
    Row(
        "rerun",
        "incidents:rerun",
        "Have the oldest suspect's build of a broken main branch run again: is it a flake?",
    ),
    Row("next", "incidents:next", "State the next steps, and when the next update comes."),
    Row("update", "incidents:update", "Post an update, and say when the next one comes."),
    Row("note", "incidents:note", "Add a line to the timeline."),
    Row("kind", "incidents:kind", "Say that it is of another kind than was thought, and why."),
    Row("member", "incidents:member", "Let somebody know of a private incident, and say why."),
    Row("title", "incidents:title", "Give it a better title than the reporter's words."),
    Row("tag", "incidents:tag", "Put tags on it, by which it is found and sorted."),
    Row("sev", "incidents:sev", "Change the severity."),
    Row("rollback", "incidents:rollback", 'Answer "rolled back?".'),
    Row("approve", "incidents:approve", "Let the public issue and the post go out."),
    Row("send", "incidents:send", "Let Tocsin send what it offers for a duty."),
    Row("page", "incidents:page", "Page more people now."),
    Row("list", "looking:list_incidents", "List incidents, the newest first."),
    Row("duties", "looking:duties", "List what is owed now, the most urgent first."),
    Row("ops-log", "looking:ops_log", "Print the ops log."),
    Row("who", "on_call:who", "Say who is on call now."),
    Row("delegate", "asking:delegate", "Ask somebody to do something; you own the incident."),
    Row("handover", "asking:handover", "Ask somebody to own it instead."),
    Row("accept-handover", "asking:accept_handover", "Own it from now on, as you were asked to."),
    Row(
        "decline-handover",
        "asking:decline_handover",
        "Say that you can't take it over; the owner still owns it.",
    ),
    Row(
        "release",
        "asking:release",
        "Learn how an owner is released: somebody else has to have accepted it first.",
    ),
    Row(
        "public-update",
        "asking:public_update",
        "Let an update go out where the public was told; a text of - says nothing there.",
    ),
    Row("step", "asking:step", "Record a step that the handbook asks for."),
    Row("resolve", "ending:resolve", "Say that it is well again."),
    Row("dismiss", "ending:dismiss", "Say that it proved to be no incident."),
    Row("reopen", "ending:reopen", "Say that it was not over after all."),
    Row("log", "ending:log", "Write the entry in the ops log."),
    Row(
        "snooze",
        "ending:snooze",
        "Ask for 15 minutes before a duty of yours is chased again; once, with a reason.",
    ),
    Row("waive", "ending:waive", "Let a duty go, with a reason."),
    Row("done", "ending:done", "Say that you did a duty outside of Tocsin, and where it can be seen."),
    Row("close", "ending:close", "Close it, or learn what stands in the way."),
    Row("join", "ending:join", "Say that it is the same as another incident: its reports move there."),
    Row("split", "ending:split", "Give a report that tells of something else an incident of its own."),
    Row("follow-up", "learning:follow_up", "File what is to be done so that it does not happen again."),
    Row(
        "follow-up-done",
        "learning:follow_up_done",
        "Say that a follow-up is done; closing its issue says the same.",
    ),
    Row("follow-up-reopen", "learning:follow_up_reopen", "Say that a follow-up was not done after all."),
    Row("no-follow-ups", "learning:no_follow_ups", "Say that nothing has to follow, and why."),
    Row(
        "export",
        "applying:export",
        "Write people, teams, calendars, schedules and policies into files, to be reviewed and applied.",
    ),
    Row(
        "apply",
        "applying:apply_files",
        "Have Tocsin be as the files say: show the plan, ask, then do all of it, or, where anything is wrong, nothing.",
    ),
    Row("sign-in", "people:sign_in", "Print a link that signs this person in, once, within half an hour."),
)
GROUPS = (
    Row("alert", "alerts:app", "Alerts: page people, answer, and see what was done and what comes next."),
    Row("deploy", "deploys:app", "What was deployed: tell of a deploy, list them."),
    Row("inbox", "inbox:app", "What waits for a look: list it, open an incident, put it aside."),
    Row("task", "asking:tasks", "Answer for a delegated task."),
    Row("retrospective", "learning:retrospectives", "Plan, write and show an incident's retrospective."),
    Row("db", "database:app", "The database: status, migrations, backups."),
    Row("schema", "schema:app", "Databases with migrations: what is wrong with a dirty schema."),
    Row("key", "people:keys", "Keys for the API and the CLI."),
    Row("person", "people:persons", "People."),
    Row("team", "people:teams", "Teams."),
    Row("schedule", "people:schedules", "Who is on call when."),
    Row("on-call", "on_call:on_call", "Take over who is on call."),
    Row("oncall", "oncall:app", "Who is on call, why, and when."),
    Row("policy", "policies:app", "Escalation policies: whom an alert reaches, and after how long."),
    Row("procedure", "procedures:app", "Roll back, revert, repair: plan it, approve it, run it, stop it."),
    Row("paging", "paging:app", "Whom an incident pages: what was done, what comes next, and changing it."),
    Row("contact", "contacts:app", "How you are reached: devices, rules, quiet hours."),
    Row("handbook", "handbook:app", "The process as data."),
)
