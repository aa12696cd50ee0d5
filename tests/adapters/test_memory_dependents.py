"""What rests on a package that is taken away: the imports that nothing satisfies any more."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from orchestrator.adapters.memory.dependents import importers


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
