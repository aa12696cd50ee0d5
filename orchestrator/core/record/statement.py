"""The in-toto Statement of one check as data, and its runs read back; runs nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.gate.check import Command, Completed, Tree
from orchestrator.core.record.evidence import Descriptor, Reader, described
from orchestrator.core.record.record import FigureData
from orchestrator.core.text.canonical import canonical, load_canonical

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CHECK_RESULT = "urn:story-orchestrator:check:v1"
TESTING_CHECKS = ("tests", "host_tests")


class Piece(BaseModel):
    """Frozen plain data of a statement; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TreeDigest(Piece):
    """The git tree id, and the SHA-256 of the tree's sorted `mode sha256 path` lines."""

    git_tree: str = Field(validation_alias="gitTree", serialization_alias="gitTree")
    sha256: str


class Subject(Piece):
    """The tree that was measured."""

    name: Literal["source-tree"] = "source-tree"
    digest: TreeDigest


class RunData(Piece):
    """One process: what was asked, how it ended, and descriptors of its files and raw output."""

    name: str
    argv: tuple[str, ...]
    tree: Tree
    env: tuple[tuple[str, str], ...]
    files: tuple[Descriptor, ...]
    outputs: tuple[str, ...]
    timeout: int
    exit_code: int | None = Field(validation_alias="exit", serialization_alias="exit")
    trouble: str
    network_off: bool
    raw: tuple[Descriptor, ...]


class FindingData(Piece):
    """One finding, as the check gave it."""

    rule: str
    severity: Literal["low", "medium", "high"]
    path: str
    line: int
    message: str


class Measurement(Piece):
    """What the check saw and concluded, with everything that repeats its parse."""

    check: str
    outcome: str
    reason: str
    examined: int
    expected: int
    figures: tuple[FigureData, ...]
    findings: tuple[FindingData, ...]
    isolation: dict[str, str]
    runs: tuple[RunData, ...]


class Predicate(Piece):
    """The in-toto test-result predicate, extended by our measurement."""

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: tuple[Descriptor, ...]
    passed: tuple[str, ...] = Field(
        validation_alias="passedTests", serialization_alias="passedTests"
    )
    warned: tuple[str, ...] = Field(
        validation_alias="warnedTests", serialization_alias="warnedTests"
    )
    failed: tuple[str, ...] = Field(
        validation_alias="failedTests", serialization_alias="failedTests"
    )
    measurement: Measurement = Field(
        validation_alias="orchestrator_measurement", serialization_alias="orchestrator_measurement"
    )


class Statement(Piece):
    """An in-toto Statement v1 about one check and one tree."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(
        validation_alias="_type", serialization_alias="_type"
    )
    subject: tuple[Subject]
    predicate_type: str = Field(
        validation_alias="predicateType", serialization_alias="predicateType"
    )
    predicate: Predicate


def statement_bytes(statement: Statement) -> bytes:
    """A statement in canonical form."""
    return canonical(statement.model_dump(mode="json", by_alias=True))


def read_statement(raw: bytes) -> Statement:
    """A stored statement. Raises IntegrityBroken for bytes that `statement_bytes` never wrote."""
    load_canonical(raw)
    try:
        statement = Statement.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise IntegrityBroken(f"not a statement: {error.errors()[0]['msg']}") from error
    if statement_bytes(statement) != raw:
        raise IntegrityBroken("not a statement: a field is missing that the schema writes out")
    return statement


def runs_of(statement: Statement, read: Reader) -> Mapping[str, Completed]:
    """The runs that a statement describes, from stored bytes. Raises IntegrityBroken."""
    return {run.name: _completed(run, read) for run in statement.predicate.measurement.runs}


def stored_names(statement: Statement) -> frozenset[str]:
    """Every stored name that a statement refers to."""
    runs = statement.predicate.measurement.runs
    described_here = [
        *statement.predicate.configuration,
        *(one for run in runs for one in (*run.files, *run.raw)),
    ]
    return frozenset(one.annotations.stored for one in described_here)


def predicate_type(check: str) -> str:
    """The predicate type of a check's statements."""
    return TEST_RESULT if check in TESTING_CHECKS else CHECK_RESULT


def _completed(run: RunData, read: Reader) -> Completed:
    raw = {one.name: described(read, one) for one in run.raw}
    outputs = {
        name.removeprefix("outputs/"): content
        for name, content in raw.items()
        if name.startswith("outputs/")
    }
    if set(raw) != {"stdout", "stderr", *(f"outputs/{name}" for name in outputs)}:
        raise IntegrityBroken(f"the run {run.name} lacks its standard output or error")
    return Completed(
        command=_command(run, read),
        exit_code=run.exit_code,
        stdout=raw["stdout"],
        stderr=raw["stderr"],
        outputs=outputs,
        trouble=run.trouble,
        network_off=run.network_off,
    )


def _command(run: RunData, read: Reader) -> Command:
    try:
        files = tuple((one.name, described(read, one).decode()) for one in run.files)
    except UnicodeDecodeError as error:
        raise IntegrityBroken(f"a file of the run {run.name} is not text") from error
    return Command(
        name=run.name,
        argv=run.argv,
        tree=run.tree,
        files=files,
        outputs=run.outputs,
        env=run.env,
        timeout=run.timeout,
    )
