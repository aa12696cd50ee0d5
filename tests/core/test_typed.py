"""Plain data becomes a typed value, or a refusal that names the line and the nearest word."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.nearest import did_you_mean, nearest
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml


class Cat(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["dog"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    from_: str = Field(alias="from")
    size: int = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)
    one: Part | None = None
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None

    @model_validator(mode="after")
    def _not_forbidden(self) -> Whole:
        if self.title == "forbidden":
            raise ValueError("that title is forbidden")
        return self


def read(text: str) -> Whole:
    return typed(Whole, read_yaml(text, "f.yaml"))


def test_data_of_the_right_shape_is_a_value() -> None:
    whole = read("title: t\nparts:\n  - {from: a}\none: {from: b, size: 2}\npet: {kind: cat}\n")
    assert (whole.title, whole.parts[0].from_, whole.one and whole.one.size) == ("t", "a", 2)


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("- a\n", "f.yaml:1: expected `key: value`", "use the keys title, parts"),
        ("", "f.yaml:1: expected `key: value`", "use the keys title"),
        ("title: t\ntitel: x\n", "f.yaml:2: unknown key `titel`", "did you mean `title`?"),
        ("parts: []\n", "f.yaml:1: the key `title` is missing", "add `title: …`"),
        ("title: t\nparts:\n - from: a\n   sise: 2\n", "f.yaml:4: unknown key `sise`", "`size`"),
        ("title: t\nparts:\n - size: 2\n", "f.yaml:3: the key `from` is missing", "add `from"),
        ("title: t\none:\n  form: a\n  from: b\n", "f.yaml:3: unknown key `form`", "`from`"),
        ("title: t\nby_name:\n  x:\n    sze: 1\n    from: b\n", "f.yaml:4: unknown", "`size`"),
        ("title: t\none: {from: a, size: x}\n", "f.yaml:2: one.size: Input", "correct `one.size`"),
        ("title: forbidden\n", "f.yaml:1: that title is forbidden", "correct the file"),
        ("title: t\npet: {kind: cat, lifes: 3}\n", "f.yaml:2: unknown key `lifes`", "leave it out"),
        ("title: t\none: 5\n", "f.yaml:2: one: Input should be", "correct `one`"),
        ("title: t\npet: {kind: cow}\n", "f.yaml:2: pet: Input tag 'cow'", "correct `pet`"),
    ],
)
def test_a_refusal_names_the_line_and_what_to_write(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(CannotAnswer) as refusal:
        read(text)
    assert refusal.value.problem.startswith(problem)
    assert remedy in refusal.value.remedy


def test_the_first_problem_of_the_file_is_told() -> None:
    with pytest.raises(CannotAnswer, match=r"f\.yaml:2: unknown key `b`"):
        read("title: t\nb: 1\na: 1\n")


@pytest.mark.parametrize(
    ("word", "choices", "near"),
    [
        ("tolerent", ["strict", "tolerant"], "tolerant"),
        ("Code_Development", ["code-development"], "code-development"),
        ("serach_patterns", ["search_patterns", "skill"], "search_patterns"),
        ("xyz", ["strict", "tolerant"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_word_is_found_or_nothing(
    word: str, choices: list[str], near: str | None
) -> None:
    assert nearest(word, choices) == near


def test_without_a_near_word_all_words_are_named() -> None:
    assert did_you_mean("xyz", ["b", "a"]) == "use one of: b, a"
    assert did_you_mean("xyz", []) == "leave it out"
