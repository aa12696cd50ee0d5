"""A pattern's manifest: what it provides, needs, changes and risks; plain validated data.

Each part may have a condition, `when`: it counts only where that holds.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.core.pattern.condition import ALWAYS, When

VERSION = r"^\d+\.\d+\.\d+$"


class Data(BaseModel):
    """Frozen data from outside; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Provided(Data):
    """One promise of a pattern: its EARS template and the security properties that prove it."""

    ears: str
    properties: tuple[str, ...] = ()
    when: When = ALWAYS


class Document(Data):
    """A source the pattern rests on, and the claim it supports."""

    title: str
    url: str
    claim: str
    checked_on: date
    when: When = ALWAYS


class Dependency(Data):
    """A library the rendered code needs: a floor, never a cap."""

    name: str
    floor: str = ""
    why: str = ""
    extras: tuple[str, ...] = ()
    when: When = ALWAYS


class CallAfterApp(Data):
    """Call `call` right after the host's app object is made, importing `import` (`module:name`)."""

    kind: Literal["call_after_app"]
    import_: str = Field(alias="import")
    call: str
    when: When = ALWAYS


class IgnoreLines(Data):
    """Lines that the host's `.gitignore` must contain."""

    kind: Literal["ignore_lines"]
    lines: tuple[str, ...]
    when: When = ALWAYS


class AlembicMetadata(Data):
    """Let the host's Alembic compare `<as>.metadata`, where `import` is imported as `as`."""

    kind: Literal["alembic_metadata"]
    import_: str = Field(alias="import")
    as_: str = Field(alias="as")
    when: When = ALWAYS


HostEdit = Annotated[CallAfterApp | IgnoreLines | AlembicMetadata, Field(discriminator="kind")]


class EnvironmentSecret(Data):
    """A secret written once into an untracked `.env`, from `bytes` random bytes."""

    name: str
    kind: Literal["secret"]
    bytes: int = Field(ge=32, le=256)
    when: When = ALWAYS


class Recommendation(Data):
    """Advice of the pattern, with where it comes from."""

    text: str
    source: str
    when: When = ALWAYS


class PatternRisk(Data):
    """A risk that holds when its condition does."""

    id: str
    text: str
    owner: str
    mitigation: str
    when: When = ALWAYS


class PatternFollowUp(Data):
    """Something left for a person, due a number of days after the transition."""

    action: str
    owner: str
    due_days: int = Field(ge=0)
    when: When = ALWAYS


class Changed(Data):
    """What a version of a pattern changed: in words, and the security properties (by id) and
    advisories (such as a CVE) that it repairs."""

    version: str = Field(pattern=VERSION)
    summary: str
    repairs: tuple[str, ...] = ()
    advisories: tuple[str, ...] = ()


class PatternManifest(Data):
    """The `_pattern` block of a `copier.yml`.

    `python` is the oldest Python that the rendered code works with ("": nobody says), `removal` is
    what is left for a person when the code is taken out again, `changes` what each version brought,
    the newest first.
    """

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+$")
    title: str
    version: str = Field(pattern=VERSION)
    language: str
    python: str = Field(default="", pattern=r"^(3\.\d{1,2})?$")
    frameworks: tuple[str, ...]
    requires: tuple[str, ...] = ()
    usage: str
    keywords: tuple[str, ...]
    provides: dict[str, Provided]
    documents: tuple[Document, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    edits: tuple[HostEdit, ...] = ()
    env: tuple[EnvironmentSecret, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    risks: tuple[PatternRisk, ...] = ()
    follow_ups: tuple[PatternFollowUp, ...] = ()
    removal: tuple[PatternFollowUp, ...] = ()
    changes: tuple[Changed, ...] = ()
    examples: tuple[dict[str, Any], ...] = ()
    executables: tuple[str, ...] = ()


_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"


class PatternSource(Data):
    """Where a pattern from elsewhere comes from: a repository, one commit of it, a folder in it.

    An empty `path` is the repository's root.
    """

    git: str = Field(min_length=1, max_length=500)
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    path: str = Field(default="", pattern=rf"^({_NAME}(/{_NAME})*)?$")

    @property
    def name(self) -> str:
        """What the pattern is called: the last folder, else the repository."""
        if self.path:
            return self.path.rpartition("/")[2]
        last = self.git.rstrip("/").replace(":", "/").rpartition("/")[2]
        return last.removesuffix(".git") or "pattern"

    def __str__(self) -> str:
        below = f", {self.path}" if self.path else ""
        return f"{self.git} at {self.commit[:12]}{below}"


class Question(Data):
    """One answer that a pattern asks for, as copier declares it; `multiselect` ones are lists."""

    name: str
    type: str
    help: str = ""
    default: Any = None
    choices: tuple[Any, ...] = ()
    multiselect: bool = False
    computed: bool = False


class Pattern(Data):
    """A pattern as found: its folder's name, manifest, questions, and a digest of the folder.

    One that is not trusted may be listed and ranked; rendering it is refused. `files` are the
    paths that it renders, with the names of answers in `{{ }}` as the template has them. `place`
    is the folder it was read from, on this machine; `origin` says where a pinned one comes from.
    """

    name: str
    manifest: PatternManifest
    questions: tuple[Question, ...]
    digest: str
    source: Literal["bundled", "project", "git", "folder"] = "bundled"
    trusted: bool = True
    files: tuple[str, ...] = ()
    place: str = Field(default="", exclude=True)
    origin: PatternSource | None = None

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions a user may answer; the computed ones are the tool's."""
        return tuple(question for question in self.questions if not question.computed)
