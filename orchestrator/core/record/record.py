"""The transition record: everything that a report may say, as canonical plain data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical, load_canonical, sha256

RECORD_SCHEMA = "story-orchestrator/record/1"
ABSENT = "absent"


class Part(BaseModel):
    """Frozen plain data of a record; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FigureData(Part):
    """A figure as stored: integers only, `den` null for a plain count."""

    id: str
    num: int
    den: int | None = None


class CheckData(Part):
    """One check's result; `statement` is the evidence name of its in-toto Statement."""

    name: str
    outcome: str
    reason: str
    examined: int
    expected: int
    figures: tuple[FigureData, ...]
    statement: str


class ConditionData(Part):
    """One policy condition as it was judged in this transition."""

    id: str
    metric: str
    op: str
    value: int
    unit: str
    must: bool
    unmeasured: str
    outcome: str
    actual: FigureData | None
    reason: str


class GateData(Part):
    """The level, every condition, and the policy that was applied, as the name of its evidence."""

    level: str
    policy: str
    passed: bool
    conditions: tuple[ConditionData, ...]


class SubjectData(Part):
    """What was measured: the candidate tree without `.orchestrator/` and the story file.

    `git_tree` is its git tree id, `manifest` the SHA-256 of its sorted `mode sha256 path` lines,
    `story` the SHA-256 of the story without `state:` and the lifecycle log, `scope` the stored
    evidence that says which files were ours.
    """

    git_tree: str
    manifest: str
    story: str
    scope: str | None = None


class FileData(Part):
    """A file we manage: how it changed, its SHA-256, and the git blob of its pristine render.

    `change` is create, update, delete or same; also `cut` (our lines left the host's file),
    `release` (what is there is no longer ours) and `drop` (a person deleted it, and it stays away).
    With `region` the file is the host's and only edited.
    """

    path: str
    change: str
    sha256: str
    pristine: str
    executable: bool = False
    region: bool = False


class DependencyData(Part):
    """A requirement we added to a manifest (`added` false: it was there already)."""

    manifest: str
    requirement: str
    added: bool


class PatternData(Part):
    """A pattern that was rendered: version, digest of its folder, its score and the parts of it.

    `answers` are those that it was rendered with; records of before they were kept have none.
    """

    name: str
    id: str
    version: str
    digest: str
    title: str
    score: FigureData
    parts: tuple[FigureData, ...]
    answers: dict[str, Any] | None = None

    @model_serializer(mode="wrap")
    def _without_what_was_not_kept(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _less(write(self), "answers")


class RequirementData(Part):
    """A requirement, what answers it (pattern key or host test), whether it was verified."""

    id: str
    key: str | None
    score: FigureData | None
    host_test: str | None
    status: Literal["verified", "claimed", "unmatched"]


class ObservationData(Part):
    """What memory found and what was decided, with file and line."""

    subject: str
    decision: str
    because: str
    place: str | None


class FetchedData(Part):
    """A snippet that was fetched: library and version at the source, when, its stored evidence."""

    library: str
    version: str
    retrieved_at: str
    snippet: str


class DocumentData(Part):
    """A source cited; `origin` says where it came from: `pattern`, `cache`, or who was asked.

    `fetched` is there for all but those of a pattern.
    """

    title: str
    url: str
    claim: str
    checked_on: str
    origin: str
    fetched: FetchedData | None = None

    @model_serializer(mode="wrap")
    def _without_what_was_not_fetched(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {key: one for key, one in written.items() if (key, one) != ("fetched", None)}


class RiskData(Part):
    """An open risk with its owner and what lessens it."""

    text: str
    owner: str
    mitigation: str


class FollowUpData(Part):
    """A thing left for a person, due on an ISO date."""

    action: str
    owner: str
    due: str


class ActorData(Part):
    """Who moved the story: a role, and the git identity that committed."""

    role: str
    name: str
    email: str


class Record(Part):
    """One entry of a story's log. Its file is named by Lamport number and the hash of its bytes.

    An `attempt` is what a closed gate leaves among the runs, never committed: `to` equals `from`.
    `answers` are common to all patterns; claims and marks, which are not, stand with each pattern.
    `parents` are full SHA-256 of earlier entries; `words` is the request as given, `inputs` the
    validated inputs as text, `origins` where the answers that a person may give came from.
    `evidence` names all stored evidence, no more and no less. `pins` are digests of what the result
    rests on: a key `file:<path>` is the SHA-256 of a committed file, or `absent`. The report is
    never part of it: it is rendered from it. `pristine` names the evidence that holds every managed
    file as it was before and as it was rendered.
    """

    schema_: Literal["story-orchestrator/record/1"] = Field(alias="schema")
    kind: Literal["transition", "attempt", "resolve", "annotate"] = "transition"
    story: str
    lamport: int = Field(ge=1)
    parents: tuple[str, ...]
    tag: str
    skill: str
    title: str
    mode: str
    actor: ActorData
    from_: str = Field(validation_alias="from", serialization_alias="from")
    to: str
    decided_at: str
    tool: dict[str, str]
    words: tuple[str, ...]
    inputs: dict[str, str]
    answers: dict[str, Any]
    origins: dict[str, str]
    subject: SubjectData
    gate: GateData | None
    checks: tuple[CheckData, ...]
    patterns: tuple[PatternData, ...]
    requirements: tuple[RequirementData, ...]
    observations: tuple[ObservationData, ...]
    documents: tuple[DocumentData, ...]
    files: tuple[FileData, ...]
    dependencies: tuple[DependencyData, ...]
    risks: tuple[RiskData, ...]
    follow_ups: tuple[FollowUpData, ...]
    next_steps: str
    pins: dict[str, str]
    evidence: tuple[str, ...]
    notes: tuple[str, ...] = ()
    pristine: str | None = None

    @model_serializer(mode="wrap")
    def _without_what_was_not_kept(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _less(write(self), "pristine")


def _less(written: dict[str, Any], name: str) -> dict[str, Any]:
    """What was written, without a field that has nothing: records of before it have none."""
    return {key: one for key, one in written.items() if (key, one) != (name, None)}


def encode(record: Record) -> bytes:
    """The canonical bytes of a record. Raises ValueError for data with no canonical form."""
    return canonical(record.model_dump(mode="json", by_alias=True))


def decode(raw: bytes) -> Record:
    """Read a record back. Raises IntegrityBroken, saying why, for bytes `encode` never wrote."""
    load_canonical(raw)
    try:
        record = Record.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise IntegrityBroken(f"not a record: {_first(error)}") from error
    if encode(record) != raw:
        raise IntegrityBroken("not a record: a field is missing that the schema writes out")
    return record


def entry_name(raw: bytes) -> str:
    """The name of an entry's file without `.json`: Lamport number and first 16 hex of its hash."""
    return f"{decode(raw).lamport:06d}-{sha256(raw)[:16]}"


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the whole"
    return f"{place}: {problem['msg']}"
