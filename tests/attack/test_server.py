"""Servers start, refuse, answer and end as they should, and none survives its nursery."""

from __future__ import annotations

import json
import logging.config
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.attack.subject.nursery import Nursery
from orchestrator.attack.subject.server import Application, NotStarted, Server
from orchestrator.attack.wire import Wire, request_bytes


@dataclass(frozen=True)
class Plain(Application):
    """Any module that can be run, in place of a web framework's server."""

    module: str = "http.server"

    def command(self, port: int, workers: int, folder: Path) -> list[str]:
        return [self.module, "--bind", "127.0.0.1", str(port)]


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(Path(sys.executable), "flask", tmp_path)
    yield made
    made.close()


def make(nursery: Nursery, folder: Path, module: str = "http.server") -> Server:
    application = Plain(Path(sys.executable), folder, "", "flask", module=module)
    return Server(application, nursery, folder / "service", {"AUTH_X": "1"})


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_answers_until_it_is_stopped(nursery: Nursery, tmp_path: Path) -> None:
    server = make(nursery, tmp_path)
    server.start()
    raw = request_bytes("GET", "/", [("Host", "a"), ("Connection", "close")])
    assert Wire("127.0.0.1", server.port).send(raw).status == 200
    assert '"GET / HTTP/1.1" 200' in server.output()
    assert server.running
    assert server.stop() == -signal.SIGTERM
    assert not server.running


def test_a_server_that_cannot_start_says_why(nursery: Nursery, tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="no_such_module"):
        make(nursery, tmp_path, "no_such_module").start()


def test_a_refused_start_has_its_exit_code(nursery: Nursery, tmp_path: Path) -> None:
    (tmp_path / "refusing.py").write_text("raise SystemExit('AUTH_SECRET_KEY is missing')\n")
    code, said = make(nursery, tmp_path, "refusing").start_refused()
    assert (code, said) == (1, "AUTH_SECRET_KEY is missing\n")


def test_a_start_that_is_not_refused_has_none(nursery: Nursery, tmp_path: Path) -> None:
    server = make(nursery, tmp_path)
    assert server.start_refused()[0] == 0
    assert not server.running


def test_settings_reach_the_process_and_the_callers_do_not(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_LEAK", "1")
    text = "import os\nraise SystemExit(str(sorted(n for n in os.environ if 'AUTH' in n)))\n"
    (tmp_path / "telling.py").write_text(text)
    assert make(nursery, tmp_path, "telling").start_refused()[1] == "['AUTH_X']\n"


def test_no_server_survives_its_nursery(tmp_path: Path) -> None:
    nursery = Nursery(Path(sys.executable), "flask", tmp_path)
    server = make(nursery, tmp_path)
    server.start()
    pid = server.pid
    nursery.close()
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


def test_gunicorn_opens_no_socket_of_control_in_the_home(tmp_path: Path) -> None:
    words = Application(Path(sys.executable), tmp_path, "app:app", "flask").command(80, 2, tmp_path)
    settings = tmp_path / "gunicorn.conf.py"
    assert f"--config={settings}" in words
    lines = settings.read_text().splitlines()
    assert lines == ["control_socket_disable = True", f"accesslog = '{tmp_path}/access.log'"]


def test_uvicorn_writes_an_access_log_and_warnings_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    application = Application(Path(sys.executable), tmp_path, "app:app", "fastapi")
    words = application.command(80, 1, tmp_path)
    logs = tmp_path / "uvicorn-logs.json"
    assert f"--log-config={logs}" in words
    logging.config.dictConfig(json.loads(logs.read_text()))
    logging.getLogger("uvicorn.access").info("GET /me")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert (tmp_path / "access.log").read_text() == "GET /me\n"
    assert capsys.readouterr().err == "Exception in ASGI application\n"
    assert (tmp_path / "server.log").read_text().splitlines() == [
        "Invalid HTTP request received.",
        "Exception in ASGI application",
    ]


def test_what_a_command_says_is_kept(nursery: Nursery, tmp_path: Path) -> None:
    (tmp_path / "telling.py").write_text("print('told')\n")
    server = make(nursery, tmp_path)
    server.folder.mkdir()
    assert server.run("telling").stdout == "told\n"
    assert (server.folder / "commands.log").read_text() == "told\n"
