"""The key of Context7: where it may be sent, and that nothing we start but its server sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.docs.key import ApiKey
from orchestrator.adapters.running import toolchain
from tests.context7_stub import KEY


@pytest.mark.parametrize(
    "place",
    [
        "https://context7.com/api",
        "http://localhost:3000/mcp",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/",
    ],
)
def test_it_may_be_sent_where_nobody_else_can_read_it(place: str) -> None:
    assert ApiKey({"CONTEXT7_API_KEY": f" {KEY}\n"}).problem(place) is None
    assert ApiKey({"CONTEXT7_API_KEY": KEY}).header() == {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "place",
    [
        "http://context7.com/api",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "http://",
        "//context7.com",
    ],
)
def test_it_may_not_be_sent_elsewhere_and_without_one_anything_may_be_asked(place: str) -> None:
    found = ApiKey({"CONTEXT7_API_KEY": KEY}).problem(place)
    assert found is not None
    assert KEY not in found.because
    assert ApiKey({}).problem(place) is None
    assert (ApiKey({}).header(), ApiKey({}).variable()) == ({}, {})


def test_what_builds_packages_does_not_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    monkeypatch.setattr(toolchain, "uv_binary", lambda: str(program))
    monkeypatch.setenv("CONTEXT7_API_KEY", KEY)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    seen = toolchain.uv("pip", cwd=tmp_path)
    assert KEY not in seen
    assert "HTTPS_PROXY=http://proxy.example" in seen
