"""The call lands right after the application is made, and nothing else in the file moves."""

from __future__ import annotations

import difflib

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import AppCall, EditCannot, EditDone, EditResult, EditThere
from orchestrator.core.host.host import Place

PATH = "src/main.py"


def edit(
    app: str = "app",
    *,
    factory: bool = False,
    module: str = "src.auth.install",
    at_end: bool = False,
) -> AppCall:
    call = "install_auth({app})"
    return AppCall(Place(PATH, 1), app, factory, module, "install_auth", call, at_end)


def apply(text: str | bytes, wanted: AppCall | None = None, *, bit: bool = False) -> EditResult:
    content = text if isinstance(text, bytes) else text.encode()
    existing = {PATH: File(content, bit), "src/core/config.py": File(b""), "src/zoo.py": File(b"")}
    return SyntaxEditor().apply(wanted or edit(), existing)


def done(text: str, wanted: AppCall | None = None) -> str:
    result = apply(text, wanted)
    assert isinstance(result, EditDone), result
    assert isinstance(apply(result.after.content, wanted), EditThere)
    after = result.after.content.decode()
    changed = list(difflib.ndiff(text.splitlines(), after.splitlines()))
    assert not [line for line in changed if line.startswith("-")]
    return after


def added(text: str, wanted: AppCall | None = None) -> list[str]:
    """The lines that are new, each with the line before it."""
    after = done(text, wanted).splitlines()
    before = text.splitlines()
    found = difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    return [line for tag, _, _, i, j in found if tag == "insert" for line in after[i:j] if line]


def cannot(text: str, wanted: AppCall | None = None) -> EditCannot:
    result = apply(text, wanted)
    assert isinstance(result, EditCannot), result
    return result


def test_import_and_call_join_a_module_that_makes_the_application() -> None:
    text = (
        '"""Doc."""\n\nfrom fastapi import FastAPI\nfrom src.core.config import settings\n\n'
        'app = FastAPI()\n\n\n@app.get("/")\ndef root(): ...\n'
    )
    assert done(text) == (
        '"""Doc."""\n\nfrom fastapi import FastAPI\nfrom src.auth.install import install_auth\n'
        "from src.core.config import settings\n\napp = FastAPI()\ninstall_auth(app)\n\n\n"
        '@app.get("/")\ndef root(): ...\n'
    )


@pytest.mark.parametrize(
    "made",
    [
        "app = FastAPI()",
        "app: FastAPI = FastAPI()",
        'app = FastAPI(\n    title="x",\n    debug=True,\n)',
        "app = api = FastAPI()",
        "if DEBUG:\n    app = FastAPI(debug=True)\nelse:\n    app = FastAPI()",
        "try:\n    app = FastAPI()\nexcept ImportError:\n    raise",
        "try:\n    app = FastAPI(a=1)\nexcept ImportError:\n    app = FastAPI()",
        "with settings():\n    app = FastAPI()",
        "app = FastAPI()\n# the end",
        "app = FastAPI(); other = 1",
    ],
)
def test_the_call_follows_however_the_application_is_made(made: str) -> None:
    after = done(f"from fastapi import FastAPI\n\n{made}\nlater = 1\n")
    lines = after.splitlines()
    assert lines[lines.index("install_auth(app)") - 1] in made.splitlines()
    assert lines.index("install_auth(app)") < lines.index("later = 1")


def test_the_application_is_recognised_under_other_names() -> None:
    text = "import fastapi as web\n\n\nclass Api(web.FastAPI):\n    pass\n\n\nservice = Api()\n"
    assert added(text, edit("service"))[-1] == "install_auth(service)"


def test_a_class_of_the_hosts_own_modules_makes_the_application() -> None:
    text = "from src.core.site import Site, Wrap\n\napp = Site('x')\n"
    assert added(text)[-1] == "install_auth(app)"
    wrapped = "from fastapi import FastAPI\nfrom src.site import Wrap\n\napp = Wrap(FastAPI())\n"
    assert "wrapped" in cannot(wrapped).because
    foreign = "from library import Site\n\napp = Site('x')\n"
    assert cannot(foreign).because


def test_a_later_wrapping_leaves_the_call_before_it() -> None:
    text = "from fastapi import FastAPI\n\napp = FastAPI()\napp = Wrapper(app)\n"
    lines = done(text).splitlines()
    assert lines[-2:] == ["install_auth(app)", "app = Wrapper(app)"]


def test_of_two_applications_of_one_name_the_last_is_used() -> None:
    text = "from fastapi import FastAPI\n\napp = FastAPI()\napp = FastAPI(debug=True)\n"
    assert done(text).splitlines()[-2:] == ["app = FastAPI(debug=True)", "install_auth(app)"]


def test_in_a_factory_the_call_stands_before_the_return_with_the_local_name() -> None:
    text = (
        "from fastapi import FastAPI\n\n\ndef create_app(debug: bool) -> FastAPI:\n"
        "    api = FastAPI(debug=debug)\n    api.state.x = 1\n    return api\n"
    )
    lines = done(text, edit("create_app", factory=True)).splitlines()
    assert lines[lines.index("    install_auth(api)") - 1] == "    api = FastAPI(debug=debug)"
    assert "from src.auth.install import install_auth" in lines


FLASK = "from flask import Flask\n\n\ndef create_app() -> Flask:\n    app = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("body", "before", "after"),
    [
        ("    app.config['A'] = 1\n    return app\n", "app.config['A'] = 1", "return app"),
        ("    return app\n", "app = Flask(__name__)", "return app"),
        ("    @app.get('/')\n    def x():\n        return 1\n\n    return app\n", "", "return app"),
        ("    # done\n    return app\n", "app = Flask(__name__)", "# done"),
        ("    if 1:\n        return app\n    return app\n", "app = Flask(__name__)", "if 1:"),
        ("    x = 1; return app\n", "app = Flask(__name__)", "x = 1; return app"),
        ("    app = wrap(app)\n    return app\n", "app = Flask(__name__)", "app = wrap(app)"),
    ],
)
def test_at_the_end_of_a_factory_the_call_stands_right_before_the_one_return(
    body: str, before: str, after: str
) -> None:
    lines = done(FLASK + body, edit("create_app", factory=True, at_end=True)).splitlines()
    at = lines.index("    install_auth(app)")
    assert (lines[at - 1].strip(), lines[at + 1].strip()) == (before, after)


def test_a_blank_line_before_the_return_stands_before_the_call() -> None:
    text = f"{FLASK}    @app.get('/')\n    def x():\n        return 1\n\n    return app\n"
    after = done(text, edit("create_app", factory=True, at_end=True))
    assert after.endswith("        return 1\n\n    install_auth(app)\n    return app\n")


def test_a_second_module_of_ours_is_called_after_the_first() -> None:
    text = "from fastapi import FastAPI\n\napp = FastAPI()\nlater = 1\n"
    first = AppCall(Place(PATH, 1), "app", False, "src.auth.shield", "shield", "shield({app})")
    once = done(text, first)
    assert done(once).splitlines()[-3:] == ["shield(app)", "install_auth(app)", "later = 1"]


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        (["from fastapi import FastAPI"], [0, "", "new"]),
        (["from fastapi import FastAPI", "", "from .core import x"], [0, "", "new", "", 2]),
        (["from fastapi import FastAPI", "", "from src.zoo import x"], [0, 1, "new", 2]),
        (["from fastapi import FastAPI", "from src.aaa import x"], [0, 1, "new"]),
        (
            ["from fastapi import FastAPI", "", "# ours", "from src.zoo import x"],
            [0, 1, "new", 2, 3],
        ),
        (["try:", "    from fastapi import FastAPI", "except ImportError:", "    raise"], None),
    ],
)
def test_the_import_stands_where_sorted_imports_have_it(
    imports: list[str], expected: list[int | str] | None
) -> None:
    after = done("\n".join([*imports, "", "app = FastAPI()", ""])).splitlines()
    new = "from src.auth.install import install_auth"
    wanted = expected if expected is not None else [*range(len(imports)), "", "new"]
    lines = [imports[one] if isinstance(one, int) else new if one else "" for one in wanted]
    assert after[: len(lines)] == lines


def test_a_library_whose_name_a_folder_of_the_host_has_stays_foreign() -> None:
    content = b"from fastapi import FastAPI\n\napp = FastAPI()\n"
    deep = {PATH: File(content), "core/fastapi/logging.py": File(b""), "src/zoo.py": File(b"")}
    result = SyntaxEditor().apply(edit(), deep)
    assert isinstance(result, EditDone)
    first, blank, second, *_ = result.after.content.decode().splitlines()
    assert (first, blank) == ("from fastapi import FastAPI", "")
    assert second == "from src.auth.install import install_auth"


def test_future_imports_and_docstrings_stay_first() -> None:
    first = '"""Doc."""\nfrom __future__ import annotations\nimport fastapi\n'
    text = f"{first}\napp = fastapi.FastAPI()\n"
    lines = done(text).splitlines()
    assert lines[:3] == text.splitlines()[:3]


def test_a_taken_name_is_imported_under_another() -> None:
    text = "from fastapi import FastAPI\n\n\ndef install_auth(x): ...\n\n\napp = FastAPI()\n"
    after = done(text)
    assert "import install_auth as install_auth_module\n" in after
    assert after.endswith("app = FastAPI()\ninstall_auth_module(app)\n")


def test_no_name_left_is_a_reason_to_stop() -> None:
    text = "from fastapi import FastAPI\ninstall_auth = install_auth_module = 1\napp = FastAPI()\n"
    assert "is taken" in cannot(text).because


def test_an_import_under_another_name_counts_as_there() -> None:
    text = (
        "from fastapi import FastAPI\nfrom src.auth.install import install_auth as go\n"
        "app = FastAPI()\ngo(app)\n"
    )
    assert isinstance(apply(text), EditThere)


def test_an_import_that_is_there_is_used_by_the_call() -> None:
    imports = "from fastapi import FastAPI\nfrom src.auth.install import install_auth as go\n"
    assert done(f"{imports}\napp = FastAPI()\n") == f"{imports}\napp = FastAPI()\ngo(app)\n"


@pytest.mark.parametrize(
    ("text", "wanted", "because"),
    [
        ("from fastapi import FastAPI\napp = wrap(FastAPI())\n", edit(), "wrapped"),
        ("from fastapi import FastAPI\nif x:\n    app = FastAPI()\n", edit(), "only some branches"),
        (
            "from fastapi import FastAPI\nfor x in y:\n    app = FastAPI()\n",
            edit(),
            "only some branches",
        ),
        (
            "from fastapi import FastAPI\ntry:\n    app = FastAPI()\nexcept E:\n    app = None\n",
            edit(),
            "only some branches",
        ),
        ("from fastapi import FastAPI\n", edit(), "not made by a plain call"),
        ("def broken(:\n", edit(), "does not parse"),
        ("deep = " + "-" * 100_000 + "1\n", edit(), "does not parse"),
        (
            "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n",
            edit("create_app", factory=True),
            "named first",
        ),
        (
            "from fastapi import FastAPI\ndef create_app(): app = FastAPI(); return app\n",
            edit("create_app", factory=True),
            "one line",
        ),
        ("x = 1\n", edit("create_app", factory=True), "no function create_app"),
    ],
)
def test_what_is_not_safe_is_not_done_and_says_what_to_paste(
    text: str, wanted: AppCall, because: str
) -> None:
    result = cannot(text, wanted)
    assert because in result.because
    assert "from src.auth.install import install_auth\n" in result.paste
    assert "install_auth(app)" in result.paste
    assert PATH in result.paste


def test_a_missing_file_is_told() -> None:
    result = SyntaxEditor().apply(edit(), {})
    assert isinstance(result, EditCannot)
    assert "not there" in result.because


@pytest.mark.parametrize(
    "before",
    [
        b"from fastapi import FastAPI\r\napp = FastAPI()\r\n",
        b"\xef\xbb\xbffrom fastapi import FastAPI\napp = FastAPI()\n",
        b"from fastapi import FastAPI\napp = FastAPI()",
        b"# -*- coding: latin-1 -*-\n# \xe9\nfrom fastapi import FastAPI\napp = FastAPI()\n",
        b"#!/usr/bin/env python\nfrom fastapi import FastAPI\n\tif_tabs = 1\n".replace(
            b"\tif_tabs = 1\n", b"if x:\n\ty = 1\napp = FastAPI()\n"
        ),
    ],
)
def test_line_ends_marks_cookies_and_tabs_stay(before: bytes) -> None:
    result = apply(before, bit=True)
    assert isinstance(result, EditDone)
    after = result.after.content
    end = b"\r\n" if b"\r\n" in before else b"\n"
    kept = [line for line in after.split(end) if b"install_auth" not in line]
    assert [line for line in kept if line] == [line for line in before.split(end) if line]
    assert after.endswith(end) is before.endswith(end)
    assert after.count(b"\n") == after.count(end)
    assert result.after.executable
