"""Ring 1 and 2 of the auth patterns: questions, labels, and the hygiene of every example."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from pathlib import Path
from typing import Any, TypeGuard

import pytest
from auth_patterns import (
    NAMES,
    kept,
    label,
    labels,
    make_host,
    marked,
    pattern,
    promises,
    rendered,
    ruff,
    template_files,
    write,
)
from common_passwords import common_passwords
from jinja2 import Environment, meta

from orchestrator.core.active import questions_named
from orchestrator.core.condition import read_condition
from orchestrator.core.trace import labels as labels_of

_EXAMPLES = [
    pytest.param(name, dict(answers), id=f"{name}-{number}")
    for name in NAMES
    for number, answers in enumerate(pattern(name).manifest.examples)
]
_PROVES_NO_PROMISE = {
    # The clock that only tests move; production refuses it, and a marked test says so.
    "test_the_clock_follows_its_file_and_survives_half_a_file",
    # How the module reads; no requirement speaks of it.
    "test_an_object_that_is_changed_between_queries_is_not_written",
}
_RULES = "E,F,W,I,B,UP,S,C4,SIM,RUF,PT,ARG,N,D100,D101,D102,D103,D104"
_NOT = "N818,D102"


def _marked(name: str, answers: dict[str, Any]) -> dict[str, frozenset[str]]:
    host = {"host_app_import": "src.main"} if name == "jwt-auth" else {}
    files = rendered(name, {**labels(name), **host, **answers})
    return {test: ids for text in _python(files).values() for test, ids in marked(text).items()}


def _python(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".py")}


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_used_are_the_questions_asked(name: str) -> None:
    environment = Environment(autoescape=True)
    used: set[str] = set()
    for path, text in template_files(name).items():
        for source in (path, text):
            used |= meta.find_undeclared_variables(environment.parse(source))
    assert used | questions_named(pattern(name)) == {one.name for one in pattern(name).questions}


@pytest.mark.parametrize("name", NAMES)
def test_every_template_ends_in_jinja(name: str) -> None:
    assert [path for path in template_files(name) if not path.endswith(".jinja")] == []


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_the_promises_that_count_and_no_others_are_claimed_by_code(
    name: str, answers: dict[str, Any]
) -> None:
    given = labels(name)
    files = _python(rendered(name, {**given, **answers}))
    code = "\n".join(text for path, text in files.items() if not path.startswith("tests/"))
    claimed = {
        key
        for key, claim in given["claims"].items()
        if re.search(rf"^\s*{re.escape(claim)}$", code, re.M)
    }
    assert claimed == set(kept(name, answers))


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


@pytest.mark.parametrize("name", NAMES)
def test_every_promise_counts_in_an_example(name: str) -> None:
    examples = pattern(name).manifest.examples
    counting = {key for answers in examples for key in kept(name, answers)}
    assert counting == set(pattern(name).manifest.provides)


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_every_generated_test_says_which_promise_it_proves(
    name: str, answers: dict[str, Any]
) -> None:
    found = _marked(name, answers)
    assert len(found) > 20
    assert {test for test, ids in found.items() if not ids} <= _PROVES_NO_PROMISE
    known = {label(key) for key in promises(name)}
    assert {id_ for ids in found.values() for id_ in ids} <= known


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_every_promise_that_counts_is_proven_by_at_least_two_tests(
    name: str, answers: dict[str, Any]
) -> None:
    counted = Counter(id_ for ids in _marked(name, answers).values() for id_ in ids)
    keys = kept(name, answers)
    assert {key: counted[label(key)] for key in keys if counted[label(key)] < 2} == {}
    absent = set(pattern(name).manifest.provides) - set(keys)
    assert {key for key in absent if counted[label(key)]} == set()


def test_no_test_is_excused_that_is_not_there() -> None:
    found = {test for name in NAMES for test in _marked(name, {})}
    assert found >= _PROVES_NO_PROMISE


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_no_two_tests_of_a_pattern_share_a_name(name: str, answers: dict[str, Any]) -> None:
    files = _python(rendered(name, {**labels(name), **answers}))
    tests = [test for path, text in files.items() for test in marked(text)]
    assert len(tests) == len(set(tests))


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
def test_the_labels_that_templates_ask_for_are_those_of_the_promises(name: str) -> None:
    asked = labels_of(template_files(name).values())
    assert set(asked["claims"]) == set(pattern(name).manifest.provides)
    assert set(asked["marks"]) <= set(promises(name))


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


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_an_example_is_clean_text(name: str, answers: dict[str, Any]) -> None:
    files = rendered(name, answers)
    assert len(files) > 10
    for path, text in files.items():
        assert not re.search(r"\{\{|\{%|%\}|\{#", text), path
        assert "\r" not in text, path
        assert not re.search(r"[ \t]$", text, re.M), path
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path


@pytest.mark.parametrize(("name", "answers"), _EXAMPLES)
def test_an_example_is_formatted_and_without_findings(
    name: str, answers: dict[str, Any], tmp_path: Path
) -> None:
    if name == "jwt-auth":
        make_host(tmp_path, answers)
    else:
        write(tmp_path, rendered(name, {**labels(name), **answers}))
    shape = ("--isolated", "--line-length", "100", "--target-version", "py311")
    formatted = ruff("format", "--check", *shape, ".", cwd=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    rules = ("--select", _RULES, "--ignore", _NOT)
    tests = ("--per-file-ignores", "tests/**:S,tests/**:D1,**/__init__.py:D104")
    found = ruff("check", *shape, *rules, *tests, "--output-format", "concise", ".", cwd=tmp_path)
    assert found.returncode == 0, found.stdout


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
