"""Derive a record's figures and verdict again from stored raw output; believes no stated number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.app.measuring.traced import unverified
from orchestrator.app.trust.cited import odd_documents
from orchestrator.core.change.pristine import blob_id, read_pack
from orchestrator.core.errors import CannotAnswer, IntegrityBroken
from orchestrator.core.gate.check import CheckResult, Scope
from orchestrator.core.gate.policy import Policy, judge
from orchestrator.core.record.evidence import Reader, fetch
from orchestrator.core.record.installed import LEFT
from orchestrator.core.record.record import CheckData, FigureData, Record
from orchestrator.core.record.statement import Statement, read_statement, runs_of, stored_names
from orchestrator.core.record.testimony import (
    check_data,
    condition_data,
    read_policy,
    read_scope,
    restated,
)
from orchestrator.ports.plugins import Checks


@dataclass
class Rederived:
    """What one record's evidence gives: results by check, and what does not agree with it.

    `unanswered` are the checks that nobody provides; without them there is no verdict to compare.
    """

    results: dict[str, CheckResult] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    unanswered: list[CannotAnswer] = field(default_factory=list)
    figures: int = 0
    whole: bool = True


def rederive(record: Record, read: Reader, checks: Checks) -> Rederived:
    """Repeat every parse and the verdict, as far as the evidence can be read."""
    found = Rederived()
    used: set[str] = set()
    scope = _scope(record, read, found, used)
    for check in record.checks:
        try:
            statement = read_statement(fetch(read, check.statement))
            used |= {check.statement, *stored_names(statement)}
            found.contradictions += _odd_statement(record, check, statement)
            result = _repeated(check, statement, scope, read, checks)
        except IntegrityBroken as error:
            used.add(check.statement)
            found.whole = False
            found.contradictions.append(f"{check.name}: {error.problem}")
            continue
        except CannotAnswer as error:
            found.unanswered.append(error)
            continue
        found.results[check.name] = result
        found.figures += len(result.figures)
        found.contradictions += _odd_result(check, statement, result)
    found.contradictions += _odd_requirements(record, found)
    found.contradictions += _odd_gate(record, read, found, used)
    found.contradictions += odd_documents(record, read, used)
    found.contradictions += _odd_pristine(record, read, used)
    found.contradictions += _odd_list(record, used, whole=found.whole)
    return found


def _scope(record: Record, read: Reader, found: Rederived, used: set[str]) -> Scope:
    name = record.subject.scope
    if name is None:
        if record.checks:
            found.contradictions.append("checks ran, but no scope says what was ours")
        return Scope()
    used.add(name)
    try:
        return read_scope(fetch(read, name))
    except IntegrityBroken as error:
        found.contradictions.append(f"scope: {error.problem}")
        return Scope()


def _odd_statement(record: Record, check: CheckData, statement: Statement) -> Iterator[str]:
    tree = statement.subject[0].digest
    if (tree.git_tree, tree.sha256) != (record.subject.git_tree, record.subject.manifest):
        yield f"{check.name}: its statement is about another tree"
    if statement.predicate.measurement.check != check.name:
        yield f"{check.name}: its statement is about {statement.predicate.measurement.check}"
    asked = {one.annotations.stored for one in statement.predicate.configuration}
    gate = {record.gate.policy} if record.gate else set()
    if asked != {*gate, record.subject.scope}:
        yield f"{check.name}: its statement names another policy or scope"


def _repeated(
    check: CheckData, statement: Statement, scope: Scope, read: Reader, checks: Checks
) -> CheckResult:
    runs = runs_of(statement, read)
    parser = checks.load(check.name)
    try:
        return parser.parse(scope, runs)
    except Exception as error:
        raise IntegrityBroken(f"its raw output cannot be read: {error!r}") from error


def _odd_result(check: CheckData, statement: Statement, result: CheckResult) -> Iterator[str]:
    derived = check_data(check.name, result, check.statement)
    if derived != check:
        yield f"{check.name}: {_difference(check, derived)}"
    if restated(statement, result) != statement:
        yield f"{check.name}: its statement is not what its raw output gives"


def _difference(recorded: CheckData, derived: CheckData) -> str:
    """The first thing in which a recorded result differs from the derived one."""
    if recorded.figures != derived.figures:
        stated, real = _figures(recorded.figures), _figures(derived.figures)
        names = sorted(name for name in {*stated, *real} if stated.get(name) != real.get(name))
        if names:
            name = names[0]
            old, new = stated.get(name, "nothing"), real.get(name, "nothing")
            return f"{name} is recorded as {old}, the raw output gives {new}"
    for name in ("outcome", "examined", "expected", "reason"):
        old, new = getattr(recorded, name), getattr(derived, name)
        if old != new:
            return f"{name} is recorded as {old!r}, the raw output gives {new!r}"
    return "its figures are in another order than the raw output gives"


def _figures(figures: tuple[FigureData, ...]) -> Mapping[str, str]:
    return {
        one.id: f"{one.num}/{one.den}" if one.den is not None else str(one.num) for one in figures
    }


def _odd_requirements(record: Record, found: Rederived) -> Iterator[str]:
    """A requirement is verified if and only if the traceability check says so."""
    if found.unanswered or not found.whole:
        return
    wanting = unverified(found.results)
    for one in record.requirements:
        derived = wanting is not None and one.id not in wanting
        if derived is not (one.status == "verified"):
            word = "verified" if derived else "not verified"
            yield f"requirement {one.id}: recorded as {one.status}, its evidence says {word}"


def _odd_gate(record: Record, read: Reader, found: Rederived, used: set[str]) -> Iterator[str]:
    gate = record.gate
    if gate is None:
        if record.files or record.checks:
            yield "files or checks are recorded, but no gate judged them"
        return
    used.add(gate.policy)
    try:
        policy = read_policy(fetch(read, gate.policy))
    except IntegrityBroken as error:
        yield f"policy: {error.problem}"
        return
    if not found.unanswered:
        yield from _odd_verdict(record, policy, found.results)


def _odd_verdict(
    record: Record, policy: Policy, results: Mapping[str, CheckResult]
) -> Iterator[str]:
    gate = record.gate
    if gate is None:
        return
    if gate.level not in policy.levels:
        yield f"gate: its policy has no level {gate.level}"
        return
    verdict = judge(policy, gate.level, results, tolerant=record.mode == "tolerant")
    derived = tuple(condition_data(one) for one in verdict.judged)
    stated = {one.id: one for one in gate.conditions}
    for one in derived:
        if stated.get(one.id) != one:
            yield f"gate: the condition {one.id} is {one.outcome} by the policy, not as recorded"
    if len(derived) != len(gate.conditions):
        yield f"gate: {len(gate.conditions)} conditions recorded, the policy has {len(derived)}"
    if verdict.passed != gate.passed:
        recorded, judged = _word(passed=gate.passed), _word(passed=verdict.passed)
        yield f"gate: recorded as {recorded}, judged {judged}"
    if record.kind == "transition" and not verdict.passed:
        yield "gate: the story moved although the gate is closed"


def _word(*, passed: bool) -> str:
    return "open" if passed else "closed"


def _odd_pristine(record: Record, read: Reader, used: set[str]) -> Iterator[str]:
    """The kept renders are those whose blobs the record names, no more and no less."""
    if record.pristine is None:
        return
    used.add(record.pristine)
    try:
        originals = read_pack(fetch(read, record.pristine))
    except IntegrityBroken as error:
        yield f"pristine renders: {error.problem}"
        return
    named = {one.path: one.pristine for one in record.files if one.change not in LEFT}
    for path in sorted(named.keys() ^ originals.keys()):
        yield f"pristine renders: {path} is kept and not listed, or listed and not kept"
    for path in sorted(named.keys() & originals.keys()):
        if blob_id(originals[path].after, named[path]) != named[path]:
            yield f"pristine renders: {path} is not what the record names"


def _odd_list(record: Record, used: set[str], *, whole: bool) -> Iterator[str]:
    listed = set(record.evidence)
    for name in sorted(used - listed):
        yield f"evidence {name[:16]} is used and not listed"
    for name in sorted(listed - used) if whole else ():
        yield f"evidence {name[:16]} is listed and nothing uses it"
