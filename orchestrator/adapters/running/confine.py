"""Start one command where it cannot reach the network, outlive its parent or write elsewhere.

Run as a script by a bare interpreter (`python -I -S confine.py JSON`), standard library only. It
refuses to run the command with less confinement than it was told to make.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

CANNOT = 97
NEW_SPACES = 0x10000000 | 0x40000000 | 0x00020000 | 0x20000000 | 0x04000000
MS_RDONLY, MS_BIND, MS_REC, MS_PRIVATE = 1, 4096, 16384, 1 << 18
MOUNT_SETATTR = 442
AT_RECURSIVE = 0x8000
PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_SET_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 28, 36, 38
NO_ROOT_RIGHTS = 0x3 | 0xC
TMP = "/tmp"  # noqa: S108
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(result, f"mount {kind} on {target}")


def _read_only(path: str, *, on: bool, recursive: bool) -> None:
    """Set or clear the read-only attribute of a mount (mount_setattr, Linux 5.12)."""
    attributes = struct.pack("=QQQQ", int(on), int(not on), 0, 0)
    result = _libc.syscall(
        MOUNT_SETATTR, -100, path.encode(), AT_RECURSIVE if recursive else 0, attributes, 32
    )
    _check(result, f"read-only={on} for {path}")


def _enter_spaces() -> None:
    """Own user, network, mount, process and host-name spaces; the user id stays what it was."""
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(NEW_SPACES), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(text)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))


def _keep_writable(path: str) -> None:
    _mount(path, path, "none", MS_BIND)
    _read_only(path, on=False, recursive=False)


def _private_tmp(visible: list[str]) -> None:
    """An empty, writable /tmp in which only these folders of the real one can be seen."""
    below = sorted({path for path in visible if path.startswith(f"{TMP}/")}, key=len)
    outer = [p for p in below if not any(p.startswith(f"{o}/") for o in below)]
    held = [(path, os.open(path, os.O_PATH)) for path in outer]
    _mount("tmpfs", TMP, "tmpfs", 0)
    for path, descriptor in held:
        os.makedirs(path)  # noqa: PTH103
        _mount(f"/proc/self/fd/{descriptor}", path, "none", MS_BIND)
        os.close(descriptor)


def _arrange(tree: str, work: str, keep: list[str]) -> bool:
    """Make everything read-only but `work`; `tree` becomes a private view. Says if it is private.

    `keep` are folders that must stay visible (interpreters). Without overlay the tree is shared.
    """
    _mount("none", "/", "none", MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", 0)
    _read_only("/", on=True, recursive=True)
    _private_tmp([tree, work, *keep])
    _keep_writable(work)
    if os.path.isdir("/dev/shm"):  # noqa: PTH112, S108
        _mount("tmpfs", "/dev/shm", "tmpfs", 0)  # noqa: S108
    private = _overlay(tree, work)
    if not private:
        _keep_writable(tree)
    os.chdir(tree)
    return private


def _overlay(tree: str, work: str) -> bool:
    if any(sign in tree + work for sign in ",:\\"):
        return False
    view = f"{work}/view"
    try:
        _mount("tmpfs", view, "tmpfs", 0)
        os.mkdir(f"{view}/upper")  # noqa: PTH102
        os.mkdir(f"{view}/work")  # noqa: PTH102
        layers = f"lowerdir={tree},upperdir={view}/upper,workdir={view}/work,userxattr"
        _mount("overlay", tree, "overlay", 0, layers)
    except OSError:
        return False
    return True


def _confined(order: dict[str, Any]) -> int:
    _enter_spaces()
    init = os.fork()
    if init:
        return _code(os.waitpid(init, 0)[1])
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        private = _arrange(order["tree"], order["work"], order["keep"])
        _loopback_up()
        _libc.sethostname(b"gate", 4)
    except OSError as error:
        _fail(error)
    if order.get("probe"):
        sys.stdout.write(json.dumps({"private": private}))
        sys.stdout.flush()
        os._exit(0)
    child = os.fork()
    if child == 0:
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _prctl(PR_SET_SECUREBITS, NO_ROOT_RIGHTS)
        _become(order["argv"])
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(_code(status))


def _watched(order: dict[str, Any]) -> int:
    """Without namespaces: adopt what the command leaves behind and kill it when it ends."""
    try:
        _prctl(PR_SET_SUBREAPER, 1)
    except OSError as error:
        _fail(error)
    child = os.fork()
    if child == 0:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _become(order["argv"])
    signal.signal(signal.SIGTERM, lambda *_: _kill_all_then(143))
    while True:
        ended, status = os.wait()
        if ended == child:
            _kill_all_then(_code(status))


def _kill_all_then(code: int) -> NoReturn:
    for _ in range(100):
        mine = _descendants(os.getpid())
        if not mine:
            break
        for pid in mine:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                continue
    os._exit(code)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    entries = os.listdir("/proc") if os.path.isdir("/proc") else []  # noqa: PTH112, PTH208
    for entry in filter(str.isdigit, entries):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(entry)] = int(fields[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _become(argv: list[str]) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def _fail(error: OSError) -> NoReturn:
    sys.stderr.write(f"confine: {error.strerror}\n")
    sys.stderr.flush()
    os._exit(CANNOT)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def main() -> int:
    """Read the order from the one argument and end as the command ended."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        return CANNOT
    try:
        return _confined(order) if order["confine"] else _watched(order)
    except OSError as error:
        _fail(error)


if __name__ == "__main__":
    sys.exit(main())
