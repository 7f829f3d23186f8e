"""The Web API's methods on user groups: they are listed, and their members set."""

from __future__ import annotations

from tocsin.town.slack.api import Args, Method, Refused
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.shapes import group_json
from tocsin.town.slack.workspace import Group
from tocsin.town.wire import JSON


def list_groups(desk: Desk, args: Args) -> JSON:
    with_users = args.flag("include_users")
    shown = [
        one for one in desk.space.groups.values() if args.flag("include_disabled") or not one.disabled_at
    ]
    return {"usergroups": [group_json(desk.space, one, with_users=with_users) for one in shown]}


def list_members(desk: Desk, args: Args) -> JSON:
    return {"users": list(_group(desk, args).users)}


def set_members(desk: Desk, args: Args) -> JSON:
    """Nobody at all Slack does not take."""
    group = _group(desk, args)
    users = [one for one in args.text("users").split(",") if one]
    if not users:
        raise Refused("no_users_provided")
    if not set(users) <= set(desk.space.users) or desk.space.bot.id in users:
        raise Refused("invalid_users")
    group.users, group.updated_by = users, desk.space.bot.id
    return {"usergroup": group_json(desk.space, group, with_users=True)}


def _group(desk: Desk, args: Args) -> Group:
    group = desk.space.groups.get(args.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    if group.disabled_at:
        raise Refused("subteam_disabled")
    return group


METHODS: dict[str, Method] = {
    "usergroups.list": list_groups,
    "usergroups.users.list": list_members,
    "usergroups.users.update": set_members,
}
