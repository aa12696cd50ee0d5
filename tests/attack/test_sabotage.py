"""The probes bite: a module with a rule taken out is caught by the property that names the rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from auth_patterns import make_host

from orchestrator.attack.carrying_out import carry_out
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import Proof
from orchestrator.attack.orders import Order

pytestmark = pytest.mark.slow

TOKENS = "src/auth/jwt_auth.py"
# what is taken out of the token's verification, and the properties that must notice
SABOTAGE = {
    "any header goes": (
        "isinstance(kid, str) and header == expected",
        "isinstance(kid, str)",
        {"TOK-09", "TOK-31"},
    ),
    "any issuer and audience go": (
        '(claims.get("iss"), claims.get("aud")) != ours',
        "not ours",
        {"TOK-10", "TOK-11", "TOK-12", "TOK-13"},
    ),
    "nothing expires": (
        "now >= exp + self._settings.leeway",
        "now >= exp + 86_400 * 3650",
        {"TOK-15", "TOK-18"},
    ),
}


def attacked(python: Path, folder: Path) -> dict[str, Proof]:
    ids = tuple(one.id for one in catalogue().chosen(["TOK"]) if one.id not in ("TOK-32", "TOK-34"))
    order = Order("src.main:app", "fastapi", package="src.auth", ids=ids)
    work = folder / "work"
    work.mkdir()
    result = carry_out(order, python, folder, work, lambda proof: None)
    return {one.id: one for one in result.proofs}


def test_the_module_as_it_is_stands(python: Path, tmp_path: Path) -> None:
    make_host(tmp_path, {})
    proofs = attacked(python, tmp_path)
    assert {name: one.reason for name, one in proofs.items() if one.outcome == "failed"} == {}
    assert proofs["TOK-04"].outcome == "not_applicable"


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_rule_that_is_taken_out_is_missed(python: Path, tmp_path: Path, name: str) -> None:
    rule, replacement, noticed = SABOTAGE[name]
    make_host(tmp_path, {})
    text = (tmp_path / TOKENS).read_text(encoding="utf-8")
    assert text.count(rule) == 1
    (tmp_path / TOKENS).write_text(text.replace(rule, replacement), encoding="utf-8")
    proofs = attacked(python, tmp_path)
    assert noticed <= {id_ for id_, one in proofs.items() if one.outcome == "failed"}
    assert proofs["TOK-21"].outcome == "passed"
