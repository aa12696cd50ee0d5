"""The N-th call that touches the disk, or starts a process, dies or fails; stands in for strace."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

_CREATING = ("open", "write", "fsync", "mkdir", "link", "rename")
_CHANGING = (*_CREATING, "unlink", "rmdir", "fchmod")


class Faults:
    """Counts the calls of some functions of `os`; what happens from call `at` on says `strike`."""

    def __init__(self, names: tuple[str, ...], strike: Callable[[str, int], None]) -> None:
        self.names = names
        self.strike = strike
        self.calls = 0
        self.replaced: dict[str, Callable[..., Any]] = {}

    def __enter__(self) -> Faults:
        self._real = {name: getattr(os, name) for name in self.names if name != "popen"}
        for name, real in self._real.items():
            setattr(os, name, self._counted(name, self.replaced.get(name, real)))
        self._popen = subprocess.Popen._execute_child
        if "popen" in self.names:
            subprocess.Popen._execute_child = self._counted("popen", self._popen)
        return self

    def __exit__(self, *error: object) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)
        subprocess.Popen._execute_child = self._popen

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if name != "open" or arguments[1] & os.O_CREAT:
                self.calls += 1
                self.strike(name, self.calls)
            return real(*arguments, **options)

        return call


def dying(at: int) -> Faults:
    """kill -9 just before call number `at`."""

    def strike(name: str, call: int) -> None:
        if call == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return Faults((*_CHANGING, "popen"), strike)


def dying_after_commit_point(more: int) -> Faults:
    """kill -9 so many calls after the record was renamed: the change is decided, and half done."""
    left = {"calls": -1}

    def strike(name: str, call: int) -> None:
        left["calls"] -= 1
        if left["calls"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    faults = Faults((*_CHANGING, "popen"), strike)
    renamed = os.rename

    def rename(source: Any, target: Any, **options: Any) -> None:
        renamed(source, target, **options)
        if str(target).endswith("commit.json"):
            left["calls"] = more

    faults.replaced["rename"] = rename
    return faults


def failing(code: int, at: int, *, forever: bool) -> Faults:
    """Call number `at` fails with `code`, and all after it when `forever` says so."""
    names = _CREATING if code == errno.ENOSPC else _CHANGING

    def strike(name: str, call: int) -> None:
        if call == at or (forever and call > at):
            raise OSError(code, os.strerror(code), f"<{name}>")

    return Faults(names, strike)
