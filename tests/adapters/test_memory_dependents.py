"""What rests on a package that is taken away: the imports that nothing satisfies any more."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from host_trees import tree

from orchestrator.adapters.memory.dependents import followers, importers
from orchestrator.core.host.host import Place


def users(files: Mapping[str, str]) -> list[str]:
    """The places in a tree that need the package `app.auth`."""
    listing = dict.fromkeys(files, "100644 blob")
    found = importers(
        listing, lambda path: files[path].encode(), package="app.auth", folder="src/app/auth"
    )
    return [str(place) for place in found]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", "import app.auth"),
        ("main.py", "import app.auth.web"),
        ("main.py", "from app.auth import web"),
        ("main.py", "from app import auth"),
        ("src/app/main.py", "from .auth.web import api"),
        ("src/app/auth/mine.py", "from .web import api"),
        ("src/app/auth/mine.py", "from . import web"),
        ("src/app/auth/mine.py", "def late():\n    from app.auth.web import api"),
        ("src/app/auth/deep/mine.py", "from ..web import api"),
    ],
)
def test_an_import_of_what_goes_is_found(path: str, text: str) -> None:
    (place,) = users({path: text, "src/app/__init__.py": ""})
    assert place.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", "from app.auth.mine import X"),
        ("main.py", "from app.auth import mine"),
        ("main.py", "import app.auth.mine"),
        ("src/app/auth/other.py", "from . import mine"),
        ("src/app/auth/other.py", "from .mine import X"),
        ("src/app/auth/other.py", "from ..main import X"),
        ("main.py", "import app.authors"),
        ("main.py", "from app import authors"),
    ],
)
def test_a_persons_own_module_in_our_folder_stays_importable(path: str, text: str) -> None:
    assert users({path: text, "src/app/auth/mine.py": "X = 1\n"}) == []


REVISION = "revision = {!r}\ndown_revision = {!r}\n"


@pytest.mark.parametrize(
    ("other", "after"),
    [
        (REVISION.format("b2", "a1"), True),
        (REVISION.format("b2", ("a1", "c3")), True),
        (REVISION.format("b2", "c3"), False),
        (REVISION.format("b2", None), False),
        ("revision = make()\ndown_revision = 'a1'\n", False),
        ("# after a1\n", False),
    ],
)
def test_a_revision_is_followed_by_those_that_name_it(other: str, after: bool) -> None:
    texts = {
        "moves/versions/a1_ours.py": REVISION.format("a1", None),
        "moves/versions/b2_other.py": other,
        "elsewhere/b2_other.py": REVISION.format("b2", "a1"),
    }
    found = followers(*tree(texts), revision="moves/versions/a1_ours.py")
    assert found == ((Place("moves/versions/b2_other.py"),) if after else ())


def test_what_is_no_revision_is_followed_by_nothing() -> None:
    texts = {"a.py": "revision = 1 +\n", "b.py": "x = 'revision'\n", "c.py": ""}
    for path in (*texts, "gone.py"):
        assert followers(*tree(texts), revision=path) == ()
