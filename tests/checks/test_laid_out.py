"""The format check takes the host's own layout, whichever of its tools tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_trees import HOST, OURS, measure

from orchestrator.core.gate.check import Outcome

_SHORT = "    return sum(prices)\n"
_SUM = "price for price in prices if price >= 0 or price < 0 or not price"
_LONG = f"    return sum({_SUM})\n"
_WRAPPED = f"    return sum(\n        {_SUM}\n    )\n"


@pytest.mark.parametrize(
    ("name", "text", "wrapped"),
    [
        ("tox.ini", "[flake8]\nmax-line-length = 79\n", True),
        (".flake8", "[flake8]\n", True),
        ("setup.cfg", "[flake8]\nmax-line-length = 120\n", False),
        ("pyproject.toml", "[tool.black]\nline-length = 79\n", True),
        ("ruff.toml", "line-length = 79\n", True),
        ("README", "nothing\n", False),
    ],
)
def test_the_line_length_is_the_hosts(name: str, text: str, wrapped: bool, tmp_path: Path) -> None:
    for is_wrapped, body in ((True, _WRAPPED), (False, _LONG)):
        assert _SHORT in OURS["shop/cart.py"]
        ours = {**OURS, "shop/cart.py": OURS["shop/cart.py"].replace(_SHORT, body)}
        run = measure(tmp_path / body[:20].strip() / str(is_wrapped), ours,
                      host={**HOST, name: text}, checks=("format",))  # fmt: skip
        (result,) = run.results.values()
        assert result.outcome is (Outcome.PASSED if is_wrapped is wrapped else Outcome.FAILED)
