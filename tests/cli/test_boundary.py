"""The door: each problem is one sentence, a remedy and a code; never a traceback."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from orchestrator.cli import boundary, door
from orchestrator.cli.table import COMMANDS
from orchestrator.core.errors import CannotAnswer, IntegrityBroken, OrchestratorError, UsageProblem

ENTRY = [sys.executable, "-m", "orchestrator"]


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Make a command named `end` that does what is given."""

    def use(does: Callable[[], object]) -> None:
        @click.command()
        @door.json_option
        def end(*, as_json: bool) -> None:
            does()

        module = ModuleType("ending")
        module.end = end  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "ending", module)
        monkeypatch.setitem(COMMANDS, "end", ("ending", "end", "End."))

    return use


def raising(error: BaseException) -> Callable[[], None]:
    def does() -> None:
        raise error

    return does


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (UsageProblem("no skill x", remedy="did you mean `y`?"), 2, "usage"),
        (CannotAnswer("no story x", remedy="write one"), 4, "cannot_answer"),
        (IntegrityBroken("a byte differs", remedy="restore it"), 5, "integrity"),
        (OrchestratorError("odd", remedy="tell us"), 3, "bug"),
    ],
)
def test_a_problem_is_a_sentence_a_remedy_and_a_code(
    ending: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    error: OrchestratorError,
    code: int,
    kind: str,
) -> None:
    ending(raising(error))
    assert boundary.run(["end"]) == code
    assert capsys.readouterr() == ("", f"{error.problem}\ntry: {error.remedy}\n")
    assert boundary.run(["end", "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "schema": "story-orchestrator/cli/1",
        "kind": "error",
        "exit_code": code,
        "diagnostics": [
            {
                "severity": "error",
                "code": kind,
                "message": error.problem,
                "target": None,
                "fix": error.remedy,
            }
        ],
    }


def test_an_interrupt_that_a_library_made_an_error_of_is_an_interrupt(
    ending: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def wrapped() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt as stop:
            raise ValueError("could not serialize") from stop

    ending(wrapped)
    assert boundary.run(["end"]) == 130
    assert capsys.readouterr() == ("", "interrupted; nothing is half-done\n")


def test_a_bug_is_one_line_and_a_log_with_versions_and_traceback(
    ending: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    ending(raising(ZeroDivisionError("never")))
    assert boundary.run(["end"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    (log,) = (tmp_path / "state").rglob("*.log")
    assert log.name in shown.err
    text = log.read_text(encoding="utf-8")
    assert "ZeroDivisionError: never" in text
    assert "Traceback" in text
    assert "click " in text


def test_a_bug_is_told_where_no_folder_is_writable(
    ending: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    ending(raising(ZeroDivisionError("never")))
    assert boundary.run(["end"]) == 3
    assert "no folder is writable" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE])
def test_a_refusal_of_the_machine_is_no_bug(
    ending: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    number: int,
) -> None:
    ending(raising(OSError(number, os.strerror(number), "place")))
    assert boundary.run(["end"]) == 4
    assert capsys.readouterr().err.startswith(f"the system refused: {os.strerror(number)}: place")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_one_line(
    ending: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
) -> None:
    ending(raising(error))
    assert boundary.run(["end"]) == 130
    assert capsys.readouterr() == ("", "interrupted; nothing is half-done\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_ends_like_ctrl_c_and_cleans_up(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = tmp_path / "wait.py"
    script.write_text(
        "import sys, time, types, click\n"
        "from orchestrator.cli import boundary, table\n"
        "@click.command()\n"
        "def end():\n"
        "    try:\n"
        "        print('waiting', flush=True)\n"
        "        time.sleep(60)\n"
        "    finally:\n"
        "        print('cleaning', flush=True)\n"
        "        time.sleep(0.5)\n"
        "        print('cleaned', flush=True)\n"
        "sys.modules['ending'] = types.SimpleNamespace(end=end)\n"
        "table.COMMANDS['end'] = ('ending', 'end', '')\n"
        "sys.exit(boundary.run(['end']))\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(number)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == "cleaned\n"
    assert err == "interrupted; nothing is half-done\n"


def test_an_answer_may_be_no(
    ending: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ending(lambda: door.answer("end", {}, "result", as_json=False, code=1, line="because"))
    assert boundary.run(["end"]) == 1
    assert capsys.readouterr() == ("result\n", "because\n")


def test_a_document_has_schema_and_kind(
    ending: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ending(lambda: door.answer("end", {"word": "\udce4ü"}, "", as_json=True))
    assert boundary.run(["end", "--json"]) == 0
    found = capsys.readouterr().out
    assert found.isascii()
    assert json.loads(found) == {
        "schema": "story-orchestrator/cli/1",
        "kind": "end",
        "word": "\udce4ü",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["statuz"], "Did you mean 'status'?"),
        (["Verify"], "Did you mean 'verify'?"),
        (["story=AUTH-1"], "Did you mean 'orchestrator exec story=AUTH-1'?"),
        (["zzzzzz"], "Commands: init, survey, new, exec,"),
        (["completion", "--jsn"], "--json"),
        (["completion", "fisch"], "fish"),
        (["completion"], "Missing argument"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage_names_the_nearest_word(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert boundary.run(words) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_wrong_usage_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["statuz", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["kind"] == "error"
    assert "status" in document["diagnostics"][0]["message"]


def test_without_a_command_the_help_is_shown_and_nothing_was_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert boundary.run([]) == 2
    assert "Usage: orchestrator" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["completion", "bash"]])
def test_a_reader_that_leaves_early_changes_no_answer(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*ENTRY, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["--version"], ["completion", "bash"]])
def test_a_full_disk_behind_stdout_is_said(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*ENTRY, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_closed_stdout_is_no_bug() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{' '.join(ENTRY)} completion bash >&-"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_vanished_working_directory_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["/bin/sh", "-c", f"cd {gone} && rmdir {gone} && exec {' '.join(ENTRY)} status"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 4
    assert done.stderr.startswith("the working directory no longer exists\ntry: ")


def test_progress_is_plain_lines_where_nobody_draws(capsys: pytest.CaptureFixture[str]) -> None:
    with door.watched() as progress:
        progress.step("measure")
    assert capsys.readouterr() == ("", "- measure\n")


def test_hidden_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with door.watched(hidden=True) as progress:
        progress.step("measure")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("setting", ["", "CI", "NO_COLOR"])
def test_a_status_line_is_drawn_on_a_terminal_only(setting: str) -> None:
    leader, follower = os.openpty()
    code = (
        "from orchestrator.cli.door import watched\n"
        "with watched() as progress:\n    progress.step('measure')\n"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    more = {setting: "1"} if setting else {}
    subprocess.run(
        [sys.executable, "-c", code],
        stderr=follower,
        env={**kept, "TERM": "xterm", **more},
        check=True,
        cwd=Path(__file__).parents[2],
    )
    os.close(follower)
    shown = _everything(leader)
    assert b"measure" in shown
    assert (b"\x1b[" in shown) is (setting == "")


def _everything(descriptor: int) -> bytes:
    found = b""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            break
        if not piece:
            break
        found += piece
    os.close(descriptor)
    return found
