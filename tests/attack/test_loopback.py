"""Ports of the loopback."""

from __future__ import annotations

import socket

import pytest

from orchestrator.attack import loopback as module


def test_a_port_is_handed_out_once_and_only_while_nobody_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PORTS", (1, 2, 3))
    monkeypatch.setattr(module, "_handed_out", set())
    monkeypatch.setattr(module, "_is_free", lambda port: port != 1)
    assert {module.free_port(), module.free_port()} == {2, 3}


def test_a_port_that_somebody_has_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not module._is_free(taken.getsockname()[1])
    assert module._is_free(module.free_port())
