"""Runs in the service's interpreter: has the big libraries imported, and forks servers on demand.

A server that is forked here is a process like any other, but for the seconds in which it would
import its framework. Orders come as JSON lines on standard input, answers go to standard output:
`{"start": {...}}` gives `{"pid": n}`, `{"poll": pid}` gives `{"code": null}` or its exit code.
When standard input ends, everything that was started is killed. Imports nothing of ours.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import runpy
import signal
import sys
import traceback
from typing import Any, NoReturn

BIG = (
    "sqlalchemy.orm",
    "sqlalchemy.dialects.sqlite",
    "pydantic_settings",
    "jwt",
    "bcrypt",
    "argon2",
    "email_validator",
    "cryptography.hazmat.primitives.serialization",
    "authlib",
    "alembic.config",
    "alembic.autogenerate",
    "httpx",
)
FRAMEWORKS = {
    "fastapi": ("fastapi", "uvicorn.main", "uvicorn.protocols.http.h11_impl"),
    "flask": ("flask", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread"),
}


def main() -> int:
    """Serve orders until there are no more."""
    for name in (*FRAMEWORKS[sys.argv[1]], *BIG):
        _import(name)
    _fork_workers()
    codes: dict[int, int | None] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            pid = _fork(order["start"])
            codes[pid] = None
            answer: dict[str, Any] = {"pid": pid}
        else:
            answer = {"code": _poll(order["poll"], codes)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in codes:
        _kill(pid)
    return 0


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        return


def _fork_workers() -> None:
    """Let uvicorn's supervisor fork its workers instead of starting new interpreters."""
    module = sys.modules.get("uvicorn._subprocess")
    if hasattr(module, "spawn"):
        module.spawn = multiprocessing.get_context("fork")  # type: ignore[union-attr]


def _poll(pid: int, codes: dict[int, int | None]) -> int | None:
    if codes[pid] is None:
        ended, status = os.waitpid(pid, os.WNOHANG)
        codes[pid] = os.waitstatus_to_exitcode(status) if ended else None
    return codes[pid]


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _become(order: dict[str, Any]) -> NoReturn:
    """Be the process that `python -m module arguments` would have been."""
    code = 1
    try:
        os.setsid()
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        _redirect(order["stdin"], order["stdout"], order["stderr"])
        roots = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[0:1] = ["", *(root for root in roots if root)]
        sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
        sys.argv = order["argv"]
        signal.set_wakeup_fd(-1)
        runpy.run_module(order["argv"][0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = _code_of(ended)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _code_of(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    sys.stderr.write(f"{ended.code}\n")
    return 1


def _redirect(stdin: str, out: str, err: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, target in ((1, os.open(out, flags, 0o600)), (2, os.open(err, flags, 0o600))):
        os.dup2(target, number)
        os.close(target)
    source = os.open(stdin, os.O_RDONLY)
    os.dup2(source, 0)
    os.close(source)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main())
