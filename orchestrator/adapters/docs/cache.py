"""Answers kept under the git common directory; whole and unchanged, or a miss that is told."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from orchestrator.core.documents.documents import Fetched, Question, is_stamp
from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical, load_canonical, sha256

MOST_ENTRIES = 200
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Spoilt:
    """An entry that cannot be believed, and why."""

    because: str


class DocsCache:
    """One file for each question and place; its first line is the SHA-256 of the rest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, question: Question, place: str) -> Fetched | Spoilt | None:
        """What was kept for a question that was put to a place."""
        key = _key(question, place)
        try:
            raw = _read(self._file(key))
        except FileNotFoundError:
            return None
        except OSError as error:
            return Spoilt(f"the cached answer cannot be read: {error.strerror}")
        try:
            return _unpacked(raw, key)
        except (IntegrityBroken, ValidationError):
            return Spoilt("the cached answer is damaged and was not used")

    def keep(self, question: Question, place: str, found: Fetched) -> str:
        """Keep an answer, all of it or nothing; says why when that cannot be done."""
        key = _key(question, place)
        content = canonical({"key": key, "found": found.model_dump(mode="json", by_alias=True)})
        file = self._file(key)
        half = file.with_name(f"{secrets.token_hex(8)}.half")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(sha256(content).encode() + b"\n" + content)
            half.replace(file)
            self._forget_the_oldest()
        except OSError as error:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            return f"the answer could not be kept for the next time: {error.strerror}"
        return ""

    def _file(self, key: dict[str, str]) -> Path:
        return self._folder / f"{sha256(canonical(key))}.json"

    def _forget_the_oldest(self) -> None:
        written = sorted(self._folder.iterdir(), key=lambda one: one.lstat().st_mtime_ns)
        for old in written[:-MOST_ENTRIES]:
            old.unlink(missing_ok=True)


def _key(question: Question, place: str) -> dict[str, str]:
    """What tells entries apart; an address enters as a digest, for it may be nobody's business."""
    return {
        "library": question.library,
        "version": question.version,
        "topic": question.topic,
        "place": sha256(place.encode("utf-8", "surrogateescape")),
    }


def _read(file: Path) -> bytes:
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        return opened.read(_MOST_BYTES + 1)


def _unpacked(raw: bytes, key: dict[str, str]) -> Fetched:
    digest, _, content = raw.partition(b"\n")
    if digest != sha256(content).encode():
        raise IntegrityBroken("the digest differs")
    whole = load_canonical(content)
    if not isinstance(whole, dict) or whole.get("key") != key:
        raise IntegrityBroken("the entry is about another question")
    found = Fetched.model_validate_json(canonical(whole.get("found")), strict=True)
    if not found.snippets or not is_stamp(found.retrieved_at):
        raise IntegrityBroken("the entry has no documents or no date")
    return found
