"""Structured logs, one JSON object a line (or coloured lines on a terminal). No secret reaches them: known ones are struck out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
PATTERNS = (
    re.compile(r"tocsin_[A-Za-z0-9_-]{20,}"),
    re.compile(r"xox[abprs]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"),
    re.compile(r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w+"),
    re.compile(r"(?<=/sign-in/)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/status/)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/ack/)\S+"),
    re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"),
    re.compile(r"(?i)(?<=bearer )\S+|(?<=geniekey )\S+"),
)
"""What keys, tokens and secret links look like, wherever they come from."""


def set_up(level: str, secrets: Iterable[str] = ()) -> None:
    """Send structlog's and the standard library's logs to stderr, with secrets struck out."""
    strike = Strike(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        strike,
    ]
    terminal = sys.stderr.isatty()
    last: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These tell each request and retry, with addresses: what matters of them is logged by us.
    for chatty in (
        "httpx2",
        "httpcore2",
        "httpx",
        "slack_sdk",
        "aiohttp",
        "urllib3",
        "uvicorn.access",
        "asyncio",
        "mail.log",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class Strike:
    """Strikes out what looks like a secret, and the secrets of the settings, in everything that is logged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [re.escape(secret) for secret in secrets if len(secret) >= 6]
        self._known = re.compile("|".join(known)) if known else None

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: self.struck(value) for key, value in event.items()}

    def struck(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.struck(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.struck(one) for one in value]
        if isinstance(value, bool | int | float) or value is None:
            return value
        return self.text(str(value))

    def text(self, text: str) -> str:
        """The text without any of them."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        for pattern in PATTERNS:
            text = pattern.sub(HIDDEN, text)
        return text
