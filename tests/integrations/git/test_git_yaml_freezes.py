"""Argo CD's auto-sync and workflows, switched off in their files: lines go, and all others stay as they are."""

from __future__ import annotations

import pytest

from tocsin.core.procedures.declared import ACTION, ARGO, Updater
from tocsin.errors import Invalid
from tocsin.integrations.git.yaml_files import Argo, Workflow

SITE = Updater(ARGO, "site.yaml")
CI = Updater(ACTION, ".github/workflows/deploy.yml")
APPLICATION = """\
# The site.
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  project: 'site'
  syncPolicy:
    automated:
      prune: true  # also what is gone
      selfHeal: true
    # wanted since 2020
    syncOptions: [CreateNamespace=true]
  destination: {namespace: site}   # odd  spaces
"""
FROZEN = """\
# The site.
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  project: 'site'
  syncPolicy:
    # wanted since 2020
    syncOptions: [CreateNamespace=true]
  destination: {namespace: site}   # odd  spaces
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_auto_sync_is_taken_out_and_all_else_is_kept(newline: str) -> None:
    text = APPLICATION.replace("\n", newline)

    off = Argo().frozen(SITE, text)

    assert off == FROZEN.replace("\n", newline)
    assert Argo().is_off(SITE, off)
    assert not Argo().is_off(SITE, text)


def test_a_policy_of_nothing_else_goes_as_a_whole() -> None:
    text = "kind: Application\nspec:\n  syncPolicy:\n    automated: {}\n  project: x\n"

    assert Argo().frozen(SITE, text) == "kind: Application\nspec:\n  project: x\n"


def test_each_application_of_the_file_is_frozen_and_an_application_set_in_its_template() -> None:
    service = "kind: Service\nspec:\n  syncPolicy:\n    automated: {}\n"
    frozen_group = "kind: ApplicationSet\nspec:\n  template:\n    spec:\n      project: x\n"
    group = f"{frozen_group}      syncPolicy:\n        automated:\n          prune: true\n"

    off = Argo().frozen(SITE, f"{APPLICATION}---\n{service}---\n{group}")

    assert off == f"{FROZEN}---\n{service}---\n{frozen_group}"


@pytest.mark.parametrize(
    ("policy", "off"),
    [
        ("{}", True),
        ("{automated: {}}", False),
        ("{automated: null}", True),
        ("{automated: {enabled: false}}", True),
    ],
)
def test_it_is_off_without_automated_or_where_that_says_so(policy: str, off: bool) -> None:
    text = f"kind: Application\nspec:\n  syncPolicy: {policy}\n"

    assert Argo().is_off(SITE, text) is off


REFUSED = [
    ("a template of Helm", "kind: Application\nspec: {{ .Values.x }}\n", "no plain YAML"),
    ("something else", "kind: Service\nspec: {}\n", "no Application"),
    ("all in one line", "kind: Application\nspec:\n  syncPolicy: {automated: {}}\n", "in one line"),
    (
        "an alias",
        "x: &a {prune: true}\nkind: Application\nspec:\n  syncPolicy:\n    automated: *a\n    b: 1\n",
        "alias",
    ),
    ("no mapping", "kind: Application\nspec: 1\n", "has no spec"),
]


@pytest.mark.parametrize(("why", "text", "words"), REFUSED, ids=[why for why, _, _ in REFUSED])
def test_what_can_not_be_changed_by_lines_is_refused(why: str, text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Argo().frozen(SITE, text)


@pytest.mark.parametrize(
    "text",
    [
        "name: deploy\non:\n  push:\n    branches: [main]\n  schedule:\n    - cron: '0 3 * * *'\n\njobs: {}\n",
        "name: deploy\non: [push, workflow_dispatch]\n\njobs: {}\n",
        "name: deploy\non: push\n\njobs: {}\n",
    ],
)
def test_a_workflow_starts_by_hand_only(text: str) -> None:
    off = Workflow().frozen(CI, text)

    assert off == "name: deploy\non: workflow_dispatch\n\njobs: {}\n"
    assert Workflow().is_off(CI, off)
    assert not Workflow().is_off(CI, text)


def test_what_is_no_workflow_is_refused() -> None:
    with pytest.raises(Invalid, match="no `on`"):
        Workflow().frozen(CI, "jobs: {}\n")
