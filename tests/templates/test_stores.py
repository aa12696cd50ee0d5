"""Ring 3 on real servers: the generated tests on PostgreSQL, and outages of what they stand on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from auth_patterns import make_host
from generated_environment import run_tests
from servers import Server

HERE = Path(__file__).parent

pytestmark = pytest.mark.slow


def test_the_generated_suite_passes_on_postgresql(
    python: Path, postgres: Server, tmp_path: Path
) -> None:
    make_host(tmp_path, {})
    result = run_tests(python, tmp_path, "tests", AUTH_TEST_DATABASE_URL=postgres.url)
    assert result.returncode == 0, result.stdout[-6000:]
    assert "skipped" not in result.stdout


def test_the_generated_module_outlives_outages_of_postgresql(
    python: Path, postgres: Server, tmp_path: Path
) -> None:
    make_host(tmp_path, {})
    shutil.copy(HERE / "postgres_checks.py", tmp_path / "tests" / "auth" / "test_postgres.py")
    place = {"AUTH_TEST_DATABASE_URL": postgres.url}
    result = run_tests(python, tmp_path, "tests/auth/test_postgres.py", **place)
    assert result.returncode == 0, result.stdout[-6000:]


def test_mail_leaves_over_verified_tls(python: Path, tmp_path: Path) -> None:
    make_host(tmp_path, {})
    shutil.copy(HERE / "smtp_checks.py", tmp_path / "tests" / "auth" / "test_smtp_tls.py")
    result = run_tests(python, tmp_path, "tests/auth/test_smtp_tls.py")
    assert result.returncode == 0, result.stdout[-6000:]


def test_the_limits_hold_across_processes_in_redis(
    python: Path, redis: Server, tmp_path: Path
) -> None:
    make_host(tmp_path, {"limiter": "redis"})
    names = ("tests/auth/test_auth_limits.py", "tests/auth/test_auth_counters.py")
    result = run_tests(python, tmp_path, *names, AUTH_TEST_REDIS_URL=redis.url)
    assert result.returncode == 0, result.stdout[-6000:]
