"""Roles are enforced as soon as the settings name one."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.situation.roles import refusal
from orchestrator.core.settings import Settings
from orchestrator.ports.every import Ports
from orchestrator.ports.repository import Identity

ADA = "ada@example.org"


def asked(roles: Mapping[str, tuple[str, ...]], actor: str, email: str = ADA) -> str | None:
    repository = SimpleNamespace(identity=lambda: Identity("Ada", email))
    prepared = SimpleNamespace(settings=Settings(roles=dict(roles)), actor=actor)
    found = refusal(
        cast(Ports, SimpleNamespace(repository=repository)), cast(Prepared, cast(Any, prepared))
    )
    return None if found is None else f"{found.reason}; {found.remedy}"


def test_without_roles_anyone_may_act() -> None:
    assert asked({}, "tech-lead") is None


@pytest.mark.parametrize("email", [ADA, "Ada@Example.ORG"])
def test_who_holds_the_role_may_act(email: str) -> None:
    assert asked({ADA: ("qa", "tech-lead")}, "tech-lead", email) is None


def test_who_holds_another_role_is_sent_to_those_who_hold_it() -> None:
    said = asked({ADA: ("qa",), "bob@example.org": ("tech-lead",)}, "tech-lead")
    assert said == f"{ADA} does not hold the role tech-lead; ask bob@example.org"


def test_a_stranger_may_not_act() -> None:
    assert asked({"bob@example.org": ("tech-lead",)}, "tech-lead") is not None


def test_a_role_that_nobody_holds_is_said_to_be_nobodys() -> None:
    assert "gives nobody architect" in (asked({ADA: ("qa",)}, "architect") or "")
