"""Whom the program trusts: over https:// whom an authority vouches for, and over http:// it reads no authority's certificate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tocsin.town.serving import served

Run = Callable[..., Awaitable[Any]]
NOTHING = b'{"incidents": [], "next": null}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One of 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody known")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
async def https(certificate: Path) -> AsyncIterator[str]:
    """The address of a server with that certificate; whatever is asked, it has no incidents."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER % (len(NOTHING), NOTHING))
    await writer.drain()
    writer.close()


async def test_over_https_it_trusts_whom_an_authority_vouches_for(
    run: Run, https: str, certificate: Path
) -> None:
    ended = await run("list", TOCSIN_URL=https, TOCSIN_API_KEY="key", SSL_CERT_FILE=str(certificate))

    assert (ended.code, ended.out) == (0, "No incidents.\n")


async def test_over_https_it_refuses_whom_nobody_vouches_for(run: Run, https: str) -> None:
    ended = await run("list", TOCSIN_URL=https, TOCSIN_API_KEY="key")

    assert ended.code == 1
    assert "certificate verify failed" in ended.err.lower()


async def test_over_http_it_reads_no_authoritys_certificate(
    alice: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Reading a file that is not there would fail.
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")

    ended = await alice("list")

    assert (ended.code, ended.out) == (0, "No incidents.\n")


async def test_it_does_not_follow_from_http_to_https(run: Run, https: str, certificate: Path) -> None:
    async def elsewhere(_: object) -> RedirectResponse:
        return RedirectResponse(f"{https}/api/v1/incidents")

    async with served(Starlette(routes=[Route("/api/v1/incidents", elsewhere)])) as http:
        ended = await run("list", TOCSIN_URL=http, TOCSIN_API_KEY="key", SSL_CERT_FILE=str(certificate))

    assert ended.code == 1
    assert "answered 307" in ended.err
