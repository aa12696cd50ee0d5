"""The machine, exhaustively: every state, transition, mode and fact of the bundled workflow."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest

import orchestrator
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.story.workflow import (
    MODES,
    Allowed,
    Blocked,
    Fact,
    Gap,
    Mode,
    Move,
    Refused,
    Work,
    Workflow,
    decide,
)
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml

FILE = Path(orchestrator.__file__).parent / "defaults" / "workflow.yaml"
DELIVERY = typed(Workflow, read_yaml(FILE.read_bytes(), "workflow.yaml"))
SKILLED = [move for move in DELIVERY.moves if move.skill is not None]


def work_of(move: Move) -> Work:
    assert move.skill is not None
    return Work(move.skill, move.operation)


WORKS = [work_of(move) for move in SKILLED]


def holding(*names: str) -> dict[str, Fact]:
    return {name: Fact(name, True, "seen") for name in names}


@pytest.mark.parametrize(("state", "work", "mode"), list(product(DELIVERY.states, WORKS, MODES)))
def test_work_moves_only_from_its_own_states(state: str, work: Work, mode: Mode) -> None:
    (move,) = DELIVERY.moves_of(work)
    decision = decide(DELIVERY, state, work, mode, holding(*DELIVERY.facts))
    if set(move.sources) & {"any", state}:
        target = state if move.target == "same" else move.target
        assert decision == Allowed(move, target, ())
    else:
        assert isinstance(decision, Refused)
        assert (f"already {state}" in decision.reason) is (move.target == state)
        assert decision.remedy


@pytest.mark.parametrize(("move", "mode"), list(product(SKILLED, MODES)), ids=str)
def test_every_set_of_missing_facts_blocks_but_what_tolerance_forgives(
    move: Move, mode: Mode
) -> None:
    state = first_state(move)
    for missing in subsets(move.requires):
        facts = holding(*(name for name in move.requires if name not in missing))
        decision = decide(DELIVERY, state, work_of(move), mode, facts)
        forgiven = mode == "tolerant" and not set(missing) & set(move.must)
        if missing and not forgiven:
            assert isinstance(decision, Blocked)
        else:
            assert isinstance(decision, Allowed)
            assert decision.target == move.leads_to(state)
        assert tuple(gap.name for gap in decision.gaps) == missing
        assert all(gap.because and gap.unblock for gap in decision.gaps)


def first_state(move: Move) -> str:
    return DELIVERY.states[0] if move.source == "any" else move.sources[0]


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [one for size in range(len(names) + 1) for one in combinations(names, size)]


@pytest.mark.parametrize(
    ("move", "name"), [(move, name) for move in SKILLED for name in move.requires], ids=str
)
def test_a_fact_that_does_not_hold_is_as_missing_as_one_never_established(
    move: Move, name: str
) -> None:
    state = first_state(move)
    facts = holding(*move.requires)
    refuted = {**facts, name: Fact(name, False, "it is not so", "mend it")}
    unknown = {key: fact for key, fact in facts.items() if key != name}
    one = decide(DELIVERY, state, work_of(move), "strict", refuted)
    other = decide(DELIVERY, state, work_of(move), "strict", unknown)
    assert one == Blocked(move, (Gap(name, "it is not so", "mend it"),))
    assert other == Blocked(move, (Gap(name, "never established", DELIVERY.facts[name]),))


@pytest.mark.parametrize("mode", MODES)
def test_facts_that_nobody_asked_for_change_nothing(mode: Mode) -> None:
    facts = {**holding(*DELIVERY.facts), "other": Fact("other", False, "no")}
    assert isinstance(decide(DELIVERY, "DESIGNED", Work("code-development"), mode, facts), Allowed)


@pytest.mark.parametrize(("state", "mode"), list(product([*DELIVERY.states, "NOWHERE"], MODES)))
def test_an_unknown_skill_is_refused_with_the_known_ones(state: str, mode: Mode) -> None:
    decision = decide(DELIVERY, state, Work("cooking"), mode, {})
    assert isinstance(decision, Refused)


@pytest.mark.parametrize(("work", "mode"), list(product(WORKS, MODES)))
def test_a_state_that_the_workflow_has_not_is_refused(work: Work, mode: Mode) -> None:
    decision = decide(DELIVERY, "NOWHERE", work, mode, holding(*DELIVERY.facts))
    assert isinstance(decision, Refused)
    assert "no state NOWHERE" in decision.reason


def test_a_blocked_move_prints_the_line_of_the_report() -> None:
    move = DELIVERY.moves_of(Work("research"))[0]
    gaps = (Gap("a", "x", "do this, [then] that\nnow"), Gap("b", "y", "step_b"))
    assert str(Blocked(move, gaps)) == (
        "BLOCKED(missing_inputs=[a, b], unblock_steps=[do this; (then) that now, step_b])"
    )


def test_the_delivery_line_is_the_one_of_the_design() -> None:
    usual = [move for move in SKILLED if not move.operation]
    lines = [(m.tag, m.skill, m.owner, m.source, m.target) for m in usual]
    assert lines == [
        ("requirements.specify", "requirements", "product-ops", "DRAFT", "SPECIFIED"),
        ("design.decide", "design", "architect", "SPECIFIED", "DESIGNED"),
        ("code.implement", "code-development", "tech-lead", "DESIGNED", "IMPLEMENTED"),
        ("code.review", "code-review", "tech-lead", "IMPLEMENTED", "REVIEWED"),
        ("qa.verify", "quality-assurance", "qa", "REVIEWED", "VERIFIED"),
        ("delivery.sync", "delivery", "product-ops", "VERIFIED", "RELEASED"),
        ("research", "research", "any", "any", "same"),
        ("context.snapshot", "context-snapshot", "any", "any", "same"),
    ]
    back = [(m.source, m.target) for m in DELIVERY.moves if m.tag == "rollback"]
    assert back == list(zip(DELIVERY.states[1:], DELIVERY.states[:-1], strict=True))


def test_what_was_implemented_can_be_upgraded_or_removed_at_any_later_state() -> None:
    later = DELIVERY.states[DELIVERY.states.index("IMPLEMENTED") :]
    lines = [(m.operation, m.sources, m.target) for m in SKILLED if m.operation]
    assert lines == [("upgrade", later, "IMPLEMENTED"), ("remove", later, "DESIGNED")]


def test_a_move_without_an_operation_is_not_for_another_one() -> None:
    decision = decide(DELIVERY, "DESIGNED", Work("design", "remove"), "strict", {})
    assert isinstance(decision, Refused)
    assert "design remove" in decision.reason


def test_every_fact_of_the_bundled_workflow_is_required_somewhere() -> None:
    assert set(DELIVERY.facts) == {name for move in DELIVERY.moves for name in move.requires}


def test_a_step_fits_between_the_brackets_of_the_blocked_line() -> None:
    assert not [step for step in DELIVERY.facts.values() if set(step) & set(",[]")]


SOUND = """name: w
states: [A, B]
owners: [me]
facts: {ready: make it ready}
moves:
  - {tag: go, title: Go, skill: s, owner: me, source: A, target: B, requires: [ready]}
"""


def load(text: str) -> Workflow:
    return typed(Workflow, read_yaml(text, "w.yaml"))


def test_a_sound_workflow_is_read() -> None:
    assert load(SOUND).moves[0].tag == "go"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[A, B]", "[]", "there are no states"),
        ("[A, B]", "[A, B, B]", "state 'B' stands twice"),
        ("[A, B]", "[A, B, any]", "'any' cannot be a state"),
        ("[A, B]", "[A, B, same]", "'same' cannot be a state"),
        ("[A, B]", "[A, B, 'C D']", "'C D' cannot be a state"),
        ("[A, B]", "[A, B, C]", "state 'C' is never reached"),
        ("[A, B]", "[B, A]", "state 'A' is never reached"),
        ("owner: me", "owner: you", "go: unknown owner 'you'"),
        ("source: A", "source: C", "go: unknown state 'C'"),
        ("target: B", "target: C", "go: unknown state 'C'"),
        ("source: A", "source: same", "go: unknown state 'same'"),
        ("target: B", "target: any", "go: unknown state 'any'"),
        ("requires: [ready]", "requires: [steady]", "go: unknown fact 'steady'"),
        ("requires: [ready]", "must: [ready]", "must names facts that are not required"),
        ("{ready: make it ready}", "{Ready: x}", "'Ready' cannot be a fact"),
        ("{ready: make it ready}", "{ready: ' '}", "fact 'ready': no step"),
        ("{ready: make it ready}", "{ready: }", "facts.ready"),
        ("tag: go,", "tag: go, colour: red,", "unknown key `colour`"),
        ("name: w", "name: w\nversion: 1", "unknown key `version`"),
    ],
)
def test_a_workflow_that_cannot_run_is_refused(old: str, new: str, says: str) -> None:
    assert old in SOUND
    with pytest.raises(CannotAnswer) as refusal:
        load(SOUND.replace(old, new, 1))
    assert says in refusal.value.problem


@pytest.mark.parametrize(
    "second",
    [
        "{tag: x, title: X, skill: s, owner: me, source: A, target: A}",
        "{tag: x, title: X, skill: s, owner: me, source: any, target: same}",
        "{tag: go, title: X, owner: me, source: A, target: A}",
        "{tag: go, title: X, skill: t, owner: me, source: any, target: same}",
    ],
)
def test_two_moves_that_could_both_be_meant_are_refused(second: str) -> None:
    with pytest.raises(CannotAnswer, match="both start at"):
        load(f"{SOUND}  - {second}\n")


@pytest.mark.parametrize(
    "second",
    [
        "{tag: x, title: X, skill: s, owner: me, source: B, target: A}",
        "{tag: go, title: X, owner: me, source: B, target: A}",
        "{tag: x, title: X, owner: me, source: A, target: B}",
        "{tag: x, title: X, skill: t, owner: any, source: any, target: same}",
    ],
)
def test_two_moves_that_differ_in_skill_tag_or_source_are_fine(second: str) -> None:
    assert len(load(f"{SOUND}  - {second}\n").moves) == 2
