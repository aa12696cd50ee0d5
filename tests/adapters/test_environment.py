"""Environments are made with uv, kept by what went into them, and move no version of the host."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.adapters.running import environment as module
from orchestrator.adapters.running.environment import UvEnvironments
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.host import Manifest
from orchestrator.ports.running import Environment

MANIFEST = Manifest("requirements.txt", "requirements", ())


@pytest.fixture
def host(tmp_path: Path) -> Path:
    root = tmp_path / "host"
    root.mkdir()
    (root / "requirements.txt").write_text("iniconfig==2.0.0\n", encoding="utf-8")
    return root


@pytest.fixture
def environments(tmp_path: Path) -> UvEnvironments:
    return UvEnvironments(cache=tmp_path / "cache")


def version(environment: Environment, name: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    done = subprocess.run(
        [str(environment.python), "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.slow
def test_an_environment_has_the_hosts_versions_and_the_tools_and_is_made_once(
    host: Path, environments: UvEnvironments, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = environments.prepare(host, MANIFEST, ())
    assert version(first, "iniconfig") == "2.0.0"
    assert version(first, "pytest")
    assert version(first, "coverage")
    monkeypatch.setattr(module, "uv", _not_to_be_called)
    assert environments.prepare(host, MANIFEST, ()) == first


@pytest.mark.slow
def test_what_is_added_moves_no_version_of_the_host(
    host: Path, environments: UvEnvironments
) -> None:
    own = environments.prepare(host, MANIFEST, ())
    wider = environments.prepare(host, MANIFEST, ("idna>=3",), within=own)
    assert wider.digest != own.digest
    assert version(wider, "iniconfig") == "2.0.0"
    assert version(wider, "idna")
    with pytest.raises(CannotAnswer, match="cannot be installed together"):
        environments.prepare(host, MANIFEST, ("iniconfig>=2.1",), within=own)


@pytest.mark.slow
def test_two_at_once_make_one(host: Path, environments: UvEnvironments, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: environments.prepare(host, MANIFEST, ()), range(2)))
    assert made[0] == made[1]
    assert len(list((tmp_path / "cache/environments").iterdir())) == 1


@pytest.mark.slow
def test_another_manifest_is_another_environment_and_a_failure_leaves_nothing(
    host: Path, environments: UvEnvironments, tmp_path: Path
) -> None:
    first = environments.prepare(host, MANIFEST, ())
    (host / "requirements.txt").write_text("iniconfig==2.0.0\n# more\n", encoding="utf-8")
    assert environments.prepare(host, MANIFEST, ()).digest != first.digest
    (host / "requirements.txt").write_text("iniconfig==0.0.99\n", encoding="utf-8")
    with pytest.raises(CannotAnswer, match="iniconfig"):
        environments.prepare(host, MANIFEST, ())
    assert len(list((tmp_path / "cache/environments").iterdir())) == 2


def _not_to_be_called(*words: str, cwd: Path) -> str:
    raise AssertionError(f"uv {words} was called")


def test_a_given_interpreter_is_used_as_it_is(host: Path) -> None:
    given = UvEnvironments(configured=Path(sys.executable))
    first = given.prepare(host, None, ())
    assert first.python == Path(sys.executable)
    assert first == given.prepare(host, MANIFEST, ("anything",))


def test_a_given_interpreter_that_is_not_there_is_named(host: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="does not exist"):
        UvEnvironments(configured=tmp_path / "python").prepare(host, None, ())


def test_a_cache_that_cannot_be_written_is_named(host: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CannotAnswer, match="cannot be made") as caught:
        UvEnvironments(cache=tmp_path / "file").prepare(host, None, ())
    assert "ORCHESTRATOR_CACHE" in caught.value.remedy


def test_a_lock_that_holds_what_must_be_newer_is_named_with_the_command(
    host: Path, environments: UvEnvironments
) -> None:
    (host / "uv.lock").write_text(
        '[[package]]\nname = "bcrypt"\nversion = "4.3.0"\n\n'
        '[[package]]\nname = "idna"\nversion = "3.10"\n',
        encoding="utf-8",
    )
    locked = Manifest("requirements.txt", "requirements", (), ("uv.lock",))
    with pytest.raises(
        CannotAnswer, match=r"uv\.lock holds .*: bcrypt 4\.3\.0 \(bcrypt>=5"
    ) as caught:
        environments.prepare(host, locked, ("bcrypt>=5", "idna>=3"))
    assert "`uv lock --upgrade-package bcrypt`" in caught.value.remedy


def test_a_host_that_needs_another_python_is_refused(
    host: Path, environments: UvEnvironments
) -> None:
    manifest = Manifest("requirements.txt", "requirements", (), (), ">=3.99")
    with pytest.raises(CannotAnswer, match=r"needs Python >=3\.99"):
        environments.prepare(host, manifest, ())
