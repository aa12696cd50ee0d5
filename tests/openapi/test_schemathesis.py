"""What the OpenAPI description promises holds for requests that schemathesis thinks up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from auth_patterns import uv
from generated_environment import declared, environment
from generated_service import generated_service

from orchestrator.attack.service import Service

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
# Calls that would end the session which the others are to be tried with.
ENDS_SESSION = ("POST /auth/logout", "DELETE /auth/sessions")

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
    program: Path, service: Service, place: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    address = f"http://127.0.0.1:{service.server.port}/openapi.json"
    words = [program, "run", address, "--checks", ",".join(CHECKS), "--phases",
             "coverage,fuzzing", "--max-examples", "10", "--no-color", *options]  # fmt: skip
    return subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)


def test_no_server_error_and_no_undocumented_status_for_strangers(
    schemathesis: Path, service: Service, tmp_path: Path
) -> None:
    done = _tried(schemathesis, service, tmp_path)
    assert done.returncode == 0, done.stdout[-6000:]


def test_no_server_error_and_no_undocumented_status_for_an_administrator(
    schemathesis: Path, service: Service, tmp_path: Path
) -> None:
    admin = service.admin()
    kept = [word for name in ENDS_SESSION for word in ("--exclude-name", name)]
    done = _tried(schemathesis, service, tmp_path, "-H", f"Authorization: Bearer {admin.access}",
                  *kept)  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Authentication failed" not in done.stdout
    assert service.me(admin.access).status == 200


def test_an_undocumented_status_would_be_noticed(
    schemathesis: Path, service: Service, tmp_path: Path
) -> None:
    document = service.request("GET", "/openapi.json").body
    assert document.count(b'"415"') > 0
    description = tmp_path / "openapi.json"
    description.write_bytes(document.replace(b'"415"', b'"418"'))
    words = [schemathesis, "run", description, "--url", f"http://127.0.0.1:{service.server.port}",
             "--checks", "status_code_conformance", "--phases", "coverage", "--max-examples", "5",
             "--include-path", "/auth/login"]  # fmt: skip
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout[-3000:]
    assert "Undocumented HTTP status code" in done.stdout
