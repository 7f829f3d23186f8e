"""How X counts a text: links are 23, most letters 1, the rest of Unicode 2."""

from __future__ import annotations

import re

LIMIT = 280
LINK_WEIGHT = 23
LINK = re.compile(r"https?://\S+")
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
MENTION = re.compile(r"(?<![\w@])@(\w{1,15})")


def weight(text: str) -> int:
    """The weighted length; a post may have 280."""
    links = LINK.findall(text)
    rest = LINK.sub("", text)
    return LINK_WEIGHT * len(links) + sum(1 if _is_light(sign) else 2 for sign in rest)


def mentions(text: str) -> list[str]:
    """The handles that a text names, without @ and in lower case."""
    return [name.lower() for name in MENTION.findall(text)]


def _is_light(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in LIGHT)
