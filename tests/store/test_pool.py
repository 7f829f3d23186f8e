"""What a connection of the pool is like, and which databases are refused."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import asyncpg
import pytest

from tocsin.errors import Invalid, Unavailable
from tocsin.store.pool import open_pool, place, session_settings
from tocsin.store.postgres import EmbeddedPostgres


async def test_json_comes_and_goes_as_values(pool: asyncpg.Pool) -> None:
    value = {"who": "Zoë", "levels": [1, None, 2.5], "open": True}

    found = await pool.fetchrow("SELECT $1::jsonb AS b, $1::json AS t, $1::jsonb ->> 'who' AS who", value)

    assert found is not None
    assert dict(found) == {"b": value, "t": value, "who": "Zoë"}


async def test_instants_come_in_utc_and_a_hung_transaction_is_ended(pool: asyncpg.Pool) -> None:
    shown = [
        await pool.fetchval(f"SHOW {name}")
        for name in ("timezone", "idle_in_transaction_session_timeout", "application_name")
    ]

    assert shown == ["UTC", "10s", "tocsin"]


async def test_the_settings_outlive_a_connections_return_to_the_pool(dsn: str) -> None:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool:
        for _ in range(2):
            async with pool.acquire() as conn:
                found = await conn.fetchval("SHOW idle_in_transaction_session_timeout")
                instant = await conn.fetchval("SELECT '2026-03-02 09:00'::timestamptz")

    assert (found, instant) == ("10s", datetime(2026, 3, 2, 9, tzinfo=UTC))


def test_an_unplugged_node_is_noticed_over_tcp() -> None:
    over_tcp = session_settings("postgresql://tocsin@db.example:5432/tocsin")

    assert over_tcp.items() >= {
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    }
    assert "tcp_keepalives_idle" not in session_settings("postgresql://tocsin@/tocsin?host=%2Frun%2Fpg")


@pytest.mark.parametrize(
    ("dsn", "where"),
    [
        ("postgresql://alice:s3cret@db.example:5433/tocsin", "db.example:5433/tocsin"),
        ("postgresql://alice:s3cret@one:1,two:2/tocsin", "one:1,two:2/tocsin"),
        ("postgresql:///tocsin?host=/run/pg&password=s3cret", "/run/pg/tocsin"),
        ("postgresql:///tocsin", "this machine/tocsin"),
    ],
)
def test_a_place_is_told_without_the_password(dsn: str, where: str) -> None:
    assert place(dsn) == where


@pytest.mark.parametrize("name", ["synchronous_commit"])
async def test_a_database_that_could_lose_commits_is_refused(
    name: str, dsn: str, postgres_server: EmbeddedPostgres
) -> None:
    database = dsn.partition("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    await admin.execute(f"ALTER DATABASE {database} SET {name} = off")
    await admin.close()

    with pytest.raises(Invalid) as refused:
        await open_pool(dsn)

    assert f"{name} = off" in refused.value.message
    assert f"ALTER SYSTEM SET {name} = on" in refused.value.message


async def test_a_database_in_another_encoding_is_refused(postgres_server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    await admin.execute(
        "CREATE DATABASE latin OWNER tocsin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
    )

    with pytest.raises(Invalid, match="has the encoding LATIN1"):
        await open_pool(postgres_server.dsn("latin"))

    await admin.execute("DROP DATABASE latin WITH (FORCE)")
    await admin.close()


async def test_a_database_that_cannot_be_reached_is_told_without_the_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unavailable) as unavailable:
        await open_pool(f"postgresql://tocsin:s3cret@127.0.0.1:{port}/tocsin")

    assert f"127.0.0.1:{port}/tocsin can't be reached" in unavailable.value.message
    assert "s3cret" not in unavailable.value.message


async def test_a_wrong_password_is_told_without_the_password(dsn: str) -> None:
    wrong = dsn.replace("tocsin:", "tocsin:s3cret", 1)

    with pytest.raises(Invalid, match="Check user, password and name") as refused:
        await open_pool(wrong)

    assert "s3cret" not in refused.value.message


async def test_a_database_that_does_not_exist_is_told(postgres_server: EmbeddedPostgres) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        await open_pool(postgres_server.dsn("nowhere"))


@pytest.mark.parametrize(
    "dsn",
    ["mysql://tocsin:s3cret@db/tocsin", "tocsin:s3cret@db", "postgresql://tocsin:s3cret@db:port/tocsin"],
)
async def test_an_address_that_cannot_be_read_is_refused_without_being_repeated(dsn: str) -> None:
    with pytest.raises(Invalid, match="DATABASE_URL can't be read") as refused:
        await open_pool(dsn)

    assert "s3cret" not in str(refused.value)


async def test_a_server_that_never_answers_is_unavailable() -> None:
    hung = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = hung.sockets[0].getsockname()[1]

    with pytest.raises(Unavailable, match="can't be reached"):
        await open_pool(f"postgresql://tocsin@127.0.0.1:{port}/tocsin", connect_seconds=0.1)

    hung.close()
