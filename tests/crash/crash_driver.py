"""One process that lives through many deaths of its children; prints what each left, as JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import crash_faults as faults
import crash_host as host

from orchestrator.core.errors import CannotAnswer

ENOUGH = 2000
CHANGES = "write,fsync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir"


def in_child(work: Callable[[], object], fault: AbstractContextManager[object]) -> int:
    """Run it in a fork; returns the exit status, or minus the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        with fault:
            work()
        status = 0
    except CannotAnswer as error:
        print("refused:", error.problem, file=sys.stderr)
        status = 4
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def tell(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def kills(template: Path, room: Path) -> None:
    """kill -9 before every call of a publish; then recover twice."""
    for at in range(1, ENOUGH):
        root = host.copy(template, room / "host")
        status = in_child(partial(host.publish, root), faults.dying(at))
        broken, traces = host.picture(root), host.traces(root)
        seen = host.interrupted(root)
        untouched = traces == host.traces(root)
        first, picture = host.recover(root), host.picture(root)
        second, again = host.recover(root), host.picture(root)
        tell(
            at=at,
            status=status,
            broken=broken,
            only_read=untouched,
            interrupted=seen,
            first=first,
            picture=picture,
            second=second,
            again=again,
            after=host.interrupted(root),
        )
        shutil.rmtree(root)
        if status == 0:
            return


def kills_of_recovery(template: Path, room: Path, more: int, *, moved: bool) -> None:
    """A publish dies half-way; then every call of its recovery dies in turn. With `moved`
    another commit came between, so that recovery has to take the files back."""
    broken = host.copy(template, room / "broken")
    in_child(partial(host.publish, broken), faults.dying_after_commit_point(more))
    tell(interrupted=host.interrupted(broken))
    if moved:
        host.git(broken, "update-ref", "refs/heads/main", commit_of_another(broken))
    for point in range(1, ENOUGH):
        root = room / "host"
        shutil.copytree(broken, root, symlinks=True)
        status = in_child(partial(host.recover, root), faults.dying(point))
        first = host.recover(root)
        tell(at=point, status=status, first=first, picture=host.picture(root))
        shutil.rmtree(root)
        if status == 0:
            return


def commit_of_another(root: Path) -> str:
    tree = host.git(root, "rev-parse", "HEAD^{tree}").strip()
    return host.git(root, "commit-tree", tree, "-p", "HEAD", "-m", "of another").strip()


def errors(template: Path, room: Path, code: int, *, forever: bool, stride: int) -> None:
    """Every call of a publish fails in turn; then the disk is well again."""
    for at in range(1, ENOUGH, stride):
        root = host.copy(template, room / "host")
        counted = faults.failing(code, at, forever=forever)
        problem = attempt(root, counted)
        picture, seen = host.picture(root), host.interrupted(root)
        first = host.recover(root)
        tell(
            at=at,
            problem=problem,
            picture=picture,
            interrupted=seen,
            first=first,
            recovered=host.picture(root),
        )
        shutil.rmtree(root)
        if counted.calls < at:
            return


def attempt(root: Path, fault: AbstractContextManager[object]) -> dict[str, str] | None:
    repository = host.GitRepository(root)
    publisher, base = host.GitPublisher(repository), repository.head()
    try:
        with fault:
            publisher.publish(host.changes(), base=base, message="feat: new\n\nWhy.\n")
    except CannotAnswer as error:
        return {"kind": "cannot", "problem": error.problem, "remedy": error.remedy}
    except BaseException as error:
        return {"kind": "bug", "problem": traceback.format_exc(), "remedy": repr(error)}
    return None


def straced(template: Path, room: Path, calls: str, stride: int) -> None:
    """strace kills whatever process of the publish makes call `at` of its own, ours or git's."""
    for at in range(1, ENOUGH, stride):
        root = host.copy(template, room / "host")
        inject = f"inject={calls}:signal=SIGKILL:when={at}"
        quiet = ("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e", inject)
        publish = (sys.executable, __file__, "publish", str(root), str(room))
        done = subprocess.run([*quiet, *publish], capture_output=True, text=True)
        first, picture = host.recover(root), host.picture(root)
        second, again = host.recover(root), host.picture(root)
        status, said = done.returncode, done.stderr[-2000:]
        tell(at=at, status=status, said=said, first=first, picture=picture)
        tell(at=at, second=second, same=picture == again)
        shutil.rmtree(root)
        if status == 0:
            return


def git_killed(template: Path, room: Path, command: str) -> None:
    """We live, and git dies at each of its own changes to the disk, in one kind of command."""
    tools = room / "tools"
    tools.mkdir()
    script = f"""#!/bin/sh
for word in "$@"; do
  if [ "$word" = {command} ]; then
    exec strace -qq -o {os.devnull} -e trace={CHANGES} \\
      -e inject={CHANGES}:signal=SIGKILL:when="$KILL_AT" {shutil.which("git")} "$@"
  fi
done
exec {shutil.which("git")} "$@"
"""
    (tools / "git").write_text(script)
    (tools / "git").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    for at in range(1, ENOUGH):
        root = host.copy(template, room / "host")
        environment = {**os.environ, "PATH": path, "KILL_AT": str(at)}
        publish = [sys.executable, __file__, "publish", str(root), str(room)]
        done = subprocess.run(publish, env=environment, capture_output=True, text=True)
        alone, waiting = host.picture(root), host.interrupted(root)
        first, picture = host.recover(root), host.picture(root)
        tell(at=at, status=done.returncode, said=done.stderr[-2000:], alone=alone)
        tell(at=at, waiting=waiting, first=first, picture=picture)
        shutil.rmtree(root)
        if done.returncode == 0:
            return


def full_disk(template: Path, disk: Path) -> None:
    """A real disk of a few megabytes, with more room left in every round, until it is enough."""
    root = host.copy(template, disk / "host")
    for room in range(0, ENOUGH, 4):
        free = os.statvfs(disk)
        with suppress(OSError), (disk / "fill").open("wb", buffering=0) as fill:
            fill.write(bytes(max(0, free.f_bavail * free.f_frsize - room * 1024)))
        problem = attempt(root, nullcontext())
        seen = host.interrupted(root)
        (disk / "fill").unlink()
        first = host.recover(root)
        tell(at=room, problem=problem, interrupted=seen, first=first, picture=host.picture(root))
        if problem is None:
            return


def read_only_disk(template: Path, disk: Path) -> None:
    """The same disk, turned read-only."""
    root = host.copy(template, disk / "host")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    tell(problem=attempt(root, nullcontext()), picture=host.picture(root))


def in_child_like(work: Callable[[], object]) -> int:
    try:
        work()
    except CannotAnswer as error:
        print("refused:", error.problem, file=sys.stderr)
        return 4
    return 0


def parallel(root: Path, count: int) -> None:
    """So many publishers at once, each with a file of its own, each trying until it is in."""
    children = []
    for number in range(count):
        child = os.fork()
        if not child:
            os._exit(one_of_many(root, number))
        children.append(child)
    for child in children:
        tell(status=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def one_of_many(root: Path, number: int) -> int:
    change = host.plan_changes({f"many/file{number}.txt": host.File(b"%d" % number)}, {})
    for _ in range(200):
        repository = host.GitRepository(root)
        base = repository.head()
        try:
            host.GitPublisher(repository).publish(change, base=base, message=f"add {number}")
        except CannotAnswer as error:
            if not error.problem.startswith("HEAD moved"):
                print(error.problem, file=sys.stderr, flush=True)
                return 4
        else:
            return 0
    return 5


def main(job: str, template: str, room: str, *rest: str) -> None:
    places = Path(template), Path(room)
    if job == "kills":
        kills(*places)
    elif job == "kills-of-recovery":
        kills_of_recovery(*places, int(rest[0]), moved=rest[1] == "moved")
    elif job == "errors":
        errors(*places, int(rest[0]), forever=rest[1] == "forever", stride=int(rest[2]))
    elif job == "strace":
        straced(*places, rest[0], int(rest[1]))
    elif job == "git-killed":
        git_killed(*places, rest[0])
    elif job == "full-disk":
        full_disk(*places)
    elif job == "read-only-disk":
        read_only_disk(*places)
    elif job == "publish":
        sys.exit(in_child_like(lambda: host.publish(places[0])))
    elif job == "parallel":
        parallel(places[0], int(rest[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
