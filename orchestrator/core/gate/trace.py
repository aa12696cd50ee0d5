"""Which requirement is answered by which promise of a pattern: by key, else by like words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from orchestrator.core.gate.check import Figure
from orchestrator.core.gate.likeness import Likeness, numbers
from orchestrator.core.story.requirement import REQUIREMENT_ID, Requirement

THRESHOLD = Fraction(47, 100)
"""The least likeness that ties a requirement to a key.

Chosen on `tests/cases/likeness.yaml`, where pairs that belong together lie at 49/100 or above and
requirements that no key answers at 43/100 or below. It leans upwards: an open requirement costs a
person one word (`[key]`), a wrong tie would call something verified that is not.
"""
CLOSE = Fraction(9, 10)
"""A second key with this share of the best one's likeness leaves the choice to a person."""


@dataclass(frozen=True)
class Match:
    """One requirement tied to one provides-key; `score` is likeness as num/den (1 when named)."""

    requirement: str
    key: str
    score: Figure
    named: bool


@dataclass(frozen=True)
class RequirementMap:
    """All requirements of a story: matched to keys, verified by host tests, or unmatched.

    `reasons` says for each unmatched id why, in the same order; `remedies` what would bring in
    the promises that the answers leave out.
    """

    matches: tuple[Match, ...] = ()
    host_tests: tuple[tuple[str, str], ...] = ()
    unmatched: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()

    def ids_of(self, key: str) -> tuple[str, ...]:
        """The requirement ids that a provides-key answers, in story order."""
        return tuple(match.requirement for match in self.matches if match.key == key)


def match_requirements(
    requirements: Sequence[Requirement],
    provides: Mapping[str, str],
    verified_by: Mapping[str, str] | None = None,
    *,
    left_out: Mapping[str, str] | None = None,
) -> RequirementMap:
    """Tie every requirement to what answers it; `provides` maps keys to EARS sentences.

    A key that the requirement names wins, and an unknown one leaves it unmatched. A requirement
    with a host test (its own `verified_by` or the mapping's) needs no key. Else the most alike key
    of at least THRESHOLD wins, unless another is CLOSE to it, or the requirement has a number that
    the key's sentence has not: 15 minutes are not 30. Keys that are `left_out` by the answers tie
    nothing, but their remedy is kept. What stays open has its reason.
    """
    out = left_out or {}
    likeness = Likeness(provides)
    given = dict(verified_by or {})
    matches: list[Match] = []
    host_tests: list[tuple[str, str]] = []
    unmatched: list[tuple[str, str]] = []
    remedies: list[str] = []
    for one in requirements:
        test = one.verified_by or given.get(one.id)
        if test is not None:
            host_tests.append((one.id, test))
        if one.key is None and test is not None:
            continue
        found = _match(one, provides, likeness)
        if isinstance(found, Match) and found.key not in out:
            matches.append(found)
        elif test is not None:
            continue
        elif isinstance(found, Match):
            unmatched.append((one.id, f"the answers leave {found.key} out"))
            remedies.append(out[found.key])
        else:
            unmatched.append((one.id, found))
    return RequirementMap(
        tuple(matches),
        tuple(host_tests),
        tuple(id_ for id_, _ in unmatched),
        tuple(reason for _, reason in unmatched),
        tuple(dict.fromkeys(remedies)),
    )


def _match(one: Requirement, provides: Mapping[str, str], likeness: Likeness) -> Match | str:
    if one.key is not None:
        if one.key not in provides:
            return f"the pattern has no key {one.key}"
        return Match(one.id, one.key, Figure("likeness", 1, 1), named=True)
    ranked = likeness.ranked(one.text)
    if not ranked:
        return "the pattern promises nothing"
    (key, score), second = ranked[0], ranked[1:2]
    if _fraction(score) < THRESHOLD:
        return f"nothing like it; nearest is {key} with {score.num}/{score.den}"
    if second and _fraction(second[0][1]) >= CLOSE * _fraction(score):
        return f"as like {key} as {second[0][0]}"
    other = numbers(one.text) - numbers(provides[key])
    if other:
        return f"{key} is like it, but says nothing of {', '.join(sorted(other, key=int))}"
    return Match(one.id, key, score, named=False)


def _fraction(score: Figure) -> Fraction:
    return Fraction(score.num, score.den or 1)


def claims(found: RequirementMap, keys: Iterable[str]) -> dict[str, str]:
    """One comment line per key: `# @req A-1, A-2`, or `# rule: key` when no requirement asks."""
    return {key: _claim(key, found.ids_of(key)) for key in keys}


def marks(found: RequirementMap, keys: Iterable[str]) -> dict[str, str]:
    """One decorator line per key: `@pytest.mark.requirement("A-1")`, without ids when none asks."""
    return {
        key: f"@pytest.mark.requirement({', '.join(map(_quoted, found.ids_of(key)))})"
        for key in keys
    }


_LABELS = {
    kind: re.compile(rf"""\{{\{{\s*{kind}\[["']([^"']+)["']\]""") for kind in ("claims", "marks")
}


def labels(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """The `claims` and `marks` that templates ask for, as they read when no requirement asks."""
    every, nothing = "\n".join(texts), RequirementMap()
    keys = {kind: sorted({*form.findall(every)}) for kind, form in _LABELS.items()}
    return {"claims": claims(nothing, keys["claims"]), "marks": marks(nothing, keys["marks"])}


def _quoted(id_: str) -> str:
    return f'"{id_}"'


def _claim(key: str, ids: Collection[str]) -> str:
    return f"# @req {', '.join(ids)}" if ids else f"# rule: {key}"


_CLAIM = re.compile(
    rf"^[ \t]*#[ \t]*@req[ \t]+(?P<ids>{REQUIREMENT_ID.pattern}(?:[ \t]*,[ \t]*"
    rf"{REQUIREMENT_ID.pattern})*)[ \t]*\r?$",
    re.MULTILINE,
)


def read_claims(text: str) -> tuple[tuple[int, str], ...]:
    """Every requirement that a comment `# @req ID, ID` claims, with its 1-based line.

    The comment stands on a line of its own; a line that is not of this form claims nothing.
    """
    return tuple(
        (text.count("\n", 0, match.start("ids")) + 1, id_.strip())
        for match in _CLAIM.finditer(text)
        for id_ in match["ids"].split(",")
    )
