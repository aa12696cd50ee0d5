"""What the OpenAPI description promises holds for requests that schemathesis thinks up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from auth_patterns import uv
from generated_environment import declared, environment
from generated_service import generated_service

from orchestrator.attack.subject.service import Service

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
# Calls that may end the session which the others are to be tried with.
ENDS_SESSION = (
    "POST /auth/logout",
    "DELETE /auth/sessions",
    "DELETE /auth/sessions/{session_id}",
    "DELETE /auth/users/{user_id}/sessions",
    "PATCH /auth/users/{user_id}",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def schemathesis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, in an environment of its own."""
    folder = tmp_path_factory.mktemp("schemathesis") / "venv"
    subprocess.run([uv(), "venv", "-q", "--python", "3.11", folder], check=True)
    interpreter = folder / "bin" / "python"
    install = [uv(), "pip", "install", "-q", "--python", interpreter, "schemathesis>=4"]
    subprocess.run(install, check=True)
    return interpreter.with_name("schemathesis")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The module behind FastAPI, without limits."""
    folder = tmp_path_factory.mktemp("service")
    python = environment(folder / "venv", *declared(">="))
    with generated_service(python, folder, {"framework": "fastapi"}) as rig:
        yield rig.service()


def _tried(
    program: Path, place: Path, service: Service, description: Path | str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Let it try the described routes, all of them unless the options say which."""
    usual = ("--checks", ",".join(CHECKS), "--max-examples", "10", "--no-color")
    place_of_it = ("--url", f"http://127.0.0.1:{service.server.port}")
    words = [program, "run", description, *place_of_it, *usual, *options]
    return subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)


def _as_admin(service: Service) -> tuple[str, ...]:
    return ("-H", f"Authorization: Bearer {service.admin().access}")


@pytest.fixture
def description(service: Service, tmp_path: Path) -> Path:
    """The OpenAPI document that the service gives."""
    file = tmp_path / "described.json"
    file.write_bytes(service.request("GET", "/openapi.json").body)
    return file


def test_no_server_error_and_no_undocumented_status_for_strangers(
    schemathesis: Path, service: Service, description: Path, tmp_path: Path
) -> None:
    done = _tried(schemathesis, tmp_path, service, description, "--phases", "coverage,fuzzing")
    assert done.returncode == 0, done.stdout[-6000:]


def test_no_server_error_and_no_undocumented_status_for_an_administrator(
    schemathesis: Path, service: Service, description: Path, tmp_path: Path
) -> None:
    others = [word for name in ENDS_SESSION for word in ("--exclude-name", name)]
    words = ("--phases", "coverage,fuzzing", *_as_admin(service), *others)
    done = _tried(schemathesis, tmp_path, service, description, *words)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Authentication failed" not in done.stdout


@pytest.mark.parametrize("name", ENDS_SESSION)
def test_the_calls_that_end_sessions_answer_as_documented(
    schemathesis: Path, service: Service, description: Path, tmp_path: Path, name: str
) -> None:
    words = ("--phases", "coverage", *_as_admin(service), "--include-name", name)
    done = _tried(schemathesis, tmp_path, service, description, *words)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Selected: 1/" in done.stdout


def test_an_undocumented_status_would_be_noticed(
    schemathesis: Path, service: Service, description: Path, tmp_path: Path
) -> None:
    document = description.read_bytes()
    assert b'"415"' in document
    description.write_bytes(document.replace(b'"415"', b'"418"'))
    words = ("--phases", "coverage", "--include-name", "POST /auth/login")
    done = _tried(schemathesis, tmp_path, service, description, *words)
    assert done.returncode == 1, done.stdout[-3000:]
    assert "Undocumented status code" in done.stdout
    assert "Received: 415" in done.stdout
