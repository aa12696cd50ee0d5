"""Keep what is new apart from what a host has: URL paths and test modules; changes no choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator.core.host.host import Host, Observation, Place
from orchestrator.core.pattern.answers import Answer, BadAnswer


@dataclass(frozen=True)
class TestsPlace:
    """The folder for new tests, and whether it is a Python package."""

    path: str
    are_package: bool

    __test__ = False


def apart_from_tests(
    host: Host, files: Iterable[str]
) -> tuple[TestsPlace, tuple[Observation, ...]]:
    """Where new tests go; a folder of its own name when a test module's name is taken.

    pytest imports test modules that lie outside packages by their bare name, so two of one name
    stop the whole run. `files` are the paths that will be written.
    """
    place = TestsPlace(host.tests_path, host.tests_are_package)
    if place.are_package:
        return place, ()
    ours = {PurePosixPath(path).name for path in files}
    theirs = {PurePosixPath(path).name: path for path in sorted(host.paths, reverse=True)}
    clash = sorted(name for name in ours & set(theirs) if name.startswith("test_"))
    if not clash:
        return place, ()
    folder = _free_folder(f"{place.path}_tests", host.paths)
    because = f"{theirs[clash[0]]} has the name of a new test module; {folder} is a package"
    seen = Observation("tests folder", "choose another", because, Place(theirs[clash[0]]))
    return TestsPlace(folder, are_package=True), (seen,)


def apart_from_routes(
    host: Host, answers: Iterable[Answer]
) -> tuple[tuple[Answer, ...], tuple[Observation, ...], tuple[BadAnswer, ...]]:
    """Keep answers that are URL paths off the host's routes.

    A default that is taken gives way to a free path and an observation; a path that was asked for
    is not changed, but named as bad.
    """
    settled: list[Answer] = []
    moved: list[Observation] = []
    taken: list[BadAnswer] = []
    for answer in answers:
        clash = _clash(host, answer)
        if clash is None:
            settled.append(answer)
            continue
        route, place = clash
        free = _free_path(str(answer.value), host)
        if answer.origin == "default":
            settled.append(Answer(answer.name, free, "detected"))
            because = f"the host answers {route}; {answer.name} is {free}"
            moved.append(Observation("routes", "choose another", because, place))
        else:
            settled.append(answer)
            because = f"{answer.name}={answer.value} is taken by {route} at {place}"
            taken.append(BadAnswer(answer.name, because, f"answer {answer.name}={free}"))
    return tuple(settled), tuple(moved), tuple(taken)


def _clash(host: Host, answer: Answer) -> tuple[str, Place] | None:
    path = answer.value
    if not isinstance(path, str) or not path.startswith("/"):
        return None
    return next((one for one in host.taken_routes if _is_below(one[0], path)), None)


def _is_below(route: str, path: str) -> bool:
    return route == path or route.startswith(f"{path}/")


def _free_path(path: str, host: Host) -> str:
    routes = [route for route, _ in host.taken_routes]
    tries = (f"{path}-{number}" if number > 1 else f"{path}-api" for number in range(1, 1000))
    return next(one for one in tries if not any(_is_below(route, one) for route in routes))


def _free_folder(folder: str, paths: frozenset[str]) -> str:
    tries = (f"{folder}_{number}" if number else folder for number in range(1000))
    return next(one for one in tries if not any(path.startswith(f"{one}/") for path in paths))
