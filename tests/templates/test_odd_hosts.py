"""The module in hosts with rules of their own: their lint and their format find nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from auth_patterns import make_host, ruff

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.adapters.patterns.format import fitted
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import EditDone

_NARROW = (
    "[tool.ruff]\nline-length = 79\n[tool.ruff.lint]\nselect = ['E', 'W', 'F', 'I', 'D', 'Q']\n"
    "[tool.ruff.lint.pydocstyle]\nconvention = 'google'\n"
    "[tool.ruff.lint.isort]\nforce-single-line = true\n"
)
_EVERY = (
    "[tool.ruff]\nline-length = 120\n[tool.ruff.format]\nquote-style = 'single'\n"
    "[tool.ruff.lint]\nselect = ['ALL']\nignore = ['COM812', 'D203', 'D213', 'Q']\n"
    "[tool.ruff.lint.per-file-ignores]\n'tests/**' = ['S101']\n"
)


@pytest.mark.parametrize(
    ("rules", "answers"), [(_NARROW, {}), (_EVERY, {"framework": "flask", "oauth": ["google"]})]
)
def test_the_hosts_own_lint_and_format_pass(
    rules: str, answers: dict[str, Any], tmp_path: Path
) -> None:
    make_host(tmp_path, answers)
    inside = [*tmp_path.glob("src/auth/**/*.py"), *tmp_path.glob("tests/auth/**/*.py")]
    files = {path.relative_to(tmp_path).as_posix(): File(path.read_bytes()) for path in inside}
    project = tmp_path / "pyproject.toml"
    project.write_text(rules)
    done, (edit,) = fitted(files, tmp_path)
    result = SyntaxEditor().apply(edit, {edit.path: File(project.read_bytes())})
    assert isinstance(result, EditDone)
    project.write_bytes(result.after.content)
    for path, file in done.items():
        (tmp_path / path).write_bytes(file.content)
    shown = ruff("check", "--no-cache", *done, cwd=tmp_path)
    assert shown.returncode == 0, shown.stdout
    assert ruff("format", "--check", "--no-cache", *done, cwd=tmp_path).returncode == 0
    assert {area for area, _ in edit.allowed} == {"src/auth/**", "tests/auth/**"}
    assert fitted(files, tmp_path) == (done, ())
