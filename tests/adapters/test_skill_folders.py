"""Skills load by name, once; inputs are refused with the nearest word."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.patterns.skills import SkillFolders
from orchestrator.core.errors import CannotAnswer, UsageProblem

CARD = "---\nname: paint\ndescription: Paints.\n---\n"
MODULE = """\
from __future__ import annotations
from typing import Literal
from pydantic import BaseModel, ConfigDict, Field
from orchestrator.api import Proposal, Situation

class Inputs(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    colour: Literal["red", "green"] = Field("red", description="What to paint with")
    coats: int = Field(1, ge=1)
    walls: list[str] = []

def propose(situation: Situation) -> Proposal:
    return Proposal(summary="paints")
"""


def skills(
    tmp_path: Path, module: str = MODULE, card: str = CARD, name: str = "paint"
) -> SkillFolders:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "SKILL.md").write_text(card)
    (folder / "skill.py").write_text(module)
    return SkillFolders(tmp_path)


def test_skills_are_listed_by_the_folders_that_have_a_card(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert skills(tmp_path).names() == ("paint",)
    assert SkillFolders(tmp_path / "nowhere").names() == ()


def test_a_skill_is_loaded_once(tmp_path: Path) -> None:
    found = skills(tmp_path)
    assert found.load("paint") is found.load("paint")


def test_inputs_are_typed_and_have_their_defaults(tmp_path: Path) -> None:
    skill = skills(tmp_path).load("paint")
    assert skill.validate({"coats": 2}) == {"colour": "red", "coats": 2, "walls": []}
    assert skill.inputs["colour"] == {
        "type": "word",
        "default": "red",
        "help": "What to paint with",
        "choices": ["red", "green"],
    }
    assert skill.inputs["coats"]["type"] == "number"
    assert skill.inputs["walls"]["type"] == "list"


@pytest.mark.parametrize(
    ("inputs", "problem", "remedy"),
    [
        ({"color": "red"}, "unknown key `color`", "`colour`"),
        ({"colour": "gren"}, "colour=gren", "`green`"),
        ({"colour": "blue"}, "colour=blue", "red, green"),
        ({"coats": "two"}, "coats=two", "coats=<number>"),
        ({"coats": 0}, "coats=0", "coats=<number>"),
        ({"walls": "north"}, "walls=north", 'walls=["north"]'),
        ({"coats": True}, "coats=True", "coats=<number>"),
    ],
)
def test_a_wrong_input_is_refused_with_a_remedy(
    tmp_path: Path, inputs: dict[str, object], problem: str, remedy: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        skills(tmp_path).load("paint").validate(inputs)
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_an_unknown_skill_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        skills(tmp_path).load("pant")
    assert "`paint`" in caught.value.remedy


@pytest.mark.parametrize("name", ["../paint", "", "/etc", "paint/../paint"])
def test_a_path_is_no_name_of_a_skill(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageProblem):
        skills(tmp_path).load(name)


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        ("x =", "does not load"),
        ("import no_such_module_anywhere", "does not load"),
        ("", "no pydantic model `Inputs`"),
        ("Inputs = 3", "no pydantic model `Inputs`"),
        ("from pydantic import BaseModel\nclass Inputs(BaseModel): ...\n", "no function `propose`"),
    ],
)
def test_a_broken_skill_is_an_error_that_names_the_file(
    tmp_path: Path, module: str, problem: str
) -> None:
    with pytest.raises(CannotAnswer) as caught:
        skills(tmp_path, module).load("paint")
    assert "skills/paint/skill.py" in caught.value.problem
    assert problem in caught.value.problem


def test_a_card_with_another_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="folder"):
        skills(tmp_path, card=CARD.replace("paint", "other")).load("paint")


def test_a_skill_that_proposes_nothing_is_an_error(tmp_path: Path) -> None:
    module = MODULE.replace('return Proposal(summary="paints")', "return None  # type: ignore")
    with pytest.raises(CannotAnswer, match="proposal"):
        skills(tmp_path, module).load("paint").propose(None)  # type: ignore[arg-type]
