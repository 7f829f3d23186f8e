"""Which addresses git is given, and what it shows there."""

from __future__ import annotations

import pytest

from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.remotes import Remotes, github_addresses

ADDRESSES = [
    ("ext::sh -c evil", "is no address that we take"),
    ("git://host/x.git", "is no address that we take"),
    ("--upload-pack=evil", "is no address that we take"),
    ("https://user:pw@host/x.git", "no password may stand in an address (https://host/x.git)"),
    ("https://token@host/x.git", "no password may stand in an address (https://host/x.git)"),
    ("ssh://-oProxyCommand=evil/x", "names no host"),
    ("x@-evil:path", "is no address that we take"),
]


@pytest.mark.parametrize(("address", "words"), ADDRESSES)
def test_addresses_that_would_start_programs_or_show_secrets_are_refused(address: str, words: str) -> None:
    with pytest.raises(Ends) as end:
        Remotes().of("acme/x", address)

    assert words in end.value.outcome.why


@pytest.mark.parametrize(
    "address",
    [
        "https://git.acme.example/x.git",
        "ssh://git@host:22/x.git",
        "git@host:acme/x.git",
        "/srv/x.git",
        "file:///srv/x",
    ],
)
def test_other_addresses_are_taken_and_speak_one_protocol_only(address: str) -> None:
    found = Remotes(secrets={"DEPLOY": "s"}).of("acme/x", address, "DEPLOY")

    assert found.access.protocol in ("https", "ssh", "file")
    assert "'s'" not in repr(found)


def test_a_secret_goes_to_its_own_host_only() -> None:
    found = Remotes("https://github.com", "https://github.com", "t").of("acme/x")

    assert list(found.access.config) == ["http.https://github.com/.extraHeader"]
    assert found.commit_url("abc") == "https://github.com/acme/x/commit/abc"


def test_a_secret_that_is_declared_and_not_set_is_refused() -> None:
    with pytest.raises(Ends, match="TOCSIN_SECRET_DEPLOY is not set"):
        Remotes().of("acme/x", "https://host/x", "DEPLOY")


@pytest.mark.parametrize(
    ("api", "git_url", "expected"),
    [
        ("https://api.github.com", "", ("https://github.com", "https://github.com")),
        ("https://ghe.acme.example/api/v3", "", ("https://ghe.acme.example", "https://ghe.acme.example")),
        ("http://town/github", "http://town/github/git/", ("http://town/github/git", "")),
    ],
)
def test_where_a_github_has_its_repositories(api: str, git_url: str, expected: tuple[str, str]) -> None:
    assert github_addresses(api, git_url) == expected
