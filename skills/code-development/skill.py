"""Propose a module from the pattern that fits a story; renders, writes and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.api import (
    AddDependencies,
    AlembicMetadata,
    AppCall,
    AppObject,
    BadAnswer,
    CallAfterApp,
    ComparedTables,
    Edit,
    Host,
    HostEdit,
    IgnoredPaths,
    IgnoreLines,
    Missing,
    Observation,
    Pattern,
    Proposal,
    Question,
    Ranked,
    Render,
    RequirementMap,
    Situation,
    TestsPlace,
    active,
    apart_from_routes,
    apart_from_tests,
    claims,
    did_you_mean,
    inactive,
    marks,
    match_requirements,
    settle,
)

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_WORD = r"^[a-z][a-z0-9+#.-]*$"


class Inputs(BaseModel):
    """What a request may say to this skill."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    operation_type: Literal["implement"] = Field("implement", description="What to do")
    language: str = Field("python", pattern=_WORD, description="Language of the new code")
    framework: str | None = Field(
        None, pattern=_WORD, description="Web framework; default: what the repository uses"
    )
    search_patterns: list[str] = Field([], description="Words to search patterns with")
    pattern: str | None = Field(None, description="Name or id of a pattern, instead of searching")
    memory_integration: bool = Field(True, description="Report code about the same subject")
    context7_search: bool = Field(False, description="Ask Context7 for documents, and cite them")
    documentation_retrieval: bool = Field(True, description="Cite documents at all")
    quality_gate: Literal["basic", "standard", "comprehensive"] = Field(
        "comprehensive", description="Level of the gate"
    )
    coverage_threshold: int | None = Field(
        None, ge=0, le=100, description="Least coverage in percent; only tightens the gate"
    )


def propose(situation: Situation) -> Proposal:
    """Everything that would be done for the story, or what is missing for it."""
    framework = _framework(situation)
    chosen = _chosen(situation, framework)
    if isinstance(chosen, Missing):
        return Proposal(
            observations=tuple(_found(situation)), missing=(chosen,), summary=chosen.because
        )
    detected = {"framework": framework} if framework else {}
    good, bad = settle(_questions(chosen), situation.answers, detected)
    tests, moved = apart_from_tests(situation.host, _files(chosen))
    answers, avoided, taken = apart_from_routes(situation.host, good)
    known = {
        **{one.name: one.value for one in answers},
        **_computed(situation.host, tests),
    }
    found = match_requirements(
        situation.requirements, _promises(chosen), left_out=_left_out(chosen, known)
    )
    plan = _Plan(situation, tuple(active(one, known) for one in chosen), found, known)
    return Proposal(
        renders=tuple(plan.render(pattern) for pattern in chosen),
        edits=tuple(plan.edits()),
        secrets={} if situation.host.closed_env_file else plan.secrets(),
        observations=(
            *_found(situation),
            *moved,
            *avoided,
            *_contradicted(situation),
        ),
        missing=(*_unmatched(found, chosen), *_unsettled((*bad, *taken))),
        requirement_map=found,
        package=situation.host.package_import,
        tests=tests.path,
        origins={answer.name: answer.origin for answer in answers},
        summary=plan.summary(),
        next_steps=plan.next_steps(),
        questions=tuple(plan.questions(framework)),
    )


@dataclass(frozen=True)
class _Plan:
    situation: Situation
    chosen: tuple[Pattern, ...]
    found: RequirementMap
    answers: Mapping[str, Any]

    def render(self, pattern: Pattern) -> Render:
        """A pattern with the answers that it asks for and those that only the tool knows.

        It claims its own promises; its tests may prove those of a pattern it requires as well.
        """
        known = {question.name for question in pattern.questions}
        answers = {
            **self.answers,
            "claims": claims(self.found, pattern.manifest.provides),
            "marks": marks(self.found, _promises(self.chosen)),
        }
        return Render(pattern.name, {name: answers[name] for name in answers if name in known})

    def secrets(self) -> dict[str, int]:
        """The secrets that the patterns want in the environment, with their sizes in bytes."""
        return {one.name: one.bytes for pattern in self.chosen for one in pattern.manifest.env}

    def edits(self) -> Iterator[Edit]:
        """The changes of the host's own files: the call, what git ignores, the dependencies.

        A pattern installs what it requires, so only its own calls go into the host.
        """
        wanted = [edit for pattern in self.chosen for edit in pattern.manifest.edits]
        for app in self.situation.host.apps[:1]:
            for edit in self.chosen[-1].manifest.edits:
                if isinstance(edit, CallAfterApp):
                    yield self._call(edit, app)
        yield from self._compared(wanted)
        lines = [line for edit in wanted if isinstance(edit, IgnoreLines) for line in edit.lines]
        if lines:
            yield IgnoredPaths(tuple(dict.fromkeys(lines)))
        requirements = tuple(_requirements(self.chosen))
        if requirements:
            manifest = self.situation.host.manifest
            path = manifest.path if manifest else "requirements.txt"
            style = manifest.style if manifest else "requirements"
            yield AddDependencies(path, style, requirements)

    def _call(self, edit: CallAfterApp, app: AppObject) -> AppCall:
        module, _, name = self._filled(edit.import_).partition(":")
        factory = app.kind == "factory"
        at_end = factory and app.framework == "flask"
        call = self._filled(edit.call)
        return AppCall(app.place, app.name, factory, module, name, call, at_end)

    def _compared(self, wanted: Iterable[HostEdit]) -> Iterator[ComparedTables]:
        """What Alembic has to know, where it makes revisions from tables."""
        migrations = self.situation.host.migrations
        for edit in wanted:
            if isinstance(edit, AlembicMetadata) and migrations and migrations.compares:
                module, _, name = self._filled(edit.import_).partition(":")
                yield ComparedTables(migrations.script.path, module, name, edit.as_)

    def _filled(self, text: str) -> str:
        known = {**self.answers, "package_import": self.situation.host.package_import}
        return _VARIABLE.sub(lambda found: str(known.get(found[1], found[0])), text)

    def questions(self, framework: str | None) -> Iterator[Question]:
        """What to ask about the framework and then each dependency, in the words of the pattern.

        Nothing of the host or of the story is in them, for others read them.
        """
        inputs = self.situation.inputs
        if not (inputs.get("context7_search") and inputs.get("documentation_retrieval", True)):
            return
        main = self.chosen[-1].manifest
        if framework:
            yield Question(framework, main.title)
        for one in main.dependencies:
            if one.name != framework:
                yield Question(one.name, one.why.partition(";")[0] or main.title)

    def summary(self) -> str:
        """What would be added, where, in one sentence."""
        main = self.chosen[-1].manifest
        return f"adds {main.title} (pattern {main.id}) as {self.situation.host.package_import}"

    def next_steps(self) -> str:
        """What a person does first."""
        guides = [
            self._filled(path)
            for pattern in self.chosen
            for path in pattern.files
            if path.startswith("docs/") and path.endswith(".md")
        ]
        reading = f"read {', '.join(guides)}; " if guides else ""
        names, closed = ", ".join(self.secrets()), self.situation.host.closed_env_file
        if names and closed:
            reading += f"put {names} into the environment, for {closed} refuses them in .env; "
        return f"{reading}review the commit; run `orchestrator verify {self.situation.story}`"


def _computed(host: Host, tests: TestsPlace) -> dict[str, Any]:
    """The answers that only the tool knows."""
    module, _, attribute = host.served.partition(":")
    return {
        "package_path": host.package_path,
        "package_import": host.package_import,
        "tests_path": tests.path,
        "tests_are_package": tests.are_package,
        "project": host.project,
        "host_app_import": module,
        "host_app_attribute": attribute,
        "host_env_example": ".env.example" in host.paths,
        "taken_routes": [route for route, _ in host.taken_routes],
        **_database(host),
    }


def _database(host: Host) -> dict[str, Any]:
    """Where the host's tables are, and how they come there."""
    database, migrations = host.database, host.migrations
    return {
        "host_database_variable": database.variable if database else "",
        "host_database_default": database.default if database else "",
        "host_database_kind": database.kind if database else "none",
        "alembic": migrations is not None,
        "alembic_versions": migrations.versions if migrations else "",
        "alembic_heads": list(migrations.heads) if migrations else [],
    }


def _framework(situation: Situation) -> str | None:
    given = situation.inputs.get("framework") or situation.answers.get("framework", (None, ""))[0]
    if given:
        return str(given)
    return situation.host.apps[0].framework if situation.host.apps else None


def _chosen(situation: Situation, framework: str | None) -> tuple[Pattern, ...] | Missing:
    """The pattern to use, after the patterns that it requires."""
    main = _main(situation, framework)
    if isinstance(main, Missing):
        return main
    by_id = {pattern.manifest.id: pattern for pattern in situation.patterns.values()}
    ordered: list[Pattern] = []
    waiting = [main]
    while waiting:
        pattern = waiting.pop()
        if not pattern.trusted:
            return _no_pattern(
                f"the pattern {pattern.name} of this repository is not trusted",
                f"review it; `orchestrator patterns {pattern.name}` says how to trust it",
            )
        if pattern not in ordered:
            ordered.insert(0, pattern)
        for needed in pattern.manifest.requires:
            if needed not in by_id:
                return _no_pattern(
                    f"{pattern.name} requires the pattern {needed}, which is not there",
                    f"add a pattern with the id {needed}",
                )
            waiting.append(by_id[needed])
    return tuple(ordered)


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


def _promises(chosen: Iterable[Pattern]) -> dict[str, str]:
    return {key: one.ears for pattern in chosen for key, one in pattern.manifest.provides.items()}


def _left_out(chosen: Iterable[Pattern], answers: Mapping[str, Any]) -> dict[str, str]:
    return {key: remedy for one in chosen for key, remedy in inactive(one, answers).items()}


def _questions(chosen: Iterable[Pattern]) -> list[Any]:
    asked = {question.name: question for pattern in chosen for question in pattern.asked}
    return list(asked.values())


def _files(chosen: Iterable[Pattern]) -> list[str]:
    return [path for pattern in chosen for path in pattern.files]


def _requirements(chosen: Iterable[Pattern]) -> Iterator[str]:
    seen = set()
    for one in (one for pattern in chosen for one in pattern.manifest.dependencies):
        extras = f"[{','.join(one.extras)}]" if one.extras else ""
        floor = f">={one.floor}" if one.floor[:1].isdigit() else one.floor
        if one.name.lower() not in seen:
            seen.add(one.name.lower())
            yield f"{one.name}{extras}{floor}"


def _found(situation: Situation) -> Iterator[Observation]:
    yield from situation.host.observations
    if situation.inputs.get("memory_integration", True):
        for what, place in situation.host.similar[:5]:
            yield Observation("similar code", "stay apart", f"{what} is left as it is", place)


def _contradicted(situation: Situation) -> Iterator[Observation]:
    inputs = situation.inputs
    if inputs.get("context7_search") and not inputs.get("documentation_retrieval", True):
        because = "context7_search=true asks for none, for documentation_retrieval=false"
        yield Observation("documents", "note", because)


def _unmatched(found: RequirementMap, chosen: Iterable[Pattern]) -> Iterator[Missing]:
    if found.unmatched:
        names = " and ".join(pattern.name for pattern in chosen)
        otherwise = f"name a key of {names} in brackets after the id, or give it a host test"
        pairs = zip(found.unmatched, found.reasons, strict=True)
        because = "; ".join(f"{one}: {reason}" for one, reason in pairs)
        yield Missing(
            "requirements_matched",
            because,
            "; ".join((*found.remedies, f"{otherwise} under `verified_by`")),
        )


def _unsettled(bad: Iterable[BadAnswer]) -> Iterator[Missing]:
    every = tuple(bad)
    if every:
        because = "; ".join(one.because for one in every)
        yield Missing("answers_settled", because, "; ".join(one.remedy for one in every))
