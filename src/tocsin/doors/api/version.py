"""Which version a caller saw: in the body, in the query, or as `If-Match`."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from tocsin.errors import Invalid

IfMatch = Annotated[str | None, Header(description='The version that you saw, such as "3".')]


def version_of(body: int | None, if_match: str | None) -> int | None:
    """The version that was sent; None where none was. Invalid where the two differ, or `If-Match` is no version."""
    if if_match is None:
        return body
    found = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', if_match)
    if not found:
        raise Invalid(
            f'If-Match is {if_match!r}: write the version that you saw, such as "3"', field="If-Match"
        )
    version = int(found[1])
    if body is not None and body != version:
        raise Invalid(
            f"If-Match says {version}, and expected_version {body}: send one", field="expected_version"
        )
    return version
