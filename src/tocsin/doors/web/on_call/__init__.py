"""The pages about who is on call: every schedule at a glance, one of them by week and month, whom alerts
reach, and the forms that change it."""

from __future__ import annotations

from typing import Final

from tocsin.doors.web.guard import Handler
from tocsin.doors.web.on_call import (
    being_away,
    covering,
    editing,
    overriding,
    overview,
    policies,
    policy_editing,
    schedule,
)

PAGES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("GET", "/on-call", overview.show, "read"),
    ("POST", "/on-call", overview.take, "respond"),
    ("POST", "/on-call-link", overview.link, "respond"),
    # Before the pages of schedules, none of which may be called so.
    ("GET", "/on-call/policies", policies.show_all, "read"),
    ("GET", "/on-call/policies/{id}", policies.show, "read"),
    ("GET", "/on-call/policies/{id}/edit", policy_editing.edit, "respond"),
    ("POST", "/on-call/policies/{id}/edit", policy_editing.save, "respond"),
    ("GET", "/on-call/policies/{id}/delete", policies.ask_delete, "respond"),
    ("POST", "/on-call/policies/{id}/delete", policies.delete, "respond"),
    ("GET", "/new-policy", policy_editing.new, "respond"),
    ("POST", "/new-policy", policy_editing.make, "respond"),
    ("GET", "/on-call/{id}", schedule.show, "read"),
    ("GET", "/on-call/{id}/why", schedule.why, "read"),
    ("GET", "/on-call/{id}/changes", schedule.log, "read"),
    ("POST", "/on-call/{id}/link", schedule.link, "respond"),
    ("GET", "/on-call/{id}/override", overriding.ask, "respond"),
    ("POST", "/on-call/{id}/override", overriding.add, "respond"),
    ("GET", "/on-call/{id}/override/{number}", overriding.show_one, "respond"),
    ("POST", "/on-call/{id}/override/{number}", overriding.end_one, "respond"),
    ("GET", "/on-call/{id}/shadow", overriding.ask_shadow, "respond"),
    ("POST", "/on-call/{id}/shadow", overriding.add_shadow, "respond"),
    ("POST", "/on-call/{id}/end-shadow", overriding.end_shadow, "respond"),
    ("GET", "/on-call/{id}/cover", covering.ask, "respond"),
    ("POST", "/on-call/{id}/cover", covering.send, "respond"),
    ("GET", "/on-call/{id}/edit", editing.edit, "respond"),
    ("POST", "/on-call/{id}/edit", editing.save, "respond"),
    ("GET", "/on-call/{id}/delete", editing.ask_delete, "respond"),
    ("POST", "/on-call/{id}/delete", editing.delete, "respond"),
    ("GET", "/new-schedule", editing.new, "respond"),
    ("POST", "/new-schedule", editing.make, "respond"),
    ("GET", "/cover/{number}", covering.show, "read"),
    ("POST", "/cover/{number}/{act}", covering.act, "respond"),
    ("GET", "/away", being_away.ask, "respond"),
    ("POST", "/away", being_away.add, "respond"),
    ("GET", "/away/{number}", being_away.show_one, "respond"),
    ("POST", "/away/{number}", being_away.end_one, "respond"),
)
"""As those in `doors/web`: method, address, what answers, and the right that a visitor needs."""
