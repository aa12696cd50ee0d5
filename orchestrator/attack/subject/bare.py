"""Applications of a few lines, to attack the module in, or to compare its host with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator.attack.subject.server import Application

_MADE = {
    "fastapi": "from fastapi import FastAPI\n\napp = FastAPI({options})\n",
    "flask": "from flask import Flask\n\napp = Flask(__name__)\n",
}
_DEBUG = {"fastapi": "debug=True", "flask": ""}


def bare_application(
    like: Application, folder: Path, *, installed: bool = True, debug: bool = False
) -> Application:
    """An application of the same framework that has nothing but the module, or not even that."""
    name = f"bare_{'with' if installed else 'without'}{'_debug' if debug else ''}"
    folder.mkdir(exist_ok=True)
    options = _DEBUG[like.framework] if debug else ""
    text = _MADE[like.framework].format(options=options)
    if debug and like.framework == "flask":
        text += "app.debug = True\n"
    if installed:
        text += f"\nfrom {like.package}.install import install_auth\n\ninstall_auth(app)\n"
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return replace(like, app=f"{name}:app", factory=False, paths=(*like.paths, str(folder)))
