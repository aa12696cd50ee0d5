"""The demonstration: a story run on a new repository, and its result used over real HTTP.

Usage: python stories/demo [--framework fastapi|flask] [DIR]
    DIR must be absent or empty; default: a new temporary one.
Ends with 0 only if every step answered as it should. Needs git, and the project's environment.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hosts import HOSTS, Host
from service import BIN, client, environment, host_environment, mailed_token, server
from telling import expect, fail, say

STORIES = Path(__file__).resolve().parents[1]
EMAIL = "ada@example.org"
PHRASE = "correct-horse-battery-staple"


def main(argv: list[str]) -> int:
    """Run the whole demonstration."""
    host, place = asked_for(argv)
    repository = new_repository(host, place)
    say(f"a new repository: {repository}")
    say(f"$ {host.command}")
    expect(shell(repository, host.command), 0, "the story is implemented")
    say("$ git log --oneline --shortstat -1")
    shell(repository, "git --no-pager log --oneline --shortstat -1")
    if subprocess.check_output(["git", "status", "--porcelain"], cwd=repository):
        fail("the commit left something behind; see git status")
    say("$ orchestrator verify")
    expect(shell(repository, "orchestrator verify"), 0, "every figure was derived again")
    say("the same command again:")
    expect(shell(repository, host.command), 1, "a story moves once")
    say("the application, as a real server:")
    use_it(host, repository)
    say(
        "All of it held. Try next:\n"
        f"  cd {repository}\n"
        f"  export PATH={BIN}:$PATH\n"
        f"  orchestrator show {host.story:<30}the report again, from the record\n"
        f"  orchestrator gate --story {host.story:<22}measure the tree anew, as CI would\n"
        "  orchestrator log                                the transitions\n"
        "  cat docs/AUTH-SETUP.md                          what was built, every setting\n"
        f"  {host.by_hand:<48}serve it"
    )
    return 0


def asked_for(argv: list[str]) -> tuple[Host, Path]:
    """The host of the framework, and the folder of the new repository."""
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--framework", choices=HOSTS, default="fastapi")
    parser.add_argument("place", nargs="?", type=Path, metavar="DIR")
    words = parser.parse_args(argv)
    host = HOSTS[words.framework]
    place = words.place or Path(tempfile.mkdtemp(prefix=f"{host.folder}-"))
    return host, place.resolve()


def new_repository(host: Host, place: Path) -> Path:
    """Copy the host and the story into a repository with one commit of its own."""
    if place.exists() and any(place.iterdir()):
        fail(f"{place} is not empty")
    shutil.copytree(
        STORIES / host.folder,
        place,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", ".venv", "*.db*", ".pytest_cache"),
    )
    (place / "stories").mkdir()
    shutil.copy(STORIES / f"{host.story}.md", place / "stories")
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["config", "user.name", "Ada Example"],
        ["config", "user.email", EMAIL],
        ["config", "commit.gpgsign", "false"],
        ["add", "--all"],
        ["commit", "--quiet", f"--message={host.folder}, and the story of its log-in"],
    ):
        subprocess.run(["git", *words], cwd=place, check=True, stdout=sys.stderr)
    return place


def shell(folder: Path, command: str) -> int:
    """Run a command as a user would type it; its output is ours."""
    sys.stdout.flush()
    return subprocess.run(
        ["sh", "-c", command], check=False, cwd=folder, env=environment()
    ).returncode


def use_it(host: Host, repository: Path) -> None:
    """Serve the application and use it as its users would."""
    mails = Path(tempfile.mkdtemp(prefix=f"{host.folder}-mail-"))
    python = host_environment(repository)
    with server(host, repository, python, mails) as port:
        ask = client(port)
        log_in_and_out(ask, host, mails)
        ask("GET", host.open_path, 200)
        if host.elsewhere:
            say("  nobody registered this application at Google, so that way is closed:")
            ask("GET", host.elsewhere, 404)
    shutil.rmtree(mails)


def log_in_and_out(ask: Callable[..., Mapping[str, object]], host: Host, mails: Path) -> None:
    """Register, verify, log in, be known, log out, be refused."""
    ask("POST", "/auth/register", 202, {"email": EMAIL, "password": PHRASE})
    ask("POST", "/auth/verify-email", 204, {"token": mailed_token(mails)})
    ask("POST", "/auth/login", 401, {"email": EMAIL, "password": "not-" + PHRASE})
    pair = ask("POST", "/auth/login", 200, {"email": EMAIL, "password": PHRASE})
    access = str(pair["access_token"])
    for path in host.own_account:
        me = ask("GET", path, 200, bearer=access)
        if me.get("email") != EMAIL:
            fail(f"{path} answered {me}")
    ask("GET", "/auth/me", 401)
    ask("POST", "/auth/logout", 204, bearer=access)
    ask("GET", "/auth/me", 401, bearer=access)
    ask("POST", "/auth/refresh", 401, {"refresh_token": str(pair["refresh_token"])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
