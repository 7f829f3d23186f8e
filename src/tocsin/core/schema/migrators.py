"""How migrators can be told while they work: golang-migrate's advisory lock."""

from __future__ import annotations

from zlib import crc32

SALT = 1486364155


def lock_keys(database: str, schema: str, table: str) -> frozenset[int]:
    """The keys of the advisory locks that golang-migrate takes on this table: crc32 of the names, times its salt, in 32 bits.

    Which names it takes, in which order, differs between its versions; and where it was given a URL, the database's name has the slash
    of the URL's path.
    """
    keys = set()
    for base in (database, f"/{database}"):
        for names in ((base,), (base, schema), (base, schema, table)):
            orders = {names, (*names[1:], names[0])} if len(names) > 1 else {names}
            keys |= {(crc32("\0".join(order).encode()) * SALT) % 2**32 for order in orders}
    return frozenset(keys)
