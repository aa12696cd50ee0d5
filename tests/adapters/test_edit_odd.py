"""Edits of unusual code: lines are added and none is changed, or a person is told what to paste."""

from __future__ import annotations

import ast

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import AppCall, EditCannot, EditDone, EditThere
from orchestrator.core.host.host import Place

PATH = "app/main.py"
FAST = "from fastapi import FastAPI\n"
OBJECTS = [
    f"{FAST}app: FastAPI = FastAPI()\n",
    f"{FAST}app, count = FastAPI(), 1\n",
    f"{FAST}[app] = [FastAPI()]\n",
    f"{FAST}app = api = FastAPI()\n",
    f"{FAST}app = FastAPI(\n    title='x',  # a comment\n    version=(\n        '1'\n    ),\n)\n",
    f"{FAST}app = FastAPI(); other = 1\n",
    f"{FAST}if x:\n    app = FastAPI(debug=True)\nelse:\n    app = FastAPI()\n",
    f"{FAST}try:\n    app = FastAPI()\nexcept OSError:\n    raise\n",
    f"{FAST}with x:\n    app = FastAPI()\n",
    f"{FAST}app = FastAPI()\n\n\n@app.get('/')\n@other(1)\ndef root(): ...\n",
    f"{FAST}app = FastAPI()\n\nif __name__ == '__main__':\n    run(app)\n",
    "try:\n    from fastapi import FastAPI\nexcept ImportError:\n    raise\napp = FastAPI()\n",
    "if x:\n    import y\nimport fastapi as web\napp = web.FastAPI()\n",
    f'"""Doc."""\nfrom __future__ import annotations\n{FAST}app = FastAPI()\n',
    f'#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n"""Doc."""\n{FAST}app = FastAPI()\n',
    f"{FAST}__all__ = ['app']\napp = FastAPI()\n",
    f"from os.path import *\n{FAST}app = FastAPI()\n",
    f"{FAST}install_auth = 1\napp = FastAPI()\n",
    f"{FAST}\x0c\napp = FastAPI()\n",
    f"{FAST}app = FastAPI()  # made\n# and more\n",
    f"{FAST}app = FastAPI()\n\\\n\n",
    f"{FAST}class App(FastAPI): ...\napp = App()\n",
    f"{FAST}app = FastAPI() \\\n    if False else FastAPI()\n",
    f"{FAST}print(app := FastAPI())\n",
    f"{FAST}for app in [FastAPI()]: pass\n",
    f"{FAST}class Site:\n    app = FastAPI()\n",
    f"{FAST}app = None\ndef start():\n    global app\n    app = FastAPI()\n",
]
FACTORIES = [
    f"{FAST}def make():\n    app = FastAPI()\n    return app\n",
    f"{FAST}def make():\n    app: FastAPI = FastAPI()\n    if x: return app\n    return app\n",
    f"{FAST}async def make():\n    app = FastAPI()\n    return app\n",
    f"{FAST}def make():\n\tapp = FastAPI()\n\n\treturn app\n",
    f"{FAST}def make():\n    app, n = FastAPI(), 1\n    return app\n",
    f"{FAST}def make():\n    try:\n        app = FastAPI()\n    finally: x\n    return app\n",
    f"{FAST}def make():\n    def f():\n        app = FastAPI()\n        return app\n    return 1\n",
    f"{FAST}def make():\n    if x:\n        app = FastAPI()\n    return app\n",
    f"{FAST}@cache\ndef make(\n    x: int,\n):\n    'Doc.'\n    app = FastAPI()\n    return app\n",
    f"{FAST}def make():\n    from fastapi import FastAPI\n    app = FastAPI()\n    return app\n",
    f"{FAST}def make():\n    while True:\n        app = FastAPI()\n        break\n    return app\n",
]  # fmt: skip
ENDS = ["\n", "\r\n"]


def call(factory: bool) -> AppCall:
    name = "make" if factory else "app"
    module = "src.auth.install"
    return AppCall(Place(PATH, 2), name, factory, module, "install_auth", "install_auth({app})")


def without(after: bytes, before: bytes) -> bytes:
    """The bytes with every line taken out that was not there, as a removal does it."""
    old, kept = before.splitlines(keepends=True), []
    for line in after.splitlines(keepends=True):
        is_last = len(old) == 1 and line.rstrip(b"\r\n") == old[0]
        if is_last or (old and line == old[0]):
            kept.append(old.pop(0))
    return b"".join(kept)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("text", "factory"), [(t, False) for t in OBJECTS] + [(t, True) for t in FACTORIES]
)
def test_an_edit_adds_lines_and_its_removal_gives_the_same_bytes(
    text: str, factory: bool, last: bool, end: str, mark: bytes
) -> None:
    whole = text if last else text.removesuffix("\n")
    before = mark + whole.replace("\n", end).encode()
    result = SyntaxEditor().apply(call(factory), {PATH: File(before, executable=True)})
    if isinstance(result, EditCannot):
        assert result.because
        assert "from src.auth.install import install_auth" in result.paste
        return
    assert isinstance(result, EditDone)
    after = result.after.content
    assert result.after.executable
    ast.parse(after)
    assert without(after, before) == before
    assert 1 <= after.count(b"install_auth") - before.count(b"install_auth") <= 4
    assert isinstance(SyntaxEditor().apply(call(factory), {PATH: result.after}), EditThere)


def test_most_of_these_can_be_edited() -> None:
    def outcome(text: str, factory: bool) -> bool:
        result = SyntaxEditor().apply(call(factory), {PATH: File(text.encode())})
        return isinstance(result, EditDone)

    assert [n for n, text in enumerate(OBJECTS) if not outcome(text, False)] == [22, 23, 24, 25, 26]
    assert [n for n, text in enumerate(FACTORIES) if not outcome(text, True)] == [6, 7, 10]


@pytest.mark.parametrize(
    "content", [b"from fastapi import FastAPI\rapp = FastAPI()\r", b"\xff\xfe"]
)
def test_bytes_that_cannot_be_written_back_are_left_alone_or_kept(content: bytes) -> None:
    result = SyntaxEditor().apply(call(False), {PATH: File(content)})
    if isinstance(result, EditDone):
        assert without(result.after.content, content) == content
        assert b"\n" not in result.after.content
    else:
        assert isinstance(result, EditCannot)
