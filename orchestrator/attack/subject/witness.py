"""Remembers every secret of a run, and finds it again in any text, however it is spelled there."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

_MEMBERS = frozenset(
    {"password", "new_password", "current_password", "access_token", "refresh_token", "token"}
    | {"auth_code", "id_token", "code_verifier", "cookie", "client_secret"}
)
_SETTINGS = re.compile(r"SECRET|PEPPER|PASSWORD")
_BEGIN = "-----"
_TOKEN = re.compile(r"[\w-]+\.[\w-]*\.[\w-]+", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}")
_RUN = re.compile(r"[A-Za-z0-9_-]{12,}")
_WINDOW = 12
_FEWEST_LETTERS = 6
_LONGEST = 8192


class Witness:
    """Knows the secrets by what they are; several threads may tell it of more."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._targets: set[str] = set()

    def __len__(self) -> int:
        return len(self._kinds)

    def __contains__(self, secret: str) -> bool:
        return secret in self._kinds

    def learn(self, document: object) -> None:
        """Remember the members of a request, a reply or settings that are secret by their name."""
        for name, value in _members(document):
            if name in _MEMBERS or _SETTINGS.search(name):
                self.secret(name.lower(), value)

    def secret(self, kind: str, text: str) -> None:
        """Remember one secret; of a signed token its signature, of a file each of its lines.

        What is too short or too plain to be told from other text is left out, and so are ids,
        also where a probe sends one in the place of a token.
        """
        parts = text.splitlines() if _BEGIN in text else [text[:_LONGEST]]
        for part in parts:
            core = part.rpartition(".")[2] if _TOKEN.fullmatch(part) else part
            plain = len(set(core)) < _FEWEST_LETTERS or core.startswith(_BEGIN)
            if len(core) >= _WINDOW and not plain and not _ID.fullmatch(core):
                self._kinds.setdefault(core, kind)

    def said(self, place: str, text: str) -> None:
        """Remember what the service told the world."""
        self._said.setdefault(text, place)

    def asked(self, target: str) -> None:
        """Remember a target that a probe itself put together, with whatever it put into it."""
        if len(target) > _WINDOW:
            self._targets.add(target)

    def finds(self, texts: Mapping[str, str], urls: Mapping[str, str]) -> Iterator[str]:
        """A sentence for each kind of secret in a text, and in what was said so far.

        `urls` are texts that hold targets of requests: there a secret counts unless a probe put
        it into a target itself.
        """
        index = _Index(self._kinds)
        own = set().union(*(index.found(target) for target in list(self._targets)))
        places = [*((place, text) for text, place in self._said.items()), *texts.items()]
        for place, text in places:
            yield from _sentences(place, index.found(text), self._kinds)
        for place, text in urls.items():
            yield from _sentences(place, index.found(text) - own, self._kinds)


class _Index:
    """Finds any of many secrets in a text, by a window of letters that each spelling has."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._windows: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._plain: set[tuple[str, str]] = set()
        for secret in list(secrets):
            for spelling in set(spellings(secret)):
                run = _RUN.search(spelling)
                place = self._windows[run[0][:_WINDOW]] if run else self._plain
                place.add((spelling, secret))

    def found(self, text: str) -> set[str]:
        """The secrets that the text holds."""
        near = {pair for run in _RUN.finditer(text) for pair in self._near(run[0])}
        return {secret for spelling, secret in near | self._plain if spelling in text}

    def _near(self, run: str) -> Iterator[tuple[str, str]]:
        known = self._windows
        for at in range(len(run) - _WINDOW + 1):
            window = run[at : at + _WINDOW]
            if window in known:
                yield from known[window]


def spellings(secret: str) -> Iterator[str]:
    """A secret as it is, and as JSON, URLs, base64 at any place in a text, and hex spell it."""
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(raw, safe="")
    yield quote_plus(raw, safe="")
    yield raw.hex()
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield _inner(encode(bytes(shift) + raw), shift, len(raw))


def _inner(encoded: bytes, shift: int, length: int) -> str:
    """The letters of base64 that depend on the secret alone, wherever it begins."""
    first, last = -(-shift * 4 // 3), (shift + length) * 4 // 3
    return encoded[first:last].decode("ascii")


def _sentences(place: str, found: set[str], kinds: Mapping[str, str]) -> Iterator[str]:
    named = sorted({kinds[secret] for secret in found})
    if named:
        yield f"{len(found)} secrets of the run ({', '.join(named)}) are in {place}"


def _members(document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, Mapping):
        for name, value in document.items():
            if isinstance(value, str):
                yield str(name), value
            yield from _members(value)
    elif isinstance(document, list):
        for item in document:
            yield from _members(item)
