"""Temporary folders: gone at the end, and what a killed owner left is gone with the next start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.files import temporary as module
from orchestrator.adapters.files.temporary import borrowed, temporary

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for temporary files of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    module._swept.cache_clear()
    return tmp_path


def owner(place: Path) -> subprocess.Popen[str]:
    """Another process that holds such a folder with a file in it until it is killed."""
    script = (
        "import time\n"
        "from orchestrator.adapters.files.temporary import temporary\n"
        "with temporary('other') as folder:\n"
        "    (folder / 'file').touch()\n"
        "    print(folder, flush=True)\n"
        "    time.sleep(60)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_folder_is_fresh_and_goes_at_the_end(place: Path) -> None:
    with temporary("one") as first, temporary("one") as second:
        assert first != second
        assert list(first.iterdir()) == []
        assert first.parent == place.resolve()
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next_start_and_what_is_in_use_stays(
    place: Path,
) -> None:
    with owner(place) as killed, owner(place) as alive:
        assert killed.stdout
        assert alive.stdout
        left, used = (Path(one.readline().strip()) for one in (killed.stdout, alive.stdout))
        killed.kill()
        killed.wait()
        assert left.is_dir()
        with temporary("next"):
            assert not left.exists()
            assert (used / "file").exists()
        alive.kill()


def test_what_a_library_leaves_goes_with_the_folder_that_it_borrowed(place: Path) -> None:
    with temporary("one") as folder:
        with borrowed(folder):
            left = Path(tempfile.mkdtemp())
        assert left.parent == folder
        assert tempfile.gettempdir() == str(place)
    assert list(place.iterdir()) == []


def test_folders_that_are_not_ours_stay(place: Path) -> None:
    for name in ("orchestrator-notes", "other.tmp"):
        (place / name).mkdir()
    with temporary("next"):
        pass
    assert sorted(path.name for path in place.iterdir()) == ["orchestrator-notes", "other.tmp"]


@pytest.mark.parametrize("moment", ["making", "removing"])
def test_an_interrupt_leaves_no_folder_whenever_it_comes(
    place: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def interrupted(original: Callable[..., object]) -> Callable[..., object]:
        def first(*words: object, **options: object) -> object:
            if not seen:
                seen.append(True)
                if moment == "making":
                    original(*words, **options)
                raise KeyboardInterrupt
            return original(*words, **options)

        return first

    seen: list[bool] = []
    owner, name = (module, "_claimed") if moment == "making" else (shutil, "rmtree")
    monkeypatch.setattr(owner, name, interrupted(getattr(owner, name)))
    with pytest.raises(KeyboardInterrupt), temporary("one"):
        pass
    assert seen == [True]
    assert list(place.iterdir()) == []
