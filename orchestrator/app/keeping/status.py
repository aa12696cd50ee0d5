"""Say where every story stands, by its file and by its log; reads as little as it can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from orchestrator.core.errors import CannotAnswer, IntegrityBroken, OrchestratorError
from orchestrator.core.places import says_nothing
from orchestrator.core.story.front_matter import read_header

if TYPE_CHECKING:
    from orchestrator.ports.keeping import LogStore
    from orchestrator.ports.repository import WorkTree

OPENING = 4096
Trouble = Literal["", "cannot_answer", "integrity"]


@dataclass(frozen=True)
class Last:
    """The last transition: its entry in the log, the move, and when it was decided (UTC, ISO)."""

    entry: str
    tag: str
    source: str
    target: str
    at: str


@dataclass(frozen=True)
class Standing:
    """One story. `state` is the log's once there is a log; `problem` says what is wrong."""

    story: str
    state: str
    title: str
    owner: str
    last: Last | None = None
    trouble: Trouble = ""
    problem: str = ""


def stories_folder(settings: bytes | None) -> str:
    """Where the stories lie; a settings file of comments alone is not worth a YAML reader."""
    if says_nothing(settings):
        return "stories"
    from orchestrator.core.settings import parse_settings

    return parse_settings(settings).stories


def standings(work_tree: WorkTree, log: LogStore, folder: str) -> Iterator[Standing]:
    """Every story of the folder, by id, then the logs whose story is missing."""
    logged = set(log.stories())
    for path, opening in work_tree.openings(folder, ".md", OPENING):
        story = path.rpartition("/")[2].removesuffix(".md")
        standing = _from_file(work_tree, story, path, opening)
        if story in logged:
            logged.discard(story)
            standing = _with_log(standing, log)
        yield standing
    for story in sorted(logged):
        yield _with_log(Standing(story, "", "", "", None, "integrity", "the story is gone"), log)


def _from_file(work_tree: WorkTree, story: str, path: str, opening: bytes | None) -> Standing:
    header = read_header(opening) if opening is not None else None
    if header is None or "state" not in header:
        return _from_whole_file(work_tree, story, path)
    if header.get("id", story) != story:
        problem = f"{path} names itself {header['id']}"
        return Standing(story, header["state"], "", "", None, "cannot_answer", problem)
    return Standing(story, header["state"], header.get("title", ""), header.get("owner", ""))


def _from_whole_file(work_tree: WorkTree, story: str, path: str) -> Standing:
    from orchestrator.core.story.story import parse_story

    try:
        raw = work_tree.read(path)
        if raw is None:
            raise CannotAnswer(f"{path} is gone")
        front = parse_story(path, raw)
    except OrchestratorError as error:
        return Standing(story, "", "", "", None, "cannot_answer", error.problem)
    return Standing(story, front.state, front.title, front.owner)


def _with_log(standing: Standing, log: LogStore) -> Standing:
    from orchestrator.core.record.chain import replay, sound

    try:
        history = sound(replay(standing.story, log.entries(standing.story)))
    except IntegrityBroken as error:
        return _troubled(standing, standing.state, None, error.problem)
    if not history.entries:
        return standing
    entry = history.entries[-1]
    record = entry.record
    last = Last(entry.name, record.tag, record.from_, record.to, record.decided_at)
    state = history.state or standing.state
    if history.conflict:
        return _troubled(standing, state, last, "two entries of the log both move the story")
    if standing.state and standing.state != state:
        problem = f"the story says {standing.state}, its log says {state}"
        return _troubled(standing, state, last, problem)
    return Standing(
        standing.story,
        state,
        standing.title,
        standing.owner,
        last,
        standing.trouble,
        standing.problem,
    )


def _troubled(standing: Standing, state: str, last: Last | None, problem: str) -> Standing:
    return Standing(
        standing.story, state, standing.title, standing.owner, last, "integrity", problem
    )
