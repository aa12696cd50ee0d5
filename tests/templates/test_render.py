"""Ring 1 and 2 of the auth patterns: questions, labels, and the hygiene of every example."""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeGuard

import pytest
from auth_patterns import NAMES, ROOT, kept, labels, make_host, pattern, rendered, write
from common_passwords import common_passwords

from orchestrator.app.patterns.authoring import lint_pattern
from orchestrator.checks.inside import find_secrets
from orchestrator.compose import workshop
from orchestrator.core.pattern.condition import read_condition
from orchestrator.core.gate.marked import marked

_PROVES_NO_PROMISE = {
    # The clock that only tests move; production refuses it, and a marked test says so.
    "test_the_clock_follows_its_file_and_survives_half_a_file",
    # How the module reads; no requirement speaks of it.
    "test_an_object_that_is_changed_between_queries_is_not_written",
}


def _marked(name: str, answers: dict[str, Any]) -> dict[str, frozenset[str]]:
    host = {"host_app_import": "src.main"} if name == "jwt-auth" else {}
    files = rendered(name, {**labels(name), **host, **answers})
    return {test: ids for text in _python(files).values() for test, ids in marked(text).items()}


def _python(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".py")}


@pytest.mark.parametrize("name", NAMES)
def test_what_authors_are_told_of_their_patterns_is_nothing_for_ours(name: str) -> None:
    """Variables, labels, claims, proofs, names, text, format: `orchestrator patterns lint`."""
    remarks = lint_pattern(workshop(ROOT), pattern(name))
    excused = {f"{test} proves no promise" for test in _PROVES_NO_PROMISE}
    assert [one for one in remarks if one.message not in excused] == []
    assert len(pattern(name).manifest.examples) > 3
    assert len(rendered(name, {})) > 10


def test_nothing_rendered_looks_like_a_secret_to_the_gate(tmp_path: Path) -> None:
    """All examples, and hosts that name the column of their password hashes in other ways."""
    examples = [(name, one) for name in NAMES for one in pattern(name).manifest.examples]
    (mapped,) = (one for _, one in examples if one.get("users") == "map")
    columns = ("password", "hashed_password", "passwd", "secret", "pwd", "encrypted_password")
    examples += [("jwt-auth", {**mapped, "host_users_password": one}) for one in columns]
    seen, files, tests = set(), [], []
    for number, (name, answers) in enumerate(examples):
        for path, text in rendered(name, {**labels(name), **answers}).items():
            if (path, text) not in seen:
                seen.add((path, text))
                write(tmp_path / str(number), {path: text})
                is_test = path.startswith("tests/")
                (tests if is_test else files).append(f"{number}/{path}")
    report = tmp_path / "report.json"
    words = [f"--report={report}", *(f"--test={one}" for one in tests), *files, *tests]
    script = Path(find_secrets.__file__)
    subprocess.run([sys.executable, "-I", script, *words], cwd=tmp_path, check=True)
    said = json.loads(report.read_text())
    assert len(said["examined"]) == len(files) + len(tests) > 200
    assert said["findings"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_risk_depends_on_figures_of_checks_that_there_are(name: str) -> None:
    places = {
        term.place
        for risk in pattern(name).manifest.risks
        for term in read_condition(risk.when).terms
        if term.answer is None
    }
    known = {"network_off", "outcomes.attack"}
    known |= {f"figures.{figure}" for figure in ("tests.skipped", "attack.not_checked")}
    assert places <= known


def test_no_test_is_excused_that_is_not_there() -> None:
    found = {test for name in NAMES for test in _marked(name, {})}
    assert found >= _PROVES_NO_PROMISE


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("def test_a(): ...", set()),
        ("@pytest.mark.requirement()\ndef test_a(): ...", set()),
        ("@pytest.mark.slow\ndef test_a(): ...", set()),
        ('@pytest.mark.requirement("A", "B")\ndef test_a(): ...', {"A", "B"}),
        ('pytestmark = pytest.mark.requirement("A")\ndef test_a(): ...', {"A"}),
        ('pytestmark = [pytest.mark.requirement("A")]\nasync def test_a(): ...', {"A"}),
        ('@pytest.mark.requirement("A")\nclass TestB:\n    def test_a(self): ...', {"A"}),
        ('class TestB:\n    pytestmark = pytest.mark.requirement("A")\n\n'
         '    @pytest.mark.requirement("B")\n    def test_a(self): ...', {"A", "B"}),
    ],
)  # fmt: skip
def test_a_mark_is_read_above_a_test_its_class_and_its_module(text: str, ids: set[str]) -> None:
    assert marked(text) == {"test_a": ids}


@pytest.mark.parametrize("name", NAMES)
def test_a_label_stands_directly_above_what_it_labels(name: str) -> None:
    for path, text in _python(rendered(name, labels(name))).items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if "# @req X-" in line or "@pytest.mark.requirement(" in line:
                below = lines[number + 1].strip()
                assert below.startswith(("def ", "async def ", "@", "# @req")), (path, number)


def test_a_role_check_is_promised_only_where_it_is_wanted() -> None:
    without = "\n".join(rendered("jwt-auth", {**labels("jwt-auth"), "roles": False}).values())
    assert "roles.require" not in kept("jwt-auth", {"roles": False})
    assert "roles.require" in kept("jwt-auth", {})
    assert "require_roles" not in without


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_short_and_modules_say_what_they_are_for(name: str) -> None:
    lengths: list[int] = []
    for path, text in _python(rendered(name, {})).items():
        if path.startswith("tests/") or not text:
            continue
        tree = ast.parse(text)
        assert ast.get_docstring(tree), path
        assert len(text.splitlines()) <= 350 or path.endswith("/common_passwords.py"), path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append((node.end_lineno or 0) - node.lineno + 1)
    assert statistics.median(lengths) < 12
    assert max(lengths) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_annotations_hold_in_a_host_that_postpones_them(name: str) -> None:
    """`from __future__ import annotations`, which a host's linter may ask of every module, leaves
    FastAPI only the names of the module to read an annotation by."""
    found = [
        f"{path}: {one}"
        for answers in pattern(name).manifest.examples
        for path, text in _python(rendered(name, {**labels(name), **answers})).items()
        for one in _of_inner_names(ast.parse(text))
    ]
    assert found == []


def test_an_annotation_by_an_inner_name_is_found() -> None:
    outer = "def f(app):\n    guard = make()\n    def page(who: Annotated[int, Depends({})]): ...\n"
    assert _of_inner_names(ast.parse(outer.format("guard"))) == ["page: guard"]
    assert _of_inner_names(ast.parse(outer.format("GUARD"))) == []


def _of_inner_names(tree: ast.Module) -> list[str]:
    """Annotations of inner functions that use what only the function around them knows."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    found = []
    for outer in (one for one in ast.walk(tree) if isinstance(one, functions)):
        bound = {
            one.id
            for one in ast.walk(outer)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        for inner in (one for one in ast.walk(outer) if isinstance(one, functions)):
            given = (*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs)
            notes = [one.annotation for one in given] + [inner.returns]
            used = {
                one.id
                for note in notes
                if note is not None
                for one in ast.walk(note)
                if isinstance(one, ast.Name)
            }
            found += [f"{inner.name}: {one}" for one in sorted(used & bound)]
    return found


def test_nothing_generated_names_its_maker(tmp_path: Path) -> None:
    make_host(tmp_path, {})
    for path in tmp_path.rglob("*.*"):
        if path.is_file():
            assert "orchestrator" not in path.read_text(encoding="utf-8").lower(), path


def test_no_silencing_comment_is_generated(tmp_path: Path) -> None:
    make_host(tmp_path, {"login_form": True, "me_alias": "/users/me"})
    for path in tmp_path.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"#\s*(noqa|nosec|type: ignore|pragma)", text), path


def test_the_list_of_common_passwords_is_made_by_the_program_beside_this_test() -> None:
    (text,) = (
        text
        for path, text in rendered("jwt-auth", {}).items()
        if path.endswith("common_passwords.py")
    )
    (words,) = (one.value for one in ast.walk(ast.parse(text)) if _is_block(one))
    assert words.split() == common_passwords()
    assert len(common_passwords()) >= 3000


def _is_block(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and str(node.value).startswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_package_holds_nothing_but_modules(name: str) -> None:
    """So that whatever builds the host, setuptools too, leaves nothing of it behind."""
    for answers in pattern(name).manifest.examples:
        chosen = {"package_path": "shop/auth", **answers}
        for path in rendered(name, chosen):
            assert path.endswith(".py") or not path.startswith("shop/auth/"), path


def test_the_guide_names_every_setting() -> None:
    chosen = {"oauth": ["google", "github", "oidc"]}
    files = rendered("jwt-auth", chosen) | rendered("http-security", {"package_path": "src/auth"})
    guide = files["docs/AUTH-SETUP.md"]
    for module, name in (
        ("settings", "Settings"),
        ("security_settings", "SecuritySettings"),
        ("oauth_settings", "OAuthSettings"),
    ):
        tree = ast.parse(files[f"src/auth/{module}.py"])
        (found,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
        fields = [
            ast.unparse(n.target) for n in found.body if isinstance(n, ast.AnnAssign) and n.value
        ]
        fields = [field for field in fields if field != "model_config"]
        assert len(fields) > 5
        for field in fields:
            assert f"AUTH_{field.upper()}`" in guide, field


@pytest.mark.parametrize(("exists", "name"), [(False, ".env.example"), (True, ".env.auth.example")])
def test_an_example_of_the_environment_never_replaces_the_hosts(exists: bool, name: str) -> None:
    files = rendered("jwt-auth", {"host_env_example": exists})
    assert [path for path in files if path.startswith(".env")] == [name]


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_tests_are_a_package_where_the_hosts_are(name: str, package: bool) -> None:
    files = rendered(name, {"tests_are_package": package})
    found = [path for path in files if path.startswith("tests/") and path.endswith("__init__.py")]
    assert bool(found) is package


def test_both_patterns_agree_on_every_file_they_share() -> None:
    place = {"package_path": "src/auth", "package_import": "src.auth", "tests_path": "tests/auth"}
    first, second = (rendered(name, {**place, "tests_are_package": True}) for name in NAMES)
    shared = first.keys() & second.keys()
    assert {path: first[path] for path in shared} == {path: second[path] for path in shared}
