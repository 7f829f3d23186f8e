"""A file at an address that anybody may type: read within limits, and never within our own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from integrations.calendars.calendar_site import Website
from tocsin.acts.reading import CantRead
from tocsin.integrations.calendars.client import Reader
from tocsin.integrations.guard import EVERYWHERE, Guard, is_outside


@pytest.fixture
async def inside() -> AsyncIterator[Reader]:
    reader = Reader(Guard(EVERYWHERE))
    yield reader
    await reader.aclose()


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader(Guard())
    yield reader
    await reader.aclose()


async def why_not(reader: Reader, url: str) -> CantRead:
    with pytest.raises(CantRead) as why:
        await reader.read(url, "", "")
    return why.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a00:5", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_an_address_of_our_own_network_is_none_of_the_internets_however_it_is_written(address: str) -> None:
    assert not is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700:4700::1111", "::ffff:93.184.216.34"])
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost:1", "[::1]:1", "2130706433", "0x7f.1", "10.0.0.5", "169.254.169.254"]
)
async def test_nothing_is_read_within_our_own_network(reader: Reader, host: str) -> None:
    why = await why_not(reader, f"http://{host}/rota.ics")
    assert "is within Tocsin's own network" in why.message
    assert not why.passes


async def test_nor_where_an_address_outside_sends_us_there(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard()
    reader, machine = Reader(guard), guard.machine

    async def first_hop_is_outside(host: str, port: int, *, is_safe: bool = True) -> str:
        return "127.0.0.1" if host == "outside.example" else await machine(host, port, is_safe=is_safe)

    monkeypatch.setattr(guard, "machine", first_hop_is_outside)
    website.answers["/away"] = RedirectResponse(f"{website.base}/secret")
    port = website.base.rpartition(":")[2]

    why = await why_not(reader, f"http://outside.example:{port}/away")

    assert "is within Tocsin's own network" in why.message
    assert [one.url.path for one in website.asked] == ["/away"]
    assert website.asked[0].headers["host"] == f"outside.example:{port}"
    await reader.aclose()


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "file:///etc/passwd", "https://", "http://[::1", "rota"]
)
async def test_only_addresses_of_the_web_are_read(inside: Reader, url: str) -> None:
    why = await why_not(inside, url)
    assert "its address" in why.message
    assert not why.passes


async def test_it_goes_where_it_is_sent_but_not_in_circles_and_not_for_ever(
    inside: Reader, website: Website
) -> None:
    website.answers["/old"] = RedirectResponse("/rota.ics", 301)
    website.answers["/round"] = RedirectResponse("/about")
    website.answers["/about"] = RedirectResponse("/round")
    for n in range(9):
        website.answers[f"/{n}"] = RedirectResponse(f"/{n + 1}")

    assert (await inside.read(f"{website.base}/old", "", "")).data == website.content
    assert "in a circle" in (await why_not(inside, f"{website.base}/round")).message
    assert "more than 5 times" in (await why_not(inside, f"{website.base}/0")).message


async def test_what_never_ends_is_given_up_at_10_mb(inside: Reader, website: Website) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(130):
            yield b"x" * 100_000

    website.answers["/rota.ics"] = StreamingResponse(large())
    assert "more than 10 MB" in (await why_not(inside, f"{website.base}/rota.ics")).message


@pytest.mark.parametrize(
    ("status", "passes"), [(404, False), (403, False), (500, True), (503, True), (429, True)]
)
async def test_what_may_pass_by_itself_is_told_from_what_does_not(
    inside: Reader, website: Website, status: int, passes: bool
) -> None:
    website.answers["/rota.ics"] = Response(status_code=status)
    why = await why_not(inside, f"{website.base}/rota.ics")
    assert (str(status) in why.message, why.passes) == (True, passes)


async def test_a_service_that_is_not_there_may_be_there_later(inside: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    why = await why_not(inside, f"http://127.0.0.1:{port}/rota.ics")
    assert "can't be reached" in why.message
    assert why.passes


async def test_what_did_not_change_is_not_sent_again(inside: Reader, website: Website) -> None:
    website.etag = '"7"'
    first = await inside.read(website.base, "", "")
    again = await inside.read(website.base, first.etag, "")
    assert (first.data, again.data) == (website.content, None)
