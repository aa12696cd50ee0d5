"""Import the application as a server would, and write down its routes and what protects them.

Runs in the host's interpreter, at the root of the tree; the application is imported in the folder
in which the host's own tests run. The lock that is committed there is copied
before anything of the host is imported; the host's own output does not matter. An application that
cannot be imported is an answer too: `problem` says why.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

LOCK = "routes.lock"
# A module of the host may have one of these names.
_OURS = ("guards", "list_routes", "fastapi_routes", "flask_routes")
_LARGEST = 1024 * 1024
_STARTUP_SECONDS = 15.0


class StartupFailedError(Exception):
    """The application said that it cannot start; the text is the last line of why."""


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--app", required=True)
    words.add_argument("--framework", required=True)
    words.add_argument("--factory", action="store_true")
    words.add_argument("--path", action="append", default=[])
    words.add_argument("--folder", default=".")
    words.add_argument("--out", type=Path, required=True)
    given = words.parse_args()
    put, clean = os.write, json.dumps
    target = os.open(given.out / "routes.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    _keep_lock(given.out)
    read = importlib.import_module(f"{given.framework}_routes").read
    show_tree(given.path)
    os.chdir(given.folder)
    answer = listing(given.app, given.framework, read, factory=given.factory)
    put(target, clean(answer, indent=0, sort_keys=True).encode())
    return 0


def listing(app: str, framework: str, read: Any, *, factory: bool) -> dict[str, Any]:
    """The document that is written: `routes`, or the `problem`; `startup` says what kept it."""
    try:
        made = load(app, factory=factory)
        startup = start(made) if framework == "fastapi" else ""
        return {"problem": "", "startup": startup, "routes": _sorted(read(made))}
    except BaseException as error:
        return {"problem": _sentence(error), "startup": "", "routes": []}


def show_tree(paths: list[str]) -> None:
    """Import from the tree and no longer from the folder of this script, children included."""
    here = str(Path(__file__).resolve().parent)
    roots = [str(Path(one).resolve()) for one in paths]
    sys.path[:] = [*roots, *(one for one in sys.path if one != here)]
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)
    for name in _OURS:
        sys.modules.pop(name, None)


def load(app: str, *, factory: bool) -> Any:
    """The application that `module:name` names; of a factory, what it makes."""
    module, _, name = app.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    made = found() if factory else found
    if not callable(made):
        raise TypeError(f"{app} is no application")
    return made


def start(app: Any) -> str:
    """Run the startup of an application, which may add routes; the reason when it did not end."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(asyncio.wait_for(_begin(app), _STARTUP_SECONDS))
    except TimeoutError:
        return f"it did not end within {_STARTUP_SECONDS:.0f} seconds"
    except StartupFailedError as error:
        return str(error)
    except BaseException as error:
        return _sentence(error)
    return ""


async def _begin(app: Any) -> None:
    """The lifespan protocol of ASGI up to the end of the startup; the shutdown is never run."""
    begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asked = False

    async def receive() -> dict[str, str]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.failed":
            said = str(message.get("message", "")).strip().splitlines()
            begun.set_exception(StartupFailedError(said[-1][:300] if said else "it failed"))
        elif not begun.done():
            begun.set_result(None)

    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    running = asyncio.ensure_future(app(scope, receive, send))
    done, _ = await asyncio.wait({begun, running}, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()


def _keep_lock(out: Path) -> None:
    lock = Path(LOCK)
    if lock.is_symlink() or (lock.exists() and not lock.is_file()):
        (out / LOCK).write_text("no plain file\n", encoding="utf-8")
    elif lock.is_file():
        with lock.open("rb") as file:
            (out / LOCK).write_bytes(file.read(_LARGEST))


def _sorted(routes: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(routes, key=lambda one: (one["path"], one["method"]))


def _sentence(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].strip()[:300] if lines else ''}".rstrip(": ")


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)
