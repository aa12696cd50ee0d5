"""What a repository says of itself: memory, index, edits by syntax, documents of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from orchestrator.core.change.changes import File
from orchestrator.core.documents.documents import DocsAnswer, DocsLimits, Question
from orchestrator.core.host.edits import Edit, EditResult
from orchestrator.core.host.host import Host, Place
from orchestrator.core.search.code import Asked, Candidate, IndexFile, IndexState


class Memory(Protocol):
    """Read the repository without running it."""

    def survey(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, framework: str | None
    ) -> Host:
        """Look at a committed tree: paths, and a reader of their content."""
        ...

    def importers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, package: str, folder: str
    ) -> tuple[Place, ...]:
        """Where code imports a package, or something in it, that is not among the files; sorted."""
        ...

    def followers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, revision: str
    ) -> tuple[Place, ...]:
        """The revisions of a database schema that come right after the one in a file."""
        ...


class Index(Protocol):
    """What is known of committed code, by content; kept between runs, and made anew when it is
    lost. `others` are folders of further repositories, in which nothing is written."""

    def find(
        self, asked: Sequence[Sequence[str]], others: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[Asked, ...]]:
        """Symbols that hold a word of the question (each word with those that mean the same), and
        how much of each repository was looked into."""
        ...

    def state(self, others: Sequence[str]) -> tuple[IndexFile, tuple[IndexState, ...]]: ...

    def rebuild(self, others: Sequence[str]) -> None:
        """Forget everything and read all files; what is read stays when this is interrupted."""
        ...

    def remember(self, what: str, key: str, make: Callable[[], str]) -> str:
        """The text that was made for this key, made now when another key or none is known."""
        ...


class Editor(Protocol):
    """Change a host file by its syntax, as little as possible; a pure function of the text."""

    def apply(self, edit: Edit, existing: Mapping[str, File]) -> EditResult: ...


class Docs(Protocol):
    """Documents of others, from where they are published or from the cache."""

    def ask(self, questions: Sequence[Question], limits: DocsLimits) -> tuple[DocsAnswer, ...]:
        """Answers in the order of the questions, all within the limits; a failure is an answer."""
        ...
