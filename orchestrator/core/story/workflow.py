"""The workflow as validated data, and `decide`: may this story move, and if not, why not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

Mode = Literal["strict", "tolerant", "branch"]
MODES: tuple[Mode, ...] = ("strict", "tolerant", "branch")
ANY = "any"
SAME = "same"

_STATE = re.compile(r"(?!(?:any|same)$)[A-Za-z][A-Za-z0-9_-]*")
_FACT = re.compile(r"[a-z][a-z0-9_]*")


class Move(BaseModel):
    """One transition: who may propose it, from where to where, and which facts it needs.

    `requires` names facts whose absence blocks; `must` names those that no mode forgives.
    `operation` names what the skill is to do where that is not its usual work. `source` may name
    several states.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: str
    title: str
    skill: str | None = None
    operation: str = ""
    owner: str
    source: str | tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    gate: bool = False

    @field_validator("must")
    @classmethod
    def _must_is_required(cls, must: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        stray = set(must) - set(info.data.get("requires", ()))
        if stray:
            raise ValueError(f"must names facts that are not required: {', '.join(sorted(stray))}")
        return must

    def leads_to(self, state: str) -> str:
        """The state after this move from `state`."""
        return state if self.target == SAME else self.target

    def starts_at(self, state: str) -> bool:
        """Say whether a story in `state` may try this move."""
        return ANY in self.sources or state in self.sources

    @property
    def sources(self) -> tuple[str, ...]:
        """The states in which this move may start."""
        return (self.source,) if isinstance(self.source, str) else self.source


@dataclass(frozen=True)
class Work:
    """What is asked for: a skill, and which operation of it ("": its usual work)."""

    skill: str
    operation: str = ""

    def __str__(self) -> str:
        return f"{self.skill} {self.operation}".strip()


class Workflow(BaseModel):
    """States in order, facts by name with the step that establishes each, and the moves.

    Validated at load: names are unique, every owner, state and fact resolves, every state is
    reachable from the first (so every move can run), and at most one move of a skill and operation,
    and of a tag, starts at any state.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    states: tuple[str, ...]
    owners: tuple[str, ...]
    facts: dict[str, str]
    moves: tuple[Move, ...]

    @model_validator(mode="after")
    def _everything_resolves(self) -> Workflow:
        problems = [*self._bad_names(), *self._unknown_names(), *self._ambiguous()]
        problems = problems or self._unreachable()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _bad_names(self) -> list[str]:
        problems = [] if self.states else ["there are no states"]
        problems += [f"state {s!r} stands twice" for s in sorted(_repeated(self.states))]
        problems += [f"{s!r} cannot be a state" for s in self.states if not _STATE.fullmatch(s)]
        problems += [f"{f!r} cannot be a fact" for f in self.facts if not _FACT.fullmatch(f)]
        problems += [f"fact {f!r}: no step" for f, step in self.facts.items() if not step.strip()]
        return problems

    def _ambiguous(self) -> list[str]:
        return [
            f"{one.tag} and {other.tag}: both start at {state} by the same skill or tag"
            for one, other in combinations(self.moves, 2)
            if one.tag == other.tag or _same_work(one, other)
            for state in _shared(one.sources, other.sources)[:1]
        ]

    def _unknown_names(self) -> list[str]:
        problems = []
        for move in self.moves:
            if move.owner not in (*self.owners, ANY):
                problems.append(f"{move.tag}: unknown owner {move.owner!r}")
            problems += [
                f"{move.tag}: unknown state {s!r}"
                for s, free in (*((one, ANY) for one in move.sources), (move.target, SAME))
                if s not in (*self.states, free)
            ]
            problems += [
                f"{move.tag}: unknown fact {f!r}" for f in move.requires if f not in self.facts
            ]
        return problems

    def _unreachable(self) -> list[str]:
        reached = {self.states[0]} if self.states else set()
        while True:
            more = {m.leads_to(s) for m in self.moves for s in reached if m.starts_at(s)} - reached
            if not more:
                return [f"state {s!r} is never reached" for s in self.states if s not in reached]
            reached |= more

    def moves_of(self, work: Work) -> tuple[Move, ...]:
        """Every move that this work may be."""
        return tuple(
            move
            for move in self.moves
            if (move.skill, move.operation) == (work.skill, work.operation)
        )


@dataclass(frozen=True)
class Fact:
    """Something established before a transition; `because` says how, `unblock` what would help."""

    name: str
    holds: bool
    because: str
    unblock: str = ""


@dataclass(frozen=True)
class Gap:
    """A required fact that does not hold, or that nobody established."""

    name: str
    because: str
    unblock: str


@dataclass(frozen=True)
class Allowed:
    """The story may move; in tolerant mode `gaps` become risks and follow-ups."""

    move: Move
    target: str
    gaps: tuple[Gap, ...] = ()


_PLAIN = str.maketrans({",": ";", "[": "(", "]": ")", "\n": " ", "\r": " "})


@dataclass(frozen=True)
class Blocked:
    """Inputs are missing; the story stays where it is.

    As text it is the line of the report; signs of that form inside a step are replaced.
    """

    move: Move
    gaps: tuple[Gap, ...]

    def __str__(self) -> str:
        names = ", ".join(gap.name for gap in self.gaps)
        steps = ", ".join(gap.unblock.translate(_PLAIN) for gap in self.gaps)
        return f"BLOCKED(missing_inputs=[{names}], unblock_steps=[{steps}])"


@dataclass(frozen=True)
class Refused:
    """No move of this skill starts at the story's state."""

    reason: str
    remedy: str


Decision = Allowed | Blocked | Refused


def decide(
    workflow: Workflow, state: str, work: Work, mode: Mode, facts: Mapping[str, Fact]
) -> Decision:
    """Say whether a story in `state` may move by some work, given the facts; total and pure."""
    moves = workflow.moves_of(work)
    if state not in workflow.states:
        return Refused(
            f"the workflow {workflow.name} has no state {state}",
            f"use one of: {', '.join(workflow.states)}",
        )
    if not moves:
        return Refused(
            f"the workflow {workflow.name} has no transition for the skill {work}",
            f"use one of: {', '.join(sorted({m.skill for m in workflow.moves if m.skill}))}",
        )
    move = next((m for m in moves if m.starts_at(state)), None)
    if move is None:
        return _out_of_order(moves, state)
    gaps = tuple(
        _gap(workflow, name, facts.get(name))
        for name in move.requires
        if not _holds(facts.get(name))
    )
    forgiven = mode == "tolerant" and not any(gap.name in move.must for gap in gaps)
    if gaps and not forgiven:
        return Blocked(move, gaps)
    return Allowed(move, move.leads_to(state), gaps)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The states at which both start."""
    if ANY in one:
        return other
    return one if ANY in other else tuple(state for state in one if state in other)


def _same_work(one: Move, other: Move) -> bool:
    return one.skill is not None and (one.skill, one.operation) == (other.skill, other.operation)


def _repeated(names: Iterable[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _holds(fact: Fact | None) -> bool:
    return fact is not None and fact.holds


def _gap(workflow: Workflow, name: str, fact: Fact | None) -> Gap:
    default = workflow.facts[name]
    if fact is None:
        return Gap(name, "never established", default)
    return Gap(name, fact.because, fact.unblock or default)


def _out_of_order(moves: tuple[Move, ...], state: str) -> Refused:
    sources = " or ".join(dict.fromkeys(one for move in moves for one in move.sources))
    already = next((m for m in moves if m.target == state), None)
    if already is not None:
        return Refused(
            f"the story is already {state}; {already.tag} starts from {sources}",
            "nothing to do: `orchestrator log` lists what was done to it",
        )
    return Refused(
        f"the story is {state}; {moves[0].tag} starts from {sources}",
        f"bring the story to {sources} first",
    )
