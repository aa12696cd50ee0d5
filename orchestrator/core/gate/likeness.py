"""How alike two EARS sentences are, as a fraction of integers; a measure, not a judgement."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from orchestrator.core.gate.check import Figure
from orchestrator.core.story.requirement import split_sentence

_PHRASES = (
    (re.compile(r"\be-?mails?\b(?:\s+address(?:es)?\b)?"), "email"),
    (re.compile(r"\b(?:log|sign)(?:s|g?ed|g?ing)?[\s-]+ins?\b"), "login"),
    (re.compile(r"\b(?:log|sign)(?:s|g?ed|g?ing)?[\s-]+outs?\b"), "logout"),
    (re.compile(r"\bip(?:\s+address(?:es)?)?\b"), "address"),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _words(
    """a an the and or of to in into on at by for from with without as is are was were be been it
    its their them they this that these those which who whose any each either no not do does has
    have had shall system user client visitor new own so than then when while if where again also
    only just such say says saying tell telling whether after within until most least answer use
    used uses using submit submits submitted give gives given make"""
)
_ROOTS: Mapping[str, str] = {
    **dict.fromkeys(("verification", "verified", "verifies", "verifying", "unverified"), "verify"),
    **dict.fromkeys(("registration", "registrations", "registered", "registers"), "register"),
    **dict.fromkeys(("wrong", "incorrect", "bad", "mistaken"), "invalid"),
    **dict.fromkeys(("right", "correct"), "valid"),
    **dict.fromkeys(("return", "respond", "reply", "issue", "returns"), "answer"),
    **dict.fromkeys(("revoke", "invalidate", "refuse", "reject", "block"), "refuse"),
    **dict.fromkeys(("expiry", "expiration", "expired", "expires"), "expire"),
    **dict.fromkeys(("require", "demand", "need"), "require"),
    **dict.fromkeys(("view", "show", "display", "list"), "list"),
}
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "s")


class Likeness:
    """Measures sentences against a fixed set of promises, whose words set the weights.

    A word weighs the more the fewer promises hold it (a word that none holds weighs most), and a
    number twice. The measure is the weight of the shared words over the mean weight of both
    sentences' words, taken over triggers, responses and whole sentences together; 1 means that
    the same words stand in the same places.
    """

    def __init__(self, promises: Mapping[str, str]) -> None:
        self._promises = {key: _Bags(text) for key, text in sorted(promises.items())}
        self._held = Counter(word for bags in self._promises.values() for word in bags.whole)

    def ranked(self, text: str) -> tuple[tuple[str, Figure], ...]:
        """Every promise's key and measure, the most alike first, equals by name."""
        bags = _Bags(text)
        scored = [(key, *self._fraction(bags, other)) for key, other in self._promises.items()]
        scored.sort(key=lambda one: Fraction(one[1], one[2]), reverse=True)
        return tuple((key, Figure("likeness", num, den)) for key, num, den in scored)

    def _fraction(self, one: _Bags, other: _Bags) -> tuple[int, int]:
        pairs = tuple(zip(one.bags, other.bags, strict=True))
        shared = sum(self._weight(a & b) for a, b in pairs)
        total = sum(self._weight(a) + self._weight(b) for a, b in pairs)
        return (2 * shared, total) if total else (0, 1)

    def _weight(self, words: frozenset[str]) -> int:
        return sum(self._of(word) for word in words)

    def _of(self, word: str) -> int:
        rarity = (len(self._promises) // max(1, self._held[word])).bit_length()
        return 2 * rarity if word.isdigit() else rarity


class _Bags:
    def __init__(self, text: str) -> None:
        parts = split_sentence(text)
        trigger, response = (parts.trigger, parts.response) if parts else ("", text)
        self.bags = (meaningful(trigger), meaningful(response), meaningful(f"{trigger} {response}"))

    @property
    def whole(self) -> frozenset[str]:
        return self.bags[2]


def meaningful(text: str) -> frozenset[str]:
    """The words that carry meaning, as roots; numbers stay."""
    lower = text.lower()
    for phrase, word in _PHRASES:
        lower = phrase.sub(word, lower)
    words = (_root(word) for word in re.findall(r"[a-z]+|[0-9]+", lower))
    return frozenset(word for word in words if word and word not in _STOP)


def numbers(text: str) -> frozenset[str]:
    """The numbers among the words of a sentence."""
    return frozenset(word for word in meaningful(text) if word.isdigit())


def _root(word: str) -> str:
    if word in _STOP:
        return ""
    if word in _ROOTS:
        return _ROOTS[word]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            stem += "y" if ending in ("ies", "ied") else ""
            stem = stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] not in "ls" else stem
            word = stem
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    return _ROOTS.get(word, _ROOTS.get(f"{word}e", word))
