"""A real host with Alembic and SQLite: one more revision, and afterwards nothing to compare."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from auth_patterns import NAMES, pattern
from generated_environment import environment, run, run_tests
from host_trees import HOSTS, tree_of

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.adapters.memory.survey import AstMemory
from orchestrator.adapters.patterns.render import CopierRenderer
from orchestrator.adapters.patterns.skills import SkillFolders
from orchestrator.core.change.changes import File
from orchestrator.core.story.requirement import Requirement
from orchestrator.core.search.search import rank
from orchestrator.core.proposal.skill import Proposal, Situation
from orchestrator.core.host.edits import EditDone

pytestmark = pytest.mark.slow

MIGRATED = Requirement(
    *("STO-001", "WHEN the store is upgraded THEN the system SHALL have tables", "event"),
    *("the store is upgraded", "have tables", "data.migration", None),
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with what the host declares and what the module adds."""
    wanted = {one.name for name in NAMES for one in pattern(name).manifest.dependencies}
    folder = tmp_path_factory.mktemp("store") / "venv"
    return environment(folder, *sorted(wanted | {"psycopg[binary]", "pyjwt[crypto]", "httpx2"}))


def proposed(host: Path) -> Proposal:
    """What the skill would do in this repository."""
    files, read = tree_of(host)
    patterns = {name: pattern(name) for name in NAMES}
    skill = SkillFolders().load("code-development")
    return skill.propose(
        Situation(
            story="STORE-001",
            requirements=(MIGRATED,),
            inputs=skill.validate({"search_patterns": ["jwt"]}),
            answers={},
            host=AstMemory().survey(files, read, framework=None),
            ranked=rank(["jwt"], patterns.values(), on=date(2026, 12, 1)),
            patterns=patterns,
        )
    )


def apply(host: Path, proposal: Proposal) -> None:
    """Write what a proposal renders, and edit the host's own files."""
    for render in proposal.renders:
        for path, file in CopierRenderer(None).render(pattern(render.pattern), render.answers).items():
            (host / path).parent.mkdir(parents=True, exist_ok=True)
            (host / path).write_bytes(file.content)
    for edit in proposal.edits:
        existing = {path: File((host / path).read_bytes()) for path in tree_of(host)[0]}
        result = SyntaxEditor().apply(edit, existing)
        assert isinstance(result, EditDone), result
        (host / result.path).write_bytes(result.after.content)


def alembic(python: Path, host: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run Alembic in the host: its exit code and all that it said."""
    done = run(python, host, "-m", "alembic", *arguments, **settings)
    return done.returncode, done.stdout + done.stderr


def tables(file: Path) -> set[str]:
    """The names of the tables in a file."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in found}


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The host with its own tables made, before anything is added."""
    folder = tmp_path / "store"
    shutil.copytree(HOSTS / "alembic_sqlite", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_new_tables_come_by_one_revision_and_go_by_it(python: Path, host: Path) -> None:
    assert alembic(python, host, "upgrade", "head")[0] == 0
    connection = sqlite3.connect(host / "store.db")
    connection.execute("INSERT INTO items (name) VALUES ('bolt')")
    connection.commit()
    proposal = proposed(host)
    assert proposal.missing == ()
    apply(host, proposal)
    assert alembic(python, host, "upgrade", "head")[0] == 0
    assert {"items", "auth_users", "auth_sessions"} <= tables(host / "store.db")
    code, said = alembic(python, host, "check")
    assert (code, "No new upgrade operations detected" in said) == (0, True), said
    assert alembic(python, host, "downgrade", "-1")[0] == 0
    assert tables(host / "store.db") == {"items", "alembic_version"}
    assert connection.execute("SELECT name FROM items").fetchall() == [("bolt",)]
    connection.close()
    assert alembic(python, host, "upgrade", "head")[0] == 0


def test_without_the_edit_alembic_would_drop_the_new_tables(python: Path, host: Path) -> None:
    before = (host / "migrations" / "env.py").read_bytes()
    apply(host, proposed(host))
    (host / "migrations" / "env.py").write_bytes(before)
    assert alembic(python, host, "upgrade", "head")[0] == 0
    code, said = alembic(python, host, "check")
    assert (code != 0, "auth_users" in said) == (True, True), said


@pytest.mark.parametrize("settings", [{}, {"STORE_DATABASE_URL": "sqlite:///./other.db"}], ids=str)
def test_the_module_works_in_the_database_of_the_host(
    python: Path, host: Path, settings: dict[str, Any]
) -> None:
    apply(host, proposed(host))
    assert alembic(python, host, "upgrade", "head", **settings)[0] == 0
    make = ("-m", "store.auth.cli", "cleanup")
    done = run(python, host, *make, AUTH_SECRET_KEY="k" * 40, AUTH_PEPPER="p" * 40, **settings)
    assert (done.returncode, done.stdout) == (0, "0 rows removed\n"), done.stderr
    assert not (host / "auth.db").exists()
    assert (host / "other.db").exists() is bool(settings)


def test_the_tests_of_the_host_and_of_the_tables_pass_together(python: Path, host: Path) -> None:
    apply(host, proposed(host))
    names = ("test_auth_migration.py", "test_auth_host_database.py")
    ours = [f"tests/auth/{name}" for name in names]
    done = run_tests(python, host, "tests/test_store.py", *ours)
    assert done.returncode == 0, done.stdout[-6000:]
