"""docs/reference says what the code does."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made: dict[str, str] = runpy.run_path(str(ROOT / "tools/make_reference.py"))["pages"]()
    return made


@pytest.mark.parametrize("name", ["api.md", "openapi.json", "cli.md", "settings.md", "facts.md"])
def test_the_reference_says_what_the_code_does(pages: dict[str, str], name: str) -> None:
    written = (ROOT / "docs/reference" / name).read_text("utf-8")

    assert written == pages[name], f"docs/reference/{name} is behind the code: run `make docs`"


def test_the_description_of_the_api_is_openapi(pages: dict[str, str]) -> None:
    OpenAPIV31SpecValidator(json.loads(pages["openapi.json"])).validate()
