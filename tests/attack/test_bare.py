"""A host that does not start alone is attacked in an application of a few lines, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from auth_patterns import make_host

from orchestrator.attack.carrying_out import carry_out
from orchestrator.attack.judging.results import Result
from orchestrator.attack.orders import Order
from orchestrator.attack.subject.bare import bare_application
from orchestrator.attack.subject.server import Application

WANTING = 'import os\n\nLEDGER = os.environ["LEDGER_URL"]\n'


def attacked(python: Path, folder: Path, framework: str, app: str) -> Result:
    work = folder / "work"
    work.mkdir()
    order = Order(app, framework, package="src.auth", ids=("TOK-01", "RBA-01"))
    return carry_out(order, python, folder, work, lambda _proof: None)


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_a_host_that_wants_settings_of_its_own(
    python: Path, tmp_path: Path, framework: str
) -> None:
    make_host(tmp_path, {"framework": framework})
    main = tmp_path / "src" / "main.py"
    main.write_text(WANTING + main.read_text("utf-8"), encoding="utf-8")
    result = attacked(python, tmp_path, framework, "src.main:app")
    assert "src.main:app does not start alone" in result.note
    assert [one.outcome for one in result.proofs] == ["passed", "passed"]


@pytest.mark.slow
def test_a_host_whose_application_nobody_found(python: Path, tmp_path: Path) -> None:
    make_host(tmp_path, {})
    result = attacked(python, tmp_path, "fastapi", "")
    assert "a bare application was attacked instead" in result.note
    assert [one.outcome for one in result.proofs] == ["passed", "passed"]


@pytest.mark.slow
def test_a_host_that_starts_is_attacked_itself(python: Path, tmp_path: Path) -> None:
    make_host(tmp_path, {})
    assert attacked(python, tmp_path, "fastapi", "src.main:app").note == ""


@pytest.mark.parametrize("framework", ["fastapi", "flask"])
@pytest.mark.parametrize("installed", [True, False])
def test_the_application_of_a_few_lines_has_the_module_or_not(
    tmp_path: Path, framework: str, installed: bool
) -> None:
    like = Application(Path("python"), tmp_path, "x:y", framework, True, "src.auth", ("src",))
    made = bare_application(like, tmp_path / "bare", installed=installed, debug=True)
    module, _, name = made.app.partition(":")
    text = (tmp_path / "bare" / f"{module}.py").read_text("utf-8")
    compile(text, module, "exec")
    assert (name, made.factory, made.paths) == ("app", False, ("src", str(tmp_path / "bare")))
    assert ("install_auth(app)" in text) is installed
    assert "debug" in text
