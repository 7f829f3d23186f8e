"""What one person is told by direct message that is about no incident: the words, what can be pressed, and where more stands."""

from __future__ import annotations

from tocsin.core.notices import buttons_of, words_at
from tocsin.core.work import HouseDesk, Work
from tocsin.integrations.slack.blocks import actions, button, fitted, link_button, section
from tocsin.integrations.slack.said import Said


def notice(work: Work, desk: HouseDesk) -> Said:
    """A notice, or what it is rewritten to."""
    words = words_at(work, desk.now)
    text = fitted(words.text, desk.roster, words.link or desk.places.base)
    pressed = [
        button(act, label, about, is_main=n == 0) for n, (label, act, about) in enumerate(buttons_of(work))
    ]
    ways = [link_button("open_page", words.label or "Open", words.link)] if words.link else []
    return Said(text, [section(text), *actions([*pressed, *ways])])
