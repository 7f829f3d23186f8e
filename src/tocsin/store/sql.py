"""Reads the `.sql` files that lie beside the modules: each query is named, with a sentence on what it is for."""

from __future__ import annotations

import re
from pathlib import Path

NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def queries(module_file: str) -> dict[str, str]:
    """The queries of the `.sql` file with the same base name as the module, by their names."""
    text = Path(module_file).with_suffix(".sql").read_text()
    parts = NAME.split(text)
    return {name: query.strip() for name, query in zip(parts[1::2], parts[2::2], strict=True)}
