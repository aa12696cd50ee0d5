"""Choose the pattern for a story: asked for by name, or the first that fits and is about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.skill import Missing, Situation
from orchestrator.core.search.search import Ranked
from orchestrator.core.text.nearest import did_you_mean


def wanted_framework(situation: Situation) -> str | None:
    """The framework that was asked for, else the host's own."""
    given = situation.inputs.get("framework") or situation.answers.get("framework", (None, ""))[0]
    if given:
        return str(given)
    return situation.host.apps[0].framework if situation.host.apps else None


def choose(situation: Situation, framework: str | None) -> tuple[Pattern, ...] | Missing:
    """The pattern to use, after the patterns that it requires."""
    main = _main(situation, framework)
    return main if isinstance(main, Missing) else with_required(main, situation.patterns)


def with_required(main: Pattern, patterns: Mapping[str, Pattern]) -> tuple[Pattern, ...] | Missing:
    """A pattern after all that it requires, directly or not; each is to be trusted."""
    by_id = {pattern.manifest.id: pattern for pattern in patterns.values()}
    ordered: list[Pattern] = []
    missing = _gather(main, by_id, ordered, ())
    return missing or tuple(ordered)


def _gather(
    pattern: Pattern, by_id: Mapping[str, Pattern], ordered: list[Pattern], above: tuple[str, ...]
) -> Missing | None:
    """Append what a pattern requires, then itself; `above` are those that wait for it."""
    if not pattern.trusted:
        return _no_pattern(
            f"the pattern {pattern.name} of this repository is not trusted",
            f"review it; `orchestrator patterns {pattern.name}` says how to trust it",
        )
    for needed in pattern.manifest.requires:
        if needed not in by_id:
            return _no_pattern(
                f"{pattern.name} requires the pattern {needed}, which is not there",
                f"add a pattern with the id {needed}",
            )
        if needed in (*above, pattern.manifest.id):
            return _no_pattern(
                f"{pattern.name} requires the pattern {needed}, which in turn requires it",
                "let one of them stand without the other",
            )
        found = by_id[needed]
        missing = _gather(found, by_id, ordered, (*above, pattern.manifest.id))
        if missing is not None:
            return missing
    if pattern not in ordered:
        ordered.append(pattern)
    return None


def _main(situation: Situation, framework: str | None) -> Pattern | Missing:
    host, language = situation.host, str(situation.inputs.get("language", "python"))
    known = [situation.patterns[one.pattern] for one in situation.ranked]
    named = situation.inputs.get("pattern")
    if named is not None:
        known = [one for one in known if named in (one.name, one.manifest.id)]
        if not known:
            names = sorted(situation.patterns)
            return _no_pattern(f"there is no pattern {named}", did_you_mean(str(named), names))
    fitting = [
        one
        for one in known
        if one.manifest.language == language
        and (framework is None or framework in one.manifest.frameworks)
    ]
    if not fitting:
        there = "; ".join(_offer(one) for one in situation.patterns.values()) or "none"
        wanted = " in ".join(filter(None, [framework, language]))
        return _no_pattern(f"no pattern for {wanted}", f"there are: {there}")
    if framework and host.frameworks and framework not in host.frameworks:
        return _no_pattern(
            f"framework={framework} was asked for, but the repository uses {host.frameworks[0]}",
            f"ask for framework={host.frameworks[0]}, or leave the framework out",
        )
    if named is not None:
        return fitting[0]
    for one in fitting:
        if _is_about(situation.ranked, one):
            return one
    return _no_pattern(
        "no pattern is about what the story and the search ask for",
        f"name one with pattern=…: {', '.join(one.name for one in fitting)}",
    )


def _is_about(ranked: Iterable[Ranked], pattern: Pattern) -> bool:
    parts = next(one.parts for one in ranked if one.pattern == pattern.name)
    return any(part.num > 0 for part in parts if part.id in ("text", "requirements"))


def _offer(pattern: Pattern) -> str:
    manifest = pattern.manifest
    return f"{pattern.name} ({manifest.language}: {', '.join(manifest.frameworks)})"


def _no_pattern(because: str, unblock: str) -> Missing:
    return Missing("pattern_fits", because, unblock)
