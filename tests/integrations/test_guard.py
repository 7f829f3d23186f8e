"""What stands between typed addresses and our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import httpx2
import pytest

from tocsin.core.work import Later, Refused
from tocsin.integrations.guard import Guard, Inside, LookUp, networks
from tocsin.integrations.http import Failed
from tocsin.integrations.typed import Typed
from tocsin.town import Town

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def names(**known: Sequence[str]) -> LookUp:
    """A name server that knows these hosts, dots written as underscores."""

    async def look_up(host: str, port: int) -> Sequence[str]:
        found = known.get(host.replace(".", "_"))
        if found is None:
            raise OSError("unknown")
        return found

    return look_up


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


async def outcome(guard: Guard, url: str, *, only_https: bool = False) -> Later | Refused:
    typed = Typed("Acme", guard, only_https=only_https)
    with pytest.raises(Failed) as failed:
        await typed.call("POST", url, headers={}, content=b"page")
    await typed.aclose()
    return failed.value.outcome


@pytest.mark.parametrize(
    "found",
    [
        ("10.0.0.5",),
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:10.0.0.5",),
        ("64:ff9b::a00:5",),
        ("64:ff9b:1::a00:5",),
        ("2002:a00:5::",),
        ("::127.0.0.1",),
        ("fec0::1",),
        ("93.184.216.34", "10.0.0.5"),
    ],
)
async def test_a_name_that_stands_for_a_machine_within_our_network_is_refused(found: tuple[str, ...]) -> None:
    guard = Guard(look_up=names(rebinding_example=found))

    refused = await outcome(guard, "https://rebinding.example/hook")

    assert isinstance(refused, Refused)
    assert refused.why == (
        "rebinding.example is within Tocsin's own network: nothing is sent there unless TOCSIN_PRIVATE_NETWORKS names the network"
    )


async def test_a_name_that_means_another_machine_a_moment_later_is_not_asked_again(town: Town) -> None:
    answers = [["127.0.0.1"], ["10.0.0.5"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    typed = Typed("Acme", Guard(networks("127.0.0.1/32"), rebinding))

    answer = await typed.call(
        "GET", town.url.replace("127.0.0.1", "hooks.example") + "/town.json", headers={}
    )
    await typed.aclose()

    assert answer.status_code == 200
    assert answers == [["10.0.0.5"]]


async def test_a_connection_is_used_again_and_only_a_new_one_asks_the_guard(town: Town) -> None:
    asked: list[str] = []

    async def look_up(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    typed = Typed("Acme", Guard(networks("127.0.0.1/32"), look_up))
    for host in ("hooks.example", "hooks.example", "other.example"):
        at = town.url.replace("127.0.0.1", host) + "/town.json"
        assert (await typed.call("GET", at, headers={})).status_code == 200
    await typed.aclose()

    assert asked == ["hooks.example", "other.example"]


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "[::1]", "0x7f.1", "localhost"])
async def test_a_machine_within_our_network_is_refused_however_its_number_is_written(host: str) -> None:
    refused = await outcome(Guard(), f"http://{host}:9/")

    assert isinstance(refused, Refused)
    assert "is within Tocsin's own network" in refused.why


@pytest.mark.parametrize(
    "url", ["ftp://hooks.example/", "https://", "hooks.example", "https://[::1", "http://a:b/"]
)
async def test_what_is_no_address_is_refused_by_name(url: str) -> None:
    refused = await outcome(Guard(look_up=names()), url)

    assert isinstance(refused, Refused)
    assert refused.why.startswith("The address of Acme is none: ")


async def test_the_machine_is_called_in_the_name_that_was_typed(client: httpx2.AsyncClient) -> None:
    guard = Guard(look_up=names(hooks_example=["93.184.216.34"]))

    request = await guard.request(
        client,
        "POST",
        httpx2.URL("https://hooks.example:8443/a?b=c"),
        headers={"X-Own": "1"},
        content=b"page",
    )

    assert str(request.url) == "https://93.184.216.34:8443/a?b=c"
    assert request.headers["host"] == "hooks.example:8443"
    assert request.headers["x-own"] == "1"
    assert request.extensions["sni_hostname"] == "hooks.example"


async def test_a_name_in_any_script_and_a_machine_of_the_newer_kind_are_called_too(
    client: httpx2.AsyncClient,
) -> None:
    async def look_up(host: str, port: int) -> Sequence[str]:
        return ["2606:4700::1111"]

    request = await Guard(look_up=look_up).request(
        client, "POST", httpx2.URL("https://münchen.example/a"), headers={}
    )

    assert str(request.url) == "https://[2606:4700::1111]/a"
    assert request.headers["host"] == request.extensions["sni_hostname"] == "xn--mnchen-3ya.example"


@pytest.mark.parametrize("found", ["10.20.0.7", "::ffff:10.20.0.7"])
async def test_a_network_that_the_setting_names_may_be_called(client: httpx2.AsyncClient, found: str) -> None:
    guard = Guard(networks("10.20.0.0/16, fd00::/8"), names(ntfy_internal=[found]))

    request = await guard.request(client, "GET", httpx2.URL("http://ntfy.internal/a"), headers={})

    assert request.headers["host"] == "ntfy.internal"


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "0xa.5", "localhost", "db.localhost.", "::1", "::ffff:10.0.0.5"]
)
def test_a_host_that_can_only_be_within_our_network_is_refused_before_it_is_looked_up(host: str) -> None:
    with pytest.raises(Inside, match="is within Tocsin's own network"):
        Guard().refuse_known(host)


@pytest.mark.parametrize("host", ["93.184.216.34", "hooks.example", "10.20.0.7", "nowhere", "a" * 300])
def test_of_any_other_host_the_look_up_decides(host: str) -> None:
    Guard(networks("10.20.0.0/16")).refuse_known(host)


async def test_nobody_is_called_whom_nobody_knows() -> None:
    later = await outcome(Guard(look_up=names()), "https://nowhere.example/")

    assert isinstance(later, Later)
    assert later.why == "Acme can't be reached: nobody knows nowhere.example: is its address right?"


async def test_what_must_be_encrypted_is_not_sent_over_the_internet_in_the_clear() -> None:
    guard = Guard(networks("10.0.0.0/8"), names(push_example=["93.184.216.34"]))

    refused = await outcome(guard, "http://push.example/1", only_https=True)

    assert isinstance(refused, Refused)
    assert "its address has to begin with https://" in refused.why


async def test_a_redirect_is_told_and_not_followed(town: Town) -> None:
    typed = Typed("Acme", Guard(networks("127.0.0.0/8")))

    answer = await typed.call("POST", f"{town.url}/phones", headers={})
    await typed.aclose()

    assert answer.status_code == 303


async def test_of_an_answer_without_end_the_beginning_is_read(town: Town) -> None:
    typed = Typed("Acme", Guard(networks("127.0.0.0/8")))

    answer = await typed.call("GET", f"{town.url}/town.json", headers={}, most=10)
    await typed.aclose()

    assert len(answer.content) == 10


@pytest.mark.parametrize("text", ["10.0.0.5/8", "acme", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        networks(text)
