"""The words of a mail without what surrounds them: what is quoted from an earlier mail, the signature."""

from __future__ import annotations

import re

QUOTE_BEGINS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"^\s*(?:on|am|le|el|il|op|den)\b.{4,300}\b(?:wrote|schrieb\b.{0,200}|a écrit|escribió|ha scritto|schreef|skrev)\s*:\s*$",
    re.IGNORECASE,
)


def without_quotes(text: str) -> str:
    """What somebody wrote themselves: the lines that they quote, and the line that announces them, are cut. "" where that is all."""
    lines = text.splitlines()
    kept: list[str] = []
    for n, line in enumerate(lines):
        if QUOTE_BEGINS.match(line):
            break
        if line.lstrip().startswith(">"):
            continue
        if _announces(lines, n):
            kept.append("")
            continue
        kept.append("" if n and _announces(lines, n - 1, of=2) else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def without_signature(text: str) -> str:
    """RFC 3676 4.3: what follows the last line of two dashes and a space, if it is short enough to be a signature."""
    lines = text.splitlines()
    for n in range(len(lines) - 1, max(len(lines) - 15, 0), -1):
        if lines[n].rstrip("\r\n") in ("-- ", "--"):
            return "\n".join(lines[:n]).strip()
    return text.strip()


def _announces(lines: list[str], n: int, of: int = 1) -> bool:
    """Whether `On … wrote:` stands in line `n`, or (as programs break it) in two lines from there on, before something quoted."""
    if not lines[n].strip():
        return False
    for many in range(of, 3):
        said = " ".join(line.strip() for line in lines[n : n + many])
        if WROTE.match(said[:600]):
            after = next((line for line in lines[n + many : n + many + 5] if line.strip()), ">")
            return after.lstrip().startswith(">")
    return False
