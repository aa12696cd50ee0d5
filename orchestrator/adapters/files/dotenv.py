"""Write secrets once into an untracked `.env`; never touches one that exists."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from orchestrator.adapters.files.disk import translated, write_durably
from orchestrator.adapters.files.work_tree import whole
from orchestrator.ports.repository import Repository, SecretsProvided

_NAME = ".env"
_RETIRED = "orchestrator/retired"
_RETIRING = "orchestrator/retiring"


class DotEnv:
    """The Secrets port on the working copy."""

    def __init__(self, root: Path, repository: Repository) -> None:
        self._path = root / _NAME
        self._repository = repository
        # Linked work trees share the folder and not the file.
        self._notes = repository.common_dir / _RETIRING / quote(str(root), safe="")[-200:]

    def provide(self, wanted: Mapping[str, int]) -> SecretsProvided:
        """Create `.env` with mode 0600, complete or not at all."""
        if not wanted:
            return SecretsProvided(())
        if os.path.lexists(self._path):
            return self._kept(wanted)
        if not self._repository.ignored(_NAME):
            return SecretsProvided((), "git does not ignore .env; " + _by_hand(wanted))
        text = "".join(f"{name}={_random(size)}\n" for name, size in sorted(wanted.items()))
        return SecretsProvided(tuple(sorted(wanted))) if self._create(text) else self._kept(wanted)

    def others(self, names: Collection[str]) -> bool:
        """Whatever is neither blank nor an assignment of one of these names is something more, and
        so is whatever cannot be read, or is no plain file."""
        if not os.path.lexists(self._path):
            return False
        lines = None if self._path.is_symlink() else self._lines()
        return lines is None or any(_name(line) not in names for line in lines if line.strip())

    def retire(self, names: Collection[str]) -> SecretsProvided:
        """It goes to a private folder of git's, for a pepper that is lost makes every password
        hash worthless."""
        if not names or not os.path.lexists(self._path):
            return SecretsProvided()
        if self.others(names):
            told = ", ".join(sorted(names))
            return SecretsProvided((), f"your .env is left as it is; take {told} out by hand")
        place = self._repository.common_dir / _RETIRED / f"{secrets.token_hex(8)}.env"
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.replace(place)
        except OSError as error:
            return SecretsProvided((), f"your .env could not be moved away: {error.strerror}")
        return SecretsProvided(moved_to=f".git/{_RETIRED}/{place.name}")

    def promise(self, names: Collection[str], entry: str) -> None:
        """The note outlives a run that is killed."""
        if names:
            with translated("write", self._notes):
                self._notes.mkdir(parents=True, exist_ok=True, mode=0o700)
                note = {"entry": entry, "names": sorted(names)}
                write_durably(self._notes / quote(entry, safe=""), json.dumps(note).encode())

    def keep_promises(self) -> SecretsProvided:
        """A note whose entry is not there is left: its run may still be about to publish."""
        done = SecretsProvided()
        for place in sorted(self._notes.iterdir()) if self._notes.is_dir() else ():
            entry, names = _read_note(place)
            if entry and self._repository.read(self._repository.head(), entry) is not None:
                found = self.retire(names)
                done = found if found != SecretsProvided() else done
                with suppress(OSError):
                    place.unlink()
        return done

    def _kept(self, wanted: Mapping[str, int]) -> SecretsProvided:
        missing = {name: size for name, size in wanted.items() if name not in self._names()}
        if not missing:
            return SecretsProvided((), "")
        return SecretsProvided((), "your .env is left as it is; " + _by_hand(missing))

    def _names(self) -> frozenset[str]:
        return frozenset(_name(line) for line in self._lines() or () if "=" in line)

    def _lines(self) -> list[str] | None:
        try:
            return whole(self._path).decode("utf-8", "replace").splitlines()
        except OSError:
            return None

    def _create(self, text: str) -> bool:
        staged = self._path.with_name(f"{_NAME}.{os.getpid()}.new")
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.link(staged, self._path)
        except FileExistsError:
            return False
        finally:
            staged.unlink(missing_ok=True)
        return True


def _read_note(place: Path) -> tuple[str, list[str]]:
    """The log entry and the names of a promise; one that cannot be read promises nothing."""
    try:
        note = json.loads(whole(place))
        return str(note["entry"]), [str(name) for name in note["names"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "", []


def _name(line: str) -> str:
    return line.removeprefix("export ").partition("=")[0].strip()


def _random(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode("ascii")


def _by_hand(names: Mapping[str, int]) -> str:
    return f"add {', '.join(sorted(names))} by hand, each at least 32 random bytes"
