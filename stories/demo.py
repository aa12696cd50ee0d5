"""The demonstration: a story run on a new repository, and its result used over real HTTP.

Usage: python stories/demo.py [DIR]      DIR must be absent or empty; default: a new temporary one.
Ends with 0 only if every step answered as it should. Needs git, and the project's environment.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

STORIES = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
STORY = "AUTH-IMPLEMENT-001"
COMMAND = """\
orchestrator exec story=AUTH-IMPLEMENT-001 skill=code-development operation_type=implement \
language=python framework=fastapi \\
  context7_search=true search_patterns=["authentication", "jwt", "user_management"] \\
  memory_integration=true documentation_retrieval=true quality_gate=comprehensive"""
EMAIL = "ada@example.org"
PHRASE = "correct-horse-battery-staple"
PATIENCE = 30.0


def main(argv: list[str]) -> int:
    """Run the whole demonstration."""
    place = Path(argv[0]).resolve() if argv else Path(tempfile.mkdtemp(prefix="taskflow-api-"))
    repository = new_repository(place)
    say(f"a new repository: {repository}")
    say(f"$ {COMMAND}")
    expect(shell(repository, COMMAND), 0, "the story is implemented")
    say("$ git log --oneline --shortstat -1")
    shell(repository, "git --no-pager log --oneline --shortstat -1")
    if subprocess.check_output(["git", "status", "--porcelain"], cwd=repository):
        fail("the commit left something behind; see git status")
    say("$ orchestrator verify")
    expect(shell(repository, "orchestrator verify"), 0, "every figure was derived again")
    say("the same command again:")
    expect(shell(repository, COMMAND), 1, "a story moves once")
    say("the application, as a real server:")
    use_it(repository)
    say(
        "All of it held. Try next:\n"
        f"  cd {repository}\n"
        f"  export PATH={BIN}:$PATH\n"
        f"  orchestrator show {STORY}            the report again, from the record\n"
        f"  orchestrator gate --story {STORY}    measure the tree anew, as CI would\n"
        "  orchestrator log                                the transitions\n"
        "  cat docs/AUTH-SETUP.md                          what was built, every setting\n"
        "  .venv/bin/uvicorn src.main:app                  serve it; its routes are on /docs"
    )
    return 0


def new_repository(place: Path) -> Path:
    """Copy the host and the story into a repository with one commit of its own."""
    if place.exists() and any(place.iterdir()):
        fail(f"{place} is not empty")
    shutil.copytree(
        STORIES / "taskflow-api",
        place,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", ".venv", "*.db*", ".pytest_cache"),
    )
    (place / "stories").mkdir()
    shutil.copy(STORIES / f"{STORY}.md", place / "stories")
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["config", "user.name", "Ada Example"],
        ["config", "user.email", EMAIL],
        ["config", "commit.gpgsign", "false"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=TaskFlow API, and the story of its log-in"],
    ):
        subprocess.run(["git", *words], cwd=place, check=True, stdout=sys.stderr)
    return place


def shell(folder: Path, command: str) -> int:
    """Run a command as a user would type it; its output is ours."""
    sys.stdout.flush()
    return subprocess.run(
        ["sh", "-c", command], check=False, cwd=folder, env=environment()
    ).returncode


def environment(**more: str) -> dict[str, str]:
    """Our environment with the project's commands first and no foreign settings of the module."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, **more}


def use_it(repository: Path) -> None:
    """Register, verify, log in, be known, log out, be refused."""
    mails = Path(tempfile.mkdtemp(prefix="taskflow-mail-"))
    python = host_environment(repository)
    with server(repository, python, mails) as port:
        ask = client(port)
        ask("POST", "/auth/register", 202, {"email": EMAIL, "password": PHRASE})
        token = mailed_token(mails)
        ask("POST", "/auth/verify-email", 204, {"token": token})
        ask("POST", "/auth/login", 401, {"email": EMAIL, "password": "not-" + PHRASE})
        pair = ask("POST", "/auth/login", 200, {"email": EMAIL, "password": PHRASE})
        access = str(pair["access_token"])
        me = ask("GET", "/auth/me", 200, bearer=access)
        if me.get("email") != EMAIL:
            fail(f"/auth/me answered {me}")
        ask("GET", "/users/me", 200, bearer=access)
        ask("GET", "/auth/me", 401)
        ask("POST", "/auth/logout", 204, bearer=access)
        ask("GET", "/auth/me", 401, bearer=access)
        ask("POST", "/auth/refresh", 401, {"refresh_token": str(pair["refresh_token"])})
        ask("GET", "/projects", 200)
    shutil.rmtree(mails)


def host_environment(repository: Path) -> Path:
    """The repository's own `.venv`, made from its manifest; from uv's cache without a network."""
    uv = str(BIN / "uv")
    made = [uv, "venv", "--quiet", "--python", sys.executable, str(repository / ".venv")]
    subprocess.run(made, check=True, env=environment(), stdout=sys.stderr)
    python = repository / ".venv" / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python), "-r", "pyproject.toml"]
    for words, stderr in (([*install, "--offline"], subprocess.DEVNULL), (install, None)):
        done = subprocess.run(
            words, cwd=repository, env=environment(), stdout=sys.stderr, stderr=stderr, check=False
        )
        if done.returncode == 0:
            return python
    return fail("the application's dependencies cannot be installed; is there a network?")


@contextlib.contextmanager
def server(repository: Path, python: Path, mails: Path) -> Iterator[int]:
    """A server process on a free loopback port, ended with all its children."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = mails.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "uvicorn", "src.main:app", "--no-proxy-headers", f"--port={port}"],
            cwd=repository,
            env=environment(AUTH_EMAIL_BACKEND="file", AUTH_EMAIL_FILE_PATH=str(mails)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: listens(port, process), f"the server does not start; see {log}")
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
    log.unlink()


def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Say whether the server accepts connections yet."""
    if process.poll() is not None:
        return False
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def client(port: int) -> Callable[..., Mapping[str, object]]:
    """Requests to the server: each prints its status line and must answer as expected."""

    def ask(
        method: str,
        path: str,
        status: int,
        body: Mapping[str, str] | None = None,
        bearer: str = "",
    ) -> Mapping[str, object]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        version = "1.1" if answer.version == 11 else "1.0"
        who = " with the access token" if bearer else ""
        say(f"  {method:<5} {path + who:<36} HTTP/{version} {answer.status} {answer.reason}")
        if answer.status != status:
            fail(f"expected {status}: {content.decode(errors='replace')[:500]}")
        found = json.loads(content) if content else {}
        return found if isinstance(found, dict) else {"items": found}

    return ask


def mailed_token(mails: Path) -> str:
    """The token of the first mail that has one."""
    found: list[str] = []

    def look() -> bool:
        for path in sorted(mails.glob("*.json")):
            token = json.loads(path.read_bytes()).get("token")
            found.extend([token] if token else [])
        return bool(found)

    wait_for(look, f"no mail arrived in {mails}")
    say("  the mail arrived, with its link")
    return found[0]


def wait_for(holds: Callable[[], bool], otherwise: str) -> None:
    """Ask again until it holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            fail(otherwise)
        time.sleep(0.1)


def expect(code: int, wanted: int, meaning: str) -> None:
    """Go on only with the exit code that was promised."""
    if code != wanted:
        fail(f"exit code {code}, expected {wanted} ({meaning})")
    say(f"exit code {code}: {meaning}")


def say(text: str) -> None:
    """One step, on stdout."""
    print(f"\n{text}" if not text.startswith("  ") else text, flush=True)


def fail(problem: str) -> NoReturn:
    """End the demonstration."""
    print(f"demo: {problem}", file=sys.stderr, flush=True)
    raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
