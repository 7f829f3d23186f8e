"""Keeps calls to typed addresses out of our own network.

An address is looked up once, all that it stands for is checked, and what was checked is what is called, so that a name can't mean
another machine a moment later. Whoever follows a redirect asks the guard anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses that a host's name stands for; OSError where nobody knows it."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
PORTS: Final = {"http": 80, "https": 443}
ALONE: Final = httpx2.Limits(max_keepalive_connections=0)
"""No connection is used twice: it is kept by its machine's number, and another name may stand for the same one."""


UNLESS_NAMED: Final = "nothing is sent there unless TOCSIN_PRIVATE_NETWORKS names the network"


class Unknown(Exception):
    """Nobody knows the host."""

    def __init__(self, host: str) -> None:
        super().__init__(f"nobody knows {host}: is its address right?")


class Inside(Exception):
    """The host is within our own network."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is within Tocsin's own network")


class Unsafe(Exception):
    """The call would go unencrypted over the internet."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} would be called without encryption: its address has to begin with https://")


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a setting: CIDRs with commas. ValueError for one that is none."""
    return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())


EVERYWHERE: Final = networks("0.0.0.0/0, ::/0")


async def looked_up(host: str, port: int) -> Sequence[str]:
    """As the system knows it; a number in an odd spelling (0x7f.1, 2130706433) is read as well."""
    with contextlib.suppress(ValueError):
        return [
            str(ipaddress.ip_address(host))
        ]  # Nobody has to be asked, so no thread has to wait for the answer.
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]).partition("%")[0] for one in found]


class Guard:
    """`allowed` are the networks of our own to which calls may go all the same."""

    def __init__(self, allowed: Sequence[Network] = (), look_up: LookUp = looked_up) -> None:
        self._allowed = allowed
        self._look_up = look_up

    async def request(
        self,
        client: httpx2.AsyncClient,
        method: str,
        url: httpx2.URL,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        only_https: bool = False,
    ) -> httpx2.Request:
        """The call to the very machine that was looked up, in the name of the address.

        Unknown, Inside. With `only_https` also Unsafe, but for the networks that are allowed: within them http is theirs to judge.
        """
        is_safe = url.scheme == "https" or not only_https
        machine = await self.machine(url.host, url.port or PORTS[url.scheme], is_safe=is_safe)
        named = {"Host": url.netloc.decode("ascii"), **headers}
        extensions = {"sni_hostname": url.raw_host.decode("ascii")} if url.scheme == "https" else {}
        there = url.copy_with(host=machine)
        return client.build_request(method, there, headers=named, content=content, extensions=extensions)

    def refuse_known(self, host: str) -> None:
        """Inside, for a host of which it is seen without asking anybody that it is within our own network: a number, or localhost."""
        is_local = host.rstrip(".").lower().rpartition(".")[2] == "localhost"
        number = "127.0.0.1" if is_local else host
        try:
            found = socket.getaddrinfo(number, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return
        if not all(
            map(self._is_open, (ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found))
        ):
            raise Inside(host)

    async def machine(self, host: str, port: int, *, is_safe: bool = True) -> str:
        """The number of the machine to call for that host. Unknown, Inside; Unsafe where the call is to be safe and would not be."""
        try:
            found = [ipaddress.ip_address(one) for one in await self._look_up(host, port)]
        except (OSError, UnicodeError) as why:
            raise Unknown(host) from why
        if not found:
            raise Unknown(host)
        if not all(map(self._is_open, found)):
            raise Inside(host)
        if not is_safe and not all(map(self._is_allowed, found)):
            raise Unsafe(host)
        return str(found[0])

    def _is_open(self, address: Address) -> bool:
        return self._is_allowed(address) or is_outside(address)

    def _is_allowed(self, address: Address) -> bool:
        inner = _inner(address) or address
        return any(inner.version == one.version and inner in one for one in self._allowed)


def is_outside(address: Address) -> bool:
    """Whether it is an address of the wide internet, whichever way it is written."""
    inner = _inner(address)
    if inner is not None:
        return is_outside(inner)
    own = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    return address.is_global and not own


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The address of the older kind that stands in one of the newer kind; None where none does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
