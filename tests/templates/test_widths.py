"""The result in hosts that write shorter or longer lines: formatted so, no check takes offence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from auth_patterns import ROOT, make_host, ruff

_WIDTHS = (79, 88, 100, 120)
_SEARCH = ROOT / "orchestrator/checks/inside/find_secrets.py"
_ANSWERS = (
    {},
    {"framework": "flask", "signing": "EdDSA", "oauth": ["google", "github"], "limiter": "redis"},
    {"alembic": True, "alembic_heads": ["fe56fa70289e"], "username": "required"},
)


def _secrets(folder: Path) -> list[str]:
    """Where the gate's own search finds a secret, `path:line type`."""
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    tests = [word for path in files if path.startswith("tests/") for word in ("--test", path)]
    report = folder / "secrets.json"
    subprocess.run(
        [sys.executable, _SEARCH, "--report", report, *tests, "--", *files], cwd=folder, check=True
    )
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    report.unlink()
    return [f"{one['path']}:{one['line']} {one['type']}" for one in findings]


@pytest.mark.parametrize("answers", _ANSWERS)
def test_no_width_of_lines_makes_anything_look_like_a_secret(
    answers: dict[str, Any], tmp_path: Path
) -> None:
    make_host(tmp_path, answers)
    for width in _WIDTHS:
        shape = ("--isolated", "--no-cache", "--line-length", str(width))
        assert ruff("format", *shape, ".", cwd=tmp_path).returncode == 0
        assert _secrets(tmp_path) == [], width


def test_a_secret_is_found_where_there_is_one(tmp_path: Path) -> None:
    key = "570dad43de1af4c925f92c16a68a50936da42b7dd6fdeb24" + "850507a1199aac89"
    (tmp_path / "keys.py").write_text(f'KEYS = [\n    "{key}",\n]\n', encoding="utf-8")
    assert _secrets(tmp_path) == ["keys.py:2 Hex High Entropy String"]


def test_only_a_migration_may_name_revisions_and_nothing_longer(tmp_path: Path) -> None:
    names = 'revision = "a7c31e58d0b2"\ndown_revision: str | None = "fe56fa70289e"\n'
    (tmp_path / "a.py").write_text(f"from alembic import op\n{names}", encoding="utf-8")
    assert _secrets(tmp_path) == []
    (tmp_path / "a.py").write_text(f"import alembic_stuff\n{names}", encoding="utf-8")
    assert [one.split()[0] for one in _secrets(tmp_path)] == ["a.py:2", "a.py:3"]
    other = 'revision = "a7c31e58d0b2fe56"\nkey = "fe56fa70289e"\n'
    (tmp_path / "a.py").write_text(f"from alembic import op\n{other}", encoding="utf-8")
    assert [one.split()[0] for one in _secrets(tmp_path)] == ["a.py:2", "a.py:3"]
