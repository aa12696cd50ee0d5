"""Turn the results of a gate run into stored evidence, and back; adds nothing of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.gate.check import CheckResult, Completed, Finding, Outcome, Scope
from orchestrator.core.gate.policy import Judged, Policy
from orchestrator.core.record.evidence import Descriptor, Pile
from orchestrator.core.record.record import CheckData, ConditionData, FigureData
from orchestrator.core.record.statement import (
    STATEMENT_TYPE,
    FindingData,
    Measurement,
    Predicate,
    RunData,
    Statement,
    Subject,
    TreeDigest,
    predicate_type,
    statement_bytes,
)
from orchestrator.core.text.canonical import canonical, load_canonical

_SCOPE = TypeAdapter(Scope)


@dataclass(frozen=True)
class Testimony:
    """All evidence of a gate run: stored names by role, and every stored file by its name.

    `names` is what a record lists as its evidence, sorted.
    """

    scope: str
    policy: str
    statements: Mapping[str, str]
    blobs: Mapping[str, bytes]

    @property
    def names(self) -> tuple[str, ...]:
        """Every stored name, sorted."""
        return tuple(sorted(self.blobs))


@dataclass(frozen=True)
class Witness:
    """What all statements of one gate run share: the tree, the question, how it was kept apart.

    `reads` says for each check which runs it parses, by command name.
    """

    git_tree: str
    manifest: str
    scope: Scope
    policy: Policy
    runs: Mapping[str, Completed]
    reads: Mapping[str, tuple[str, ...]]
    isolation: Mapping[str, str] = field(default_factory=dict)


def testify(witness: Witness, results: Mapping[str, CheckResult]) -> Testimony:
    """Store every result of a gate run with its raw output, scope and policy as evidence."""
    pile = Pile()
    scope = pile.add("scope", scope_bytes(witness.scope))
    policy = pile.add("policy", policy_bytes(witness.policy))
    statements = {
        name: pile.add(
            f"statement/{name}", _statement(name, result, witness, pile, (policy, scope))
        )
        for name, result in results.items()
    }
    return Testimony(
        scope=scope.annotations.stored,
        policy=policy.annotations.stored,
        statements={name: one.annotations.stored for name, one in statements.items()},
        blobs=dict(pile.blobs),
    )


def check_data(name: str, result: CheckResult, statement: str) -> CheckData:
    """A result as the record keeps it, beside the stored name of its statement."""
    return CheckData(
        name=name,
        outcome=result.outcome.value,
        reason=result.reason,
        examined=result.examined,
        expected=result.expected,
        figures=_figures(result),
        statement=statement,
    )


def condition_data(judged: Judged) -> ConditionData:
    """A judged condition as the record keeps it."""
    condition, actual = judged.condition, judged.actual
    return ConditionData(
        id=condition.id,
        metric=condition.metric,
        op=condition.op,
        value=condition.value,
        unit=condition.unit,
        must=condition.must,
        unmeasured=condition.unmeasured,
        outcome=judged.outcome.value,
        actual=FigureData(id=actual.id, num=actual.num, den=actual.den) if actual else None,
        reason=judged.reason,
    )


def scope_bytes(scope: Scope) -> bytes:
    """A scope in canonical form; what a scope of earlier versions did not have is left out."""
    document = _SCOPE.dump_python(scope, mode="json")
    if scope.served is None:
        del document["served"]
    if not scope.acknowledges:
        del document["acknowledges"]
    return canonical(document)


def read_scope(raw: bytes) -> Scope:
    """A stored scope. Raises IntegrityBroken unless `scope_bytes` gives the same bytes."""
    load_canonical(raw)
    try:
        scope = _SCOPE.validate_json(raw, strict=True)
    except ValidationError as error:
        raise IntegrityBroken(f"not a scope: {error.errors()[0]['msg']}") from error
    if scope_bytes(scope) != raw:
        raise IntegrityBroken("not a scope: it holds something that a scope does not")
    return scope


def policy_bytes(policy: Policy) -> bytes:
    """A policy in canonical form, with its levels as pairs, for their order matters."""
    levels = [[name, [one.model_dump() for one in level]] for name, level in policy.levels.items()]
    return canonical({"schema": policy.schema_, "levels": levels})


def read_policy(raw: bytes) -> Policy:
    """A stored policy. Raises IntegrityBroken unless `policy_bytes` gives the same bytes."""
    value = load_canonical(raw)
    try:
        policy = Policy.model_validate({"schema": value["schema"], "levels": dict(value["levels"])})
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise IntegrityBroken("not a policy") from error
    if policy_bytes(policy) != raw:
        raise IntegrityBroken("not a policy: it holds something that a policy does not")
    return policy


def restated(statement: Statement, result: CheckResult) -> Statement:
    """The same statement as it would stand with this result; equal when nothing was made up."""
    old = statement.predicate.measurement
    measurement = _measurement(old.check, result, old.isolation, old.runs)
    predicate = _predicate(result, statement.predicate.configuration, measurement)
    return statement.model_copy(
        update={"predicate": predicate, "predicate_type": predicate_type(old.check)}
    )


def _statement(
    name: str,
    result: CheckResult,
    witness: Witness,
    pile: Pile,
    configuration: tuple[Descriptor, ...],
) -> bytes:
    runs = tuple(
        _run(witness.runs[run], pile) for run in witness.reads.get(name, ()) if run in witness.runs
    )
    measurement = _measurement(name, result, witness.isolation, runs)
    tree = TreeDigest(git_tree=witness.git_tree, sha256=witness.manifest)
    statement = Statement(
        type_=STATEMENT_TYPE,
        subject=(Subject(digest=tree),),
        predicate_type=predicate_type(name),
        predicate=_predicate(result, configuration, measurement),
    )
    return statement_bytes(statement)


def _predicate(
    result: CheckResult, configuration: tuple[Descriptor, ...], measurement: Measurement
) -> Predicate:
    ends = {
        end: tuple(name for name, how in result.tests if how == end)
        for end in ("passed", "warned", "failed")
    }
    return Predicate(
        result=_result(result, warned=bool(ends["warned"])),
        configuration=configuration,
        passed=ends["passed"],
        warned=ends["warned"],
        failed=ends["failed"],
        measurement=measurement,
    )


def _result(result: CheckResult, *, warned: bool) -> Literal["PASSED", "WARNED", "FAILED"]:
    match result.outcome:
        case Outcome.PASSED:
            return "WARNED" if warned else "PASSED"
        case Outcome.NOT_APPLICABLE:
            return "WARNED"
        case _:
            return "FAILED"


def _measurement(
    name: str, result: CheckResult, isolation: Mapping[str, str], runs: tuple[RunData, ...]
) -> Measurement:
    return Measurement(
        check=name,
        outcome=result.outcome.value,
        reason=result.reason,
        examined=result.examined,
        expected=result.expected,
        figures=_figures(result),
        findings=tuple(_finding(one) for one in result.findings),
        isolation=dict(isolation),
        runs=runs,
    )


def _figures(result: CheckResult) -> tuple[FigureData, ...]:
    return tuple(FigureData(id=one.id, num=one.num, den=one.den) for one in result.figures)


def _finding(finding: Finding) -> FindingData:
    return FindingData(
        rule=finding.rule,
        severity=finding.severity,
        path=finding.path,
        line=finding.line,
        message=finding.message,
    )


def _run(run: Completed, pile: Pile) -> RunData:
    command = run.command
    produced = {"stdout": run.stdout, "stderr": run.stderr}
    produced |= {f"outputs/{name}": content for name, content in sorted(run.outputs.items())}
    return RunData(
        name=command.name,
        argv=command.argv,
        tree=command.tree,
        env=command.env,
        files=tuple(pile.add(path, text.encode()) for path, text in command.files),
        outputs=command.outputs,
        timeout=command.timeout,
        exit_code=run.exit_code,
        trouble=run.trouble,
        network_off=run.network_off,
        raw=tuple(pile.add(name, content) for name, content in produced.items()),
    )
