"""What an application answered, and where two answers to one request differ; asks nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import commonprefix
from typing import Any

from orchestrator.api import Completed
from orchestrator.checks.reading import (
    Unreadable,
    document,
    ended,
    mapping,
    number,
    output,
    sequence,
    word,
)
from orchestrator.checks.texts import TOKENS, keeps

OUTPUT = "answers.json"
LATE = "TimeoutError"
_SHOWN = 40
_LEAD = 10

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Process:
    """One process: the answers to each request it was asked, once and once more.

    `guarded` are those requests whose route is said to be for somebody who is known.
    """

    first: Mapping[str, Answer]
    second: Mapping[str, Answer]
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What a run heard: its processes, the requests of the first one, and what kept it."""

    problem: str
    asked: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()


@dataclass(frozen=True)
class Other:
    """One thing in which an answer differs: what it was, what it is."""

    request: str
    what: str
    was: str
    now: str

    @property
    def sentence(self) -> str:
        """The difference in a line."""
        was, now = _apart(self.was, self.now)
        return f"{self.request}: {self.what}: {was} before, {now} now"


def heard(runs: Mapping[str, Completed], name: str) -> Heard:
    """The answers of a run. Raises Unreadable."""
    whole = mapping(document(output(ended(runs, name, (0,)), OUTPUT), name), name)
    problem = word(whole.get("problem"), name)
    answers = [mapping(one, "an answer") for one in sequence(whole.get("answers"), name)]
    told = [mapping(one, "a process") for one in sequence(whole.get("processes"), name)]
    if problem:
        return Heard(problem)
    if not told:
        raise Unreadable(f"{name} heard no process")
    asked = [tuple(word(key, name) for key in sequence(one.get("asked"), name)) for one in told]
    processes = tuple(
        _process(one, keys, answers, name) for one, keys in zip(told, asked, strict=True)
    )
    return Heard("", asked[0], processes)


def differences(
    request: str, before: Sequence[Process], after: Process
) -> tuple[list[Other], list[str]]:
    """Where the answers after differ from those before, and what varied by itself before.

    A part that two processes, or one process at two times, told differently before the change is
    volatile: it is named, and no difference.
    """
    found: dict[str, Other] = {}
    volatile: set[str] = set()
    for turn in ("first", "second"):
        now = getattr(after, turn)[request]
        was = [getattr(one, turn)[request] for one in before]
        if now in was:
            continue
        every = [one[request] for each in before for one in (each.first, each.second)]
        prose = _varied_prose(every, now)
        if prose and now["body"] not in [one["body"] for one in was]:
            if keeps(prose[:-1], prose[-1]):
                volatile.add("body")
            else:
                found.setdefault("body", _other(request, "body", was[0], now))
        mine, theirs, all_ = parts(now), list(map(parts, was)), list(map(parts, every))
        for key in sorted({*mine, *(name for one in theirs for name in one)}):
            what = key.partition("\0")[0]
            if (prose and what == "body") or any(mine.get(key) == one.get(key) for one in theirs):
                continue
            if len({one.get(key) for one in all_}) > 1:
                volatile.add(what)
            elif not _addition(key, theirs[0].get(key)):
                found.setdefault(what, _other(request, what, was[0], now))
    return list(found.values()), sorted(volatile)


def _other(request: str, what: str, was: Answer, now: Answer) -> Other:
    return Other(request, what, _whole(was, what), _whole(now, what))


def _varied_prose(before: Sequence[Answer], now: Answer) -> list[str]:
    """The bodies, the one of `now` last, where those before are texts that vary; else nothing."""
    texts = [str(one["body"].get("text", "")) for one in (*before, now)]
    varied = len(set(texts[:-1])) > 1
    return (
        texts if varied and all(texts) and not any(_json(one) is not None for one in texts) else []
    )


def unguarded(process: Process) -> Iterator[str]:
    """A sentence for each route that is said to want somebody known, and answered anybody."""
    for key in process.guarded:
        status = process.first.get(key, {}).get("status", 0)
        if 200 <= status < 300:
            yield f"{key} is listed as protected and answered {status} without a token"


def sometimes_late(request: str, processes: Sequence[Process]) -> bool:
    """Say whether some answers to a request did not come in time and others did: on a machine that
    is busy with other things such a request says nothing."""
    every = [one.get(request) for each in processes for one in (each.first, each.second)]
    late = [one["status"] == 0 and one["body"].get("text") == LATE for one in every if one]
    return any(late) and not all(late)


def parts(answer: Answer) -> dict[str, str]:
    """An answer in the smallest parts that can vary alone; a key is what, then where in it.

    The length of a body that is compared itself is no part.
    """
    found = {"status": str(answer["status"])}
    seen: dict[str, int] = {}
    for name, value in answer["headers"]:
        seen[name] = seen.get(name, -1) + 1
        found[f"header {name}\0{seen[name]}"] = "there"
        length = name == "content-length" and "endless" not in answer["body"]
        for place, token in enumerate(() if length else TOKENS.findall(value)):
            found[f"header {name}\0{seen[name]} {place}"] = token
    body = answer["body"]
    if "openapi" in body:
        found.update({f"description {name}": value for name, value in body["openapi"].items()})
    elif "text" in body:
        found.update(_of_text(body["text"]))
    else:
        found.update({f"body\0{name}": str(value) for name, value in body.items()})
    return found


def _of_text(text: str) -> dict[str, str]:
    value = _json(text)
    if value is not None:
        return {f"body\0{place}": leaf for place, leaf in _leaves(value, "")}
    return {f"body\0{place}": token for place, token in enumerate(TOKENS.findall(text))}


def _json(text: str) -> dict[str, Any] | list[Any] | None:
    """The object or the list that a text is in JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield f"{place}{{}}", " ".join(sorted(value))
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{name}")
    elif isinstance(value, list):
        yield f"{place}[]", str(len(value))
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{place}[{index}]")
    else:
        yield place, json.dumps(value)


def _addition(key: str, was: str | None) -> bool:
    """A path, an operation or a schema that an API description did not have before."""
    return was is None and key.startswith(("description paths ", "description components "))


def _whole(answer: Answer, what: str) -> str:
    """What a person should see of one thing of an answer."""
    kind, _, name = what.partition(" ")
    if kind == "status":
        return str(answer["status"])
    if kind == "header":
        return ", ".join(value for key, value in answer["headers"] if key == name) or "nothing"
    body = answer["body"]
    if kind == "description":
        return str(body.get("openapi", {}).get(name, "nothing"))
    return str(body.get("text", body.get("digest", "another kind of body")))


def _process(
    told: Mapping[str, Any], keys: Sequence[str], answers: Sequence[Answer], name: str
) -> Process:
    passes = sequence(told.get("passes"), name)
    if len(passes) != 2 or len(set(keys)) != len(keys):
        raise Unreadable(f"{name}: a process is asked everything twice")
    guarded = tuple(word(one, name) for one in sequence(told.get("guarded"), name))
    first, second = (_pass(one, keys, answers, name) for one in passes)
    return Process(first, second, guarded)


def _pass(
    told: Any, keys: Sequence[str], answers: Sequence[Answer], name: str
) -> dict[str, Answer]:
    numbers = [number(one, name) for one in sequence(told, name)]
    if len(numbers) > len(keys) or any(one >= len(answers) for one in numbers):
        raise Unreadable(f"{name}: an answer without a request")
    return {key: _checked(answers[one], name) for key, one in zip(keys, numbers, strict=False)}


def _checked(answer: Answer, name: str) -> Answer:
    number(answer.get("status"), name)
    mapping(answer.get("body"), name)
    for one in sequence(answer.get("headers"), name):
        if len([word(part, name) for part in sequence(one, name)]) != 2:
            raise Unreadable(f"{name}: a header has a name and a value")
    return answer


def _apart(was: str, now: str) -> tuple[str, str]:
    """Two texts, each short and from a little before the place where they part."""
    texts = [" ".join(one.split()) or "nothing" for one in (was, now)]
    alike = len(commonprefix(texts))
    if max(map(len, texts)) > _SHOWN and alike > _LEAD:
        texts = [f"...{one[alike - _LEAD :]}" for one in texts]
    return _short(texts[0]), _short(texts[1])


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
