"""Commands run with limits, confinement and neutral paths; real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.running.process import LARGEST, ProcessRunner
from orchestrator.core.gate.check import Command, Completed

Run = Callable[..., Completed]
MODES = ["confined", "plain"]


@pytest.fixture(params=MODES)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> ProcessRunner:
    made = ProcessRunner(confined=request.param == "confined")
    if request.param == "confined" and not made.confinement(tmp_path).network_off:
        pytest.skip("this system has no namespaces for us")
    return made


@pytest.fixture
def run(runner: ProcessRunner, tmp_path: Path) -> Run:
    tree = tmp_path / "tree"
    tree.mkdir()

    def go(*argv: str, **options: object) -> Completed:
        command = Command("one", argv, **options)  # type: ignore[arg-type]
        return runner.run(command, tree=tree, python=Path(sys.executable))

    return go


def python(code: str) -> tuple[str, ...]:
    return "{python}", "-c", code


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(marker: str) -> bool:
    """Say whether no process has the marker in its command line, after a moment's patience."""
    for _ in range(100):
        lines = [_command_line(entry) for entry in Path("/proc").glob("[0-9]*")]
        if not any(marker in line for line in lines):
            return True
        time.sleep(0.02)
    return False


def _command_line(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def test_a_command_ends_as_it_ended(run: Run) -> None:
    done = run(*python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert done.trouble == ""


def test_a_signal_is_told_as_the_shell_tells_it(run: Run) -> None:
    assert run(*python("import os; os.kill(os.getpid(), 9)")).exit_code == 137


def test_a_program_that_does_not_exist_is_127(run: Run) -> None:
    assert run("no-such-program-anywhere").exit_code == 127


def test_there_is_no_shell_and_nothing_to_read(run: Run) -> None:
    done = run(*python("import sys; print(sys.argv[1:], repr(sys.stdin.read()))"), "$HOME; *")
    assert done.stdout == b"['$HOME; *'] ''\n"


def test_the_environment_holds_what_is_allowed_and_nothing_else(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "of the caller")
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    done = run(*python("import os; print(sorted(os.environ))"), env=(("GIVEN", "{tree}"),))
    assert done.stdout.decode() == (
        "['GIVEN', 'HOME', 'LANG', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', "
        "'TMPDIR', 'TZ']\n"
    )


def test_home_and_temp_are_empty_folders_that_can_be_written(run: Run) -> None:
    code = (
        "import os, tempfile, pathlib\n"
        "print(os.listdir(os.environ['HOME']), os.listdir(os.environ['TMPDIR']))\n"
        "pathlib.Path.home().joinpath('x').write_text('x')\n"
        "tempfile.NamedTemporaryFile().write(b'x')\n"
    )
    done = run(*python(code))
    assert (done.exit_code, done.stdout) == (0, b"[] []\n")


def test_files_of_the_gate_are_there_and_outputs_come_back(run: Run) -> None:
    code = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[2])"
    done = run(
        *python(code),
        "{gate}/given.txt",
        "{out}/made.txt",
        files=(("given.txt", "content\n"),),
        outputs=("made.txt", "never.txt"),
    )
    assert done.outputs == {"made.txt": b"content\n"}


def test_an_output_that_is_a_link_is_not_followed(run: Run) -> None:
    code = "import os, sys; os.symlink('/etc/passwd', sys.argv[1])"
    assert run(*python(code), "{out}/made.txt", outputs=("made.txt",)).outputs == {}


def test_paths_of_the_machine_become_placeholders(run: Run, tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "print(os.getcwd()); print(os.getcwd() + '/a/b.py')\n"
        "print(sys.argv[1]); print(sys.prefix)\n"
        "print(pathlib.Path.home())\n"
    )
    lines = run(*python(code), "{out}").stdout.decode().splitlines()
    assert lines == [".", "a/b.py", "{out}", "{environment}", "{work}/home"]


def test_a_command_that_does_not_end_is_killed_with_its_children(run: Run) -> None:
    marker = f"marker{os.getpid()}{threading.get_ident()}"
    sleeper = f"import time; time.sleep(600)  # {marker}"
    code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {sleeper!r}])\n"
        f"subprocess.Popen([sys.executable, '-c', {sleeper!r}], start_new_session=True)\n"
        "time.sleep(600)\n"
    )
    done = run(*python(code), timeout=2)
    assert done.exit_code is None
    assert done.trouble == "did not end within 2 seconds"
    assert gone(marker)


def test_a_daemon_that_a_command_leaves_behind_is_killed(run: Run) -> None:
    marker = f"daemon{os.getpid()}{threading.get_ident()}"
    sleeper = f"import time; time.sleep(600)  # {marker}"
    code = (
        "import os, subprocess, sys\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    subprocess.Popen([sys.executable, '-c', {sleeper!r}])\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    assert run(*python(code)).exit_code == 0
    assert gone(marker)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_too_much_output_ends_the_command(run: Run, stream: str) -> None:
    code = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)\n"
    done = run(*python(code))
    assert done.exit_code is None
    assert done.trouble == f"more than {LARGEST} bytes on {stream}"
    assert len(done.stdout) + len(done.stderr) < LARGEST


def test_an_output_file_that_is_too_large_is_trouble(run: Run) -> None:
    code = f"import sys; open(sys.argv[1], 'wb').truncate({LARGEST + 1})"
    done = run(*python(code), "{out}/made", outputs=("made",))
    assert (done.exit_code, done.outputs) == (None, {})
    assert "more than" in done.trouble


def test_stop_ends_what_runs_and_starts_nothing_more(runner: ProcessRunner, tmp_path: Path) -> None:
    command = Command("long", python("import time; time.sleep(600)"), timeout=300)
    found: list[Completed] = []

    def go() -> None:
        found.append(runner.run(command, tree=tmp_path, python=Path(sys.executable)))

    thread = threading.Thread(target=go)
    thread.start()
    while not runner._running:
        time.sleep(0.01)
    runner.stop()
    thread.join(30)
    go()
    assert [one.trouble for one in found] == ["interrupted", "interrupted"]


def test_what_a_command_writes_elsewhere_is_refused_when_confined(tmp_path: Path) -> None:
    runner = ProcessRunner()
    if not runner.confinement(tmp_path).private:
        pytest.skip("this system has no private view of a tree")
    code = (
        "import pathlib, sys\n"
        "pathlib.Path('inside').write_text('x')\n"
        "pathlib.Path(sys.prefix, 'planted').write_text('x')\n"
    )
    done = runner.run(Command("one", python(code)), tree=tmp_path, python=Path(sys.executable))
    assert b"Read-only file system" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert not Path(sys.prefix, "planted").exists()


def test_a_confined_command_has_a_tmp_of_its_own(tmp_path: Path) -> None:
    runner = ProcessRunner()
    if not runner.confinement(tmp_path).network_off:
        pytest.skip("this system has no namespaces for us")
    name = f"own-{os.getpid()}"
    code = f"import pathlib; p = pathlib.Path('/tmp/{name}'); p.write_text('x'); print(p.exists())"
    command = Command("one", python(code))
    done = runner.run(command, tree=tmp_path, python=Path(sys.executable))
    assert done.stdout == b"True\n", done.stderr
    assert not Path("/tmp", name).exists()


def test_git_works_in_a_linked_work_tree(tmp_path: Path) -> None:
    words = "-c user.name=T -c user.email=t@example.org commit --quiet --allow-empty -m x"
    for argv in (["init", "--quiet"], words.split(), ["worktree", "add", "--quiet", "linked"]):
        subprocess.run(["git", *argv], cwd=tmp_path, check=True)
    command = Command("one", ("git", "log", "--format=%s"))
    runner = ProcessRunner()
    done = runner.run(command, tree=tmp_path / "linked", python=Path(sys.executable))
    assert done.stdout == b"x\n", done.stderr


def test_a_confined_command_has_the_loopback_alone(tmp_path: Path) -> None:
    runner = ProcessRunner()
    if not runner.confinement(tmp_path).network_off:
        pytest.skip("this system has no namespaces for us")
    code = "import socket; print([name for _, name in socket.if_nameindex()])"
    done = runner.run(Command("one", python(code)), tree=tmp_path, python=Path(sys.executable))
    assert done.stdout == b"['lo']\n"
    assert done.network_off


def test_nothing_stays_behind_in_the_temporary_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run(*python("print(1)"))
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]
