"""The setting that names the file of procedures, and the secrets that the file names."""

from __future__ import annotations

import pytest

from tocsin.errors import Invalid
from tocsin.settings import read_settings
from tocsin.settings_procedures import declared_in, secrets_by_name

FILE = '[[target]]\nid = "site"\nrepository = "acme/deploy"\ntoken_env = "DEPLOY"\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "procedures.toml"
    path.write_text(FILE)
    return path


def test_the_file_is_read_with_the_secrets_that_it_names(path, tmp_path):
    (tmp_path / "token").write_text("s3cret\n")
    settings = read_settings(
        {"TOCSIN_PROCEDURES": str(path), "TOCSIN_SECRET_DEPLOY_FILE": str(tmp_path / "token")}
    )

    assert declared_in(settings).targets[0].id == "site"
    assert secrets_by_name(settings) == {"DEPLOY": "s3cret"}


def test_no_log_may_show_a_named_secret(path):
    settings = read_settings({"TOCSIN_PROCEDURES": str(path), "TOCSIN_SECRET_DEPLOY": "s3cret"})

    assert "s3cret" in settings.secrets()
    assert "s3cret" not in repr(settings)


def test_without_a_file_nothing_is_declared():
    assert declared_in(read_settings({})).targets == ()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "names secrets that are not set: set TOCSIN_SECRET_DEPLOY"),
        ({"TOCSIN_PROCEDURES": "/nowhere.toml"}, "points to /nowhere.toml, which can't be read"),
        ({"TOCSIN_SECRET_DEPLOY_FILE": "/nowhere"}, "TOCSIN_SECRET_DEPLOY_FILE points to /nowhere, which can't"),
        (
            {"TOCSIN_SECRET_DEPLOY": "a", "TOCSIN_SECRET_DEPLOY_FILE": "/x"},
            "TOCSIN_SECRET_DEPLOY and TOCSIN_SECRET_DEPLOY_FILE are both set: keep one",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_the_start(path, more, words):
    with pytest.raises(Invalid) as refused:
        read_settings({"TOCSIN_PROCEDURES": str(path), **more})

    assert words in refused.value.message
