"""The attack knows every answer: sets that no cell of the matrix gives, all of them right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from auth_patterns import make_host

from orchestrator.attack.carrying_out import carry_out
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.orders import Order

pytestmark = [pytest.mark.slow, pytest.mark.whole]

ANSWERS: dict[str, dict[str, Any]] = {
    "strict": {"profile": "strict"},
    "strict without roles": {
        "profile": "strict", "framework": "flask", "oauth": ["google", "github", "oidc"],
        "username": "optional", "transport": "both", "lockout": "off", "roles": False,
    },
    "strict and open": {
        "profile": "strict", "oauth": ["github", "oidc"], "registration": "open",
        "headers_scope": "app", "signing": "EdDSA", "transport": "cookie", "username": "required",
        "password_rules": "composition",
    },
    "names and rules": {
        "username": "required", "include_user": True, "email_claim": True,
        "password_rules": "composition", "verification": "link_and_password", "login_form": True,
        "me_alias": "/users/me", "prefix": "/api/v1/auth",
    },
    "no lock-out": {"lockout": "off", "roles": False, "limiter": "memory"},
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_module_stands_whatever_was_answered(
    python: Path, tmp_path: Path, name: str
) -> None:
    answers = {"framework": "fastapi", **ANSWERS[name]}
    tree, work = tmp_path / "tree", tmp_path / "work"
    tree.mkdir()
    work.mkdir()
    make_host(tree, answers)
    given = catalogue().answers(answers)
    ids = tuple(one.id for one in catalogue().properties)
    order = Order("src.main:app", given["framework"], package="src.auth", answers=given, ids=ids)
    result = carry_out(order, python, tree, work, lambda proof: None)
    assert {one.id: one.reason for one in result.proofs if one.outcome == "failed"} == {}
    assert sum(one.outcome == "passed" for one in result.proofs) > 200
