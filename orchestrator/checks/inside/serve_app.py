"""Serve the application on the loopback, and write down its routes once it has started.

Runs in the host's interpreter, started by `observe.py`. FastAPI is served by uvicorn, Flask by the
server that comes with it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--app", required=True)
    words.add_argument("--framework", required=True)
    words.add_argument("--factory", action="store_true")
    words.add_argument("--path", action="append", default=[])
    words.add_argument("--folder", default=".")
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--routes", type=Path, required=True)
    given = words.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    lister: Any = importlib.import_module("list_routes")
    read = importlib.import_module(f"{given.framework}_routes").read
    lister.show_tree(given.path)
    os.chdir(given.folder)
    app = lister.load(given.app, factory=given.factory)

    def tell() -> None:
        fresh = given.routes.with_suffix(".new")
        fresh.write_text(json.dumps(read(app)), encoding="utf-8")
        os.replace(fresh, given.routes)  # noqa: PTH105

    tell()
    if given.framework == "flask":
        _serve_flask(app, given.port)
    else:
        _serve_asgi(app, given.port, tell)


def _serve_flask(app: Any, port: int) -> None:
    make: Any = importlib.import_module("werkzeug.serving").make_server
    make("127.0.0.1", port, app, threaded=True).serve_forever()


def _serve_asgi(app: Any, port: int, tell: Any) -> None:
    """Routes that the startup adds are known when it is complete."""

    async def whole(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def seen(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                tell()
            await send(message)

        await app(scope, receive, seen)

    uvicorn: Any = importlib.import_module("uvicorn")
    uvicorn.run(whole, host="127.0.0.1", port=port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    main()
