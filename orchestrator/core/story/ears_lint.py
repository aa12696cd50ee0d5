"""Rules on the wording of requirements, as data and small functions; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from orchestrator.core.story.requirement import Broken, Problem, Requirement, without_quotes

VAGUE: Mapping[str, str] = {
    **dict.fromkeys(
        ("fast", "faster", "quick", "quickly", "rapid", "rapidly", "slow", "slowly", "promptly"),
        "give the time, such as `within 2 seconds`",
    ),
    **dict.fromkeys(
        ("timely", "soon", "in real time", "periodically", "regularly"),
        "give the time or the interval",
    ),
    **dict.fromkeys(
        ("user-friendly", "user friendly", "easy", "easily", "simple", "simply", "intuitive"),
        "say what a user can do, and in how many steps",
    ),
    **dict.fromkeys(
        ("appropriate", "appropriately", "suitable", "suitably", "proper", "properly"),
        "say which",
    ),
    **dict.fromkeys(
        ("as appropriate", "as needed", "as required", "as necessary", "if necessary"),
        "say when",
    ),
    **dict.fromkeys(
        ("if possible", "where possible", "when possible", "if practical", "best effort"),
        "say what happens, and what happens when it is impossible",
    ),
    **dict.fromkeys(
        ("robust", "robustly", "reliable", "reliably", "stable operation", "seamless"),
        "name the failure and what happens then",
    ),
    **dict.fromkeys(
        ("efficient", "efficiently", "optimal", "optimally", "scalable", "high performance"),
        "give the figure, such as `200 requests per second`",
    ),
    **dict.fromkeys(
        ("adequate", "adequately", "reasonable", "reasonably", "sufficient", "sufficiently"),
        "give the limit",
    ),
    **dict.fromkeys(
        ("etc", "and so on", "and so forth", "and the like", "among others", "various"),
        "list everything",
    ),
    **dict.fromkeys(("several", "a few", "numerous", "minimal", "maximal"), "give the number"),
    **dict.fromkeys(
        ("flexible", "flexibly", "modern", "state of the art", "nice", "convenient"),
        "say what can be observed",
    ),
    **dict.fromkeys(
        ("usually", "normally", "generally", "typically", "often", "sometimes", "mostly"),
        "say always, or under which condition",
    ),
    **dict.fromkeys(("tbd", "tbc", "to be defined", "to be decided"), "decide it"),
}
"""Words that nobody can measure, and what to write instead."""

_VAGUE = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(word) for word in sorted(VAGUE, key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBER = re.compile(
    r"(?<![\w.,/:#$€£-])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?![\w%/]|-\w|[.:,][0-9])"
)
_NAMES_A_NUMBER = _words(
    "status code codes error factor cost level version port section chapter rfc iso step number "
    "http https tls ssl oauth utf python parallelism threads lanes type appendix rule clause ratio "
    "sha aes rsa"
)
_ANSWERS = _words(
    "answer answers answered return returns returned respond responds reply replies with status "
    "code codes http send sends give gives get gets"
)
_NO_UNIT = _words(
    "and or the a an to then in from with before after at on by is are was when if while where for "
    "of as but without until that which than so within into it shall"
)
_BETWEEN = _words("of at least most than exactly about a an is the to more less fewer")
_RANGE = re.compile(
    r"\s*(?:,|-|\u2013|to|and|or|of)\s*"
    r"(?:(?:at (?:most|least)|(?:more|fewer|less) than)\s+)?(?=[0-9])"
    r"|\s+or\s+(?:more|fewer|less)\b"
)


def lint(requirements: Sequence[Requirement]) -> tuple[Problem, ...]:
    """Every broken rule of every requirement, in the order of the requirements.

    Says nothing about items that could not be read: those are the story's `problems`.
    """
    return tuple(_problems(requirements))


def vague_word(text: str) -> Broken | None:
    """A word that no test can measure."""
    found = _VAGUE.search(without_quotes(text))
    if found is None:
        return None
    return f"the vague word `{found[0]}`", VAGUE[found[0].lower()]


def number_without_unit(text: str) -> Broken | None:
    """A number that does not say of what. Status codes, versions and names of standards do."""
    hidden = without_quotes(text)
    for found in _NUMBER.finditer(hidden):
        if not (_named(hidden, found) or _is_status(hidden, found) or _has_unit(hidden, found)):
            return f"the number {found[0]} has no unit", "say of what, such as `30 minutes`"
    return None


def repeated_id(requirements: Sequence[Requirement]) -> Iterator[Problem]:
    """An id that an earlier requirement has."""
    first: dict[str, Requirement] = {}
    for one in requirements:
        if one.id in first:
            message = f"the id stands on line {first[one.id].line} too"
            yield Problem(one.line, one.id, "repeated_id", message, "give it an id of its own")
        first.setdefault(one.id, one)


WORDING_RULES: Mapping[str, Callable[[str], Broken | None]] = {
    "vague_word": vague_word,
    "number_without_unit": number_without_unit,
}
"""Rules of one requirement's text, by name; each is told once per requirement."""


def _problems(requirements: Sequence[Requirement]) -> Iterator[Problem]:
    repeated = {(one.line, one.id): one for one in repeated_id(requirements)}
    for one in requirements:
        again = repeated.get((one.line, one.id))
        if again is not None:
            yield again
        for rule, broken in WORDING_RULES.items():
            found = broken(one.text)
            if found is not None:
                yield Problem(one.line, one.id, rule, *found)


def _words_before(text: str, at: int) -> list[str]:
    return re.findall(r"[A-Za-z][\w'-]*|[0-9]+|[^\w\s]", text[:at])


def _named(text: str, found: re.Match[str]) -> bool:
    """`RFC 7519`, `cost factor 12`, `TLS 1.3`: the word before says what the number is."""
    before = _words_before(text, found.start())
    while before and before[-1].lower() in _BETWEEN:
        before.pop()
    if not before:
        return False
    word = before[-1]
    return word.lower() in _NAMES_A_NUMBER or (
        len(re.findall("[A-Z]", word)) > 1 and not _is_keyword(word)
    )


def _is_keyword(word: str) -> bool:
    return word in ("WHEN", "WHILE", "IF", "WHERE", "THEN", "SHALL", "AND", "OR", "NOT", "IP", "ID")


def _is_status(text: str, found: re.Match[str]) -> bool:
    """`answer 401`, `401 or 403`, `401 Unauthorized`, `a 429`."""
    if not re.fullmatch(r"[1-5][0-9]{2}", found[0]):
        return False
    if re.match(r"\s+(?:status|error|response|answer|[A-Z][a-z]+)\b", text[found.end() :]):
        return True
    for word in reversed(_words_before(text, found.start())):
        if word.lower() in _ANSWERS:
            return True
        if word.lower() not in ("or", "and", "a", "an", "either", ",") and not word.isdigit():
            return False
    return False


def _has_unit(text: str, found: re.Match[str]) -> bool:
    """A word that is not a mere link follows, perhaps after more numbers (`3, 5 or 7 days`)."""
    rest = text[found.end() :]
    while True:
        link = _RANGE.match(rest)
        if link is None:
            break
        rest = re.sub(r"^[0-9][0-9,.]*(?<![,.])", "", rest[link.end() :])
    unit = re.match(r"\s*(%|[A-Za-z\u00b5\u00b0][\w-]*)", rest)
    return unit is not None and unit[1].lower() not in _NO_UNIT
