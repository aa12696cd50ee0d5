"""Propose a module from a pattern, its upgrade or its removal; renders, writes, runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from orchestrator.api import (
    Answer,
    BadAnswer,
    Installed,
    Missing,
    Observation,
    Operation,
    Pattern,
    Proposal,
    Question,
    Render,
    RequirementMap,
    Situation,
    TestsPlace,
    UsedPattern,
    active,
    apart_from_routes,
    apart_from_tests,
    changes_since,
    choose,
    claims,
    filled,
    host_answers,
    host_edits,
    inactive,
    marks,
    match_requirements,
    python_floor,
    settle,
    wanted_framework,
    with_mapped_users,
    with_required,
)

OPERATION = "operation_type"
_WORD = r"^[a-z][a-z0-9+#.-]*$"


def _listed(value: object) -> object:
    """One word is a list of one, or of several with a plus sign between them."""
    return value.split("+") if isinstance(value, str) else value


class Inputs(BaseModel):
    """What a request may say to this skill."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    operation_type: Literal["implement", "upgrade", "remove"] = Field(
        "implement", description="Add the code, bring it up to a newer pattern, or take it out"
    )
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
    resolved: Annotated[list[str], BeforeValidator(_listed)] = Field(
        [], description="Files whose conflicts with an upgrade you have settled"
    )


def propose(situation: Situation) -> Proposal:
    """Everything that would be done for the story, or what is missing for it."""
    match situation.inputs[OPERATION]:
        case "remove":
            return _removal(situation)
        case "upgrade":
            return _upgrade(situation)
        case _:
            return _implementation(situation)


def _implementation(situation: Situation) -> Proposal:
    framework = wanted_framework(situation)
    chosen = choose(situation, framework)
    if isinstance(chosen, Missing):
        return _none_chosen(situation, chosen)
    detected = {"framework": framework} if framework else {}
    good, bad = settle(_questions(chosen), situation.answers, detected)
    tests, moved = apart_from_tests(situation.host, _files(chosen))
    answers, avoided, taken = apart_from_routes(situation.host, good)
    known = host_answers(situation.host, tests)
    host, unmapped = with_mapped_users(situation.host, answers, known)
    plan = _plan(replace(situation, host=host), chosen, answers, known)
    return plan.proposal("write", (*moved, *avoided), (*bad, *unmapped, *taken))


def _upgrade(situation: Situation) -> Proposal:
    """What was recorded is answered again, in the words of the newer pattern.

    An answer of the command line or the story wins over the recorded one; what only the tool knows
    stays as it was, so that files keep their places and revisions their order.
    """
    before = situation.installed
    chosen = _chosen_before(situation, before)
    if isinstance(chosen, Missing) or before is None:
        return _none_chosen(situation, chosen)
    recorded = _recorded(before)
    asked = {question.name for question in _questions(chosen)}
    kept = {name: (one, "record") for name, one in recorded.items() if name in asked}
    good, bad = settle(_questions(chosen), {**kept, **situation.answers}, {})
    tests = TestsPlace(before.tests, are_package=bool(recorded.get("tests_are_package")))
    known = host_answers(situation.host, tests)
    known.update({name: recorded[name] for name in known if name in recorded})
    host, unmapped = with_mapped_users(situation.host, good, known)
    plan = _plan(replace(situation, host=host), chosen, good, known)
    return plan.proposal("merge", tuple(_versions(before, chosen)), (*bad, *unmapped))


def _removal(situation: Situation) -> Proposal:
    """All that stands recorded leaves; what the pattern leaves for a person is said."""
    before = situation.installed
    if before is None:
        return Proposal(operation="take out", summary="nothing is in place")
    recorded = _recorded(before)
    known = [situation.patterns[one.name] for one in before.patterns if _is_known(situation, one)]
    patterns = [active(one, recorded) for one in known]
    secrets = {one.name: one.bytes for pattern in patterns for one in pattern.manifest.env}
    left = tuple(
        one.model_copy(update={"action": filled(one.action, recorded)})
        for pattern in patterns
        for one in pattern.manifest.removal
    )
    gone = tuple(
        Observation("pattern", "note", f"{one.name} {one.version} ({one.id}) is taken out")
        for one in before.patterns
    )
    return Proposal(
        operation="take out",
        secrets=secrets,
        observations=gone,
        package=before.package,
        tests=before.tests,
        follow_ups=left,
        summary=f"takes {before.package} out",
        next_steps="read the follow-ups before this is deployed; review the commit",
    )


def _none_chosen(situation: Situation, missing: Missing | tuple[Pattern, ...]) -> Proposal:
    if not isinstance(missing, Missing):
        missing = Missing("pattern_fits", "nothing is in place", "implement the story first")
    found = tuple(_found(situation))
    return Proposal(observations=found, missing=(missing,), summary=missing.because)


def _chosen_before(situation: Situation, before: Installed | None) -> tuple[Pattern, ...] | Missing:
    """The patterns that the story was made with, as they are now."""
    if before is None or not before.patterns:
        return ()
    main = before.patterns[-1]
    if not _is_known(situation, main):
        because = f"the story was made with {main.name} {main.version}, which is not here any more"
        return Missing("pattern_fits", because, f"add the pattern {main.name} again")
    return with_required(situation.patterns[main.name], situation.patterns)


def _is_known(situation: Situation, used: UsedPattern) -> bool:
    found = situation.patterns.get(used.name)
    return found is not None and found.manifest.id == used.id


def _recorded(before: Installed) -> dict[str, Any]:
    return {name: one for used in before.patterns for name, one in (used.answers or {}).items()}


def _versions(before: Installed, chosen: Iterable[Pattern]) -> Iterator[Observation]:
    """From which version to which, and what each one between them repairs."""
    had = {one.name: one.version for one in before.patterns}
    for pattern in chosen:
        old, new = had.get(pattern.name, "nothing"), pattern.manifest.version
        yield Observation("pattern", "note", f"{pattern.name}: from {old} to {new}")
        for one in changes_since(pattern.manifest, old):
            repaired = ", ".join((*one.repairs, *one.advisories))
            told = f"{one.summary} (repairs {repaired})" if repaired else one.summary
            yield Observation("pattern", "note", f"{pattern.name} {one.version}: {told}")


def _plan(
    situation: Situation,
    chosen: tuple[Pattern, ...],
    answers: Iterable[Answer],
    computed: Mapping[str, Any],
) -> _Plan:
    known = {**{one.name: one.value for one in answers}, **computed}
    left_out = _left_out(chosen, known)
    found = match_requirements(situation.requirements, _promises(chosen), left_out=left_out)
    origins = {one.name: one.origin for one in answers}
    counting = tuple(active(one, known) for one in chosen)
    return _Plan(situation, chosen, counting, found, known, origins)


@dataclass(frozen=True)
class _Plan:
    """A proposal in the making: `whole` are the patterns as they are, `chosen` what counts of them
    for these answers."""

    situation: Situation
    whole: tuple[Pattern, ...]
    chosen: tuple[Pattern, ...]
    found: RequirementMap
    answers: Mapping[str, Any]
    origins: Mapping[str, str]

    def proposal(
        self,
        operation: Operation,
        seen: Iterable[Observation],
        bad: Iterable[BadAnswer],
    ) -> Proposal:
        """The whole proposal; what is missing is in it."""
        situation = self.situation
        floor = python_floor(situation.host, self.chosen)
        told = (floor,) if isinstance(floor, Observation) else ()
        lacking = (floor,) if isinstance(floor, Missing) else ()
        return Proposal(
            operation=operation,
            renders=tuple(self.render(pattern) for pattern in self.whole),
            edits=tuple(host_edits(situation.host, self.chosen, self.answers)),
            secrets={} if situation.host.closed_env_file else self.secrets(),
            observations=(*_found(situation), *seen, *told, *_contradicted(situation)),
            missing=(*lacking, *_unmatched(self.found, self.whole), *_unsettled(bad)),
            requirement_map=self.found,
            package=str(self.answers["package_import"]),
            tests=str(self.answers["tests_path"]),
            origins=self.origins,
            summary=self.summary(),
            next_steps=self.next_steps(),
            questions=tuple(self.questions()),
        )

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

    def questions(self) -> Iterator[Question]:
        """What to ask about the framework and then each dependency, in the words of the pattern.

        Nothing of the host or of the story is in them, for others read them.
        """
        inputs = self.situation.inputs
        if not (inputs.get("context7_search") and inputs.get("documentation_retrieval", True)):
            return
        main = self.chosen[-1].manifest
        framework = self.answers.get("framework") or wanted_framework(self.situation)
        if framework:
            yield Question(str(framework), main.title)
        for one in main.dependencies:
            if one.name != framework:
                yield Question(one.name, one.why.partition(";")[0] or main.title)

    def summary(self) -> str:
        """What would be added, where, in one sentence."""
        main = self.chosen[-1].manifest
        return f"adds {main.title} (pattern {main.id}) as {self.answers['package_import']}"

    def next_steps(self) -> str:
        """What a person does first."""
        guides = [
            filled(path, self.answers)
            for pattern in self.chosen
            for path in pattern.files
            if path.startswith("docs/") and path.endswith(".md")
        ]
        reading = f"read {', '.join(guides)}; " if guides else ""
        names, closed = ", ".join(self.secrets()), self.situation.host.closed_env_file
        if names and closed:
            reading += f"put {names} into the environment, for {closed} refuses them in .env; "
        return f"{reading}review the commit; run `orchestrator verify {self.situation.story}`"


def _promises(chosen: Iterable[Pattern]) -> dict[str, str]:
    return {key: one.ears for pattern in chosen for key, one in pattern.manifest.provides.items()}


def _left_out(chosen: Iterable[Pattern], answers: Mapping[str, Any]) -> dict[str, str]:
    return {key: remedy for one in chosen for key, remedy in inactive(one, answers).items()}


def _questions(chosen: Iterable[Pattern]) -> list[Any]:
    asked = {question.name: question for pattern in chosen for question in pattern.asked}
    return list(asked.values())


def _files(chosen: Iterable[Pattern]) -> list[str]:
    return [path for pattern in chosen for path in pattern.files]


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
