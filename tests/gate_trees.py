"""Small trees for the gate, and a house that measures them with real processes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.adapters.checks import InstalledChecks
from orchestrator.adapters.running.process import ProcessRunner
from orchestrator.app.measuring.gate import GateRun, Site, run_gate
from orchestrator.core.gate.check import Scope
from orchestrator.core.gate.policy import Policy
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml
from orchestrator.ports.running import Environment

ROOT = Path(__file__).parent.parent

CART = '''\
"""A cart: adds prices; refuses negative ones."""


# @req SHOP-001
def total(prices: list[int]) -> int:
    """The sum of the prices. Raises ValueError for a negative one."""
    if any(price < 0 for price in prices):
        raise ValueError("a price is negative")
    return sum(prices)
'''
TEST_CART = '''\
"""The cart."""

import pytest
from shop.cart import total


@pytest.mark.requirement("SHOP-001")
def test_prices_are_added() -> None:
    assert total([1, 2]) == 3


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        total([-1])
'''
HOST: Mapping[str, str] = {
    "app.py": '"""The host."""\n\nANSWER = 42\n',
    "tests/test_app.py": "import app\n\n\ndef test_answer():\n    assert app.ANSWER == 42\n",
}
OURS: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "tests/shop/conftest.py": '"""Fixtures of the shop: none yet."""\n',
    "tests/shop/test_cart.py": TEST_CART,
}
SCOPE = Scope(
    package="shop",
    sources=("shop/__init__.py", "shop/cart.py"),
    tests=("tests/shop/conftest.py", "tests/shop/test_cart.py"),
    changed=tuple(sorted(OURS)),
    requirements=("SHOP-001",),
    host_tests=("{python}", "-m", "pytest", "tests"),
)


class Silent:
    """Progress that nobody sees."""

    def step(self, text: str) -> None: ...


class GateHouse:
    """The ports that a gate run uses, all of them real."""

    def __init__(self, *, confined: bool = True) -> None:
        self.runner = ProcessRunner(confined=confined)
        self.checks = InstalledChecks()
        self.progress = Silent()


def bundled_policy() -> Policy:
    """The default policy."""
    raw = (ROOT / "orchestrator/defaults/policy.yaml").read_bytes()
    return typed(Policy, read_yaml(raw, "policy.yaml"))


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write a tree."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def scope_of(files: Mapping[str, str], **changes: Any) -> Scope:
    """The scope of some generated files: tests lie in tests/shop."""
    python = sorted(path for path in files if path.endswith(".py"))
    return replace(
        SCOPE,
        sources=tuple(path for path in python if not path.startswith("tests/")),
        tests=tuple(path for path in python if path.startswith("tests/")),
        changed=tuple(sorted(files)),
        **changes,
    )


def measure(
    folder: Path,
    ours: Mapping[str, str] = OURS,
    *,
    host: Mapping[str, str] = HOST,
    extra: Mapping[str, str] | None = None,
    checks: tuple[str, ...] = (),
    scope: Scope | None = None,
    confined: bool = True,
) -> GateRun:
    """Measure `ours` in the host. `extra` are files of the candidate that are in no scope.

    With `checks` only the conditions of these are judged, so only they run.
    """
    policy = bundled_policy()
    if checks:
        wanted = tuple(c for c in policy.levels["comprehensive"] if c.check in checks)
        policy = policy.model_copy(update={"levels": {"comprehensive": wanted}})
    environment = Environment(Path(sys.executable), "of the tests", "the development environment")
    base = plant(folder / "base", host)
    candidate = plant(folder / "candidate", {**host, **(extra or {}), **ours})
    places = {"base": Site(base, environment), "candidate": Site(candidate, environment)}
    house: Any = GateHouse(confined=confined)
    return run_gate(house, policy, "comprehensive", scope or scope_of(ours), places)  # type: ignore[arg-type]
