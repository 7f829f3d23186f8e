"""Ports of this machine, for a Tocsin that is started again and again on the same one."""

from __future__ import annotations

import socket

from tocsin.errors import Unavailable


def held_port(wanted: int, *, exactly: bool = False) -> socket.socket:
    """`wanted`, or any port where somebody listens there already, kept for us: nobody else is given it while Tocsin, which listens
    there, is down. Two that may both share an address can be bound to it as long as only one listens."""
    for port in (wanted,) if exactly else (wanted, 0):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", port))
            return held
        except OSError:
            held.close()
    raise Unavailable(f"Port {wanted} is taken on this machine")


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free port."""
    with held_port(wanted) as held:
        return int(held.getsockname()[1])
