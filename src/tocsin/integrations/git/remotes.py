"""Where repositories are, and what git shows there: those of the linked GitHub by owner/name, others by their address.

A secret never stands in an address: it goes to git as a header of requests to that one host, by the environment.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.program import Access

PROTOCOLS: Final = ("https", "http", "ssh", "file")
"""What an address may begin with. `ext` would start programs, and `git` is neither private nor signed."""
SSH: Final = "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes"
"""It asks nobody: the account's own keys, and the hosts that it knows."""
OF_SSH: Final = re.compile(r"(?!-)[\w.-]+@(?!-)[\w.-]+:(?!-)[^\s:]+")
REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository outside. `name` is how people call it; `web` is where they read it ("" where nobody knows)."""

    address: str
    name: str
    access: Access = field(repr=False)
    web: str = ""

    def commit_url(self, sha: str) -> str:
        return f"{self.web}/commit/{sha}" if self.web else ""


@dataclass(frozen=True, slots=True)
class Remotes:
    """All that are known. `github` is the address under which the linked GitHub's repositories lie ("": none is linked)."""

    github: str = ""
    web: str = ""
    token: str = field(default="", repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, repository: str, remote: str = "", token_env: str = "") -> Remote:
        """The repository that is declared so. It ends with Refused where it can't be reached in a way that we allow."""
        secret = self._secret(token_env)
        if remote:
            return Remote(_allowed(remote), repository or _bare(remote), _access(remote, secret))
        if not REPOSITORY.fullmatch(repository):
            raise refused(f"{repository!r} is no repository: write owner/name, or its address as `remote`")
        if not self.github:
            raise refused(f"no GitHub is linked: set TOCSIN_GITHUB_TOKEN, or give {repository} a `remote`")
        address = f"{self.github}/{repository}.git"
        web = f"{self.web}/{repository}" if self.web else ""
        return Remote(address, repository, _access(address, secret or self.token), web)

    def _secret(self, name: str) -> str:
        if name and name not in self.secrets:
            raise refused(f"TOCSIN_SECRET_{name} is not set: it is the token for this repository")
        return self.secrets.get(name, "")


def github_addresses(api: str, given: str = "") -> tuple[str, str]:
    """Where a GitHub with this API has its repositories for git, and where people read them ("" if that can't be told)."""
    if given:
        return given.rstrip("/"), ""
    parts = urlsplit(api)
    host = "github.com" if parts.netloc == "api.github.com" else parts.netloc
    web = f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('/api/v3')}"
    return web, web


def _allowed(address: str) -> str:
    """The address, if git may be given it."""
    if OF_SSH.fullmatch(address) or address.startswith("/"):
        return address
    parts = urlsplit(address)
    if parts.scheme not in PROTOCOLS or address.startswith("-"):
        raise refused(
            f"{_bare(address)} is no address that we take: begin it with https://, ssh:// or file://"
        )
    if parts.password or (parts.username and parts.scheme in ("https", "http")):
        raise refused(f"no password may stand in an address ({_bare(address)}): give it by `token_env`")
    if (parts.hostname or "").startswith("-") or (parts.scheme != "file" and not parts.hostname):
        raise refused(f"{_bare(address)} names no host")
    return address


def _bare(address: str) -> str:
    """The address as it may be shown: without who signs in, and with what."""
    return re.sub(r"//[^/@]*@", "//", address)


def _access(address: str, secret: str) -> Access:
    if OF_SSH.fullmatch(address) or address.startswith("ssh://"):
        return Access("ssh", variables={"GIT_SSH_COMMAND": SSH})
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http"):
        return Access("file")
    if not secret:
        return Access(parts.scheme)
    shown = secret if ":" in secret else f"x-access-token:{secret}"
    basic = base64.b64encode(shown.encode()).decode()
    key = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
    return Access(parts.scheme, {key: f"Authorization: Basic {basic}"}, secrets=(secret, basic))


def folder_for(root: Path, address: str) -> Path:
    """Where the copy of a repository lies: a name that people can read, and that no two addresses share."""
    last = re.sub(r"[^A-Za-z0-9-]+", "-", address.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1])
    return root / f"{last.strip('-')[:40]}-{hashlib.sha256(address.encode()).hexdigest()[:16]}.git"
