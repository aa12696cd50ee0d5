"""A loaded skill: a card, and the `Inputs` and `propose` of its module."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.proposal.skill import Proposal, Situation
from orchestrator.core.proposal.skill_card import SkillCard
from orchestrator.core.text.nearest import did_you_mean, nearest


class LoadedSkill:
    """The Skill port: a card, and the module's `Inputs` and `propose`."""

    def __init__(self, card: SkillCard, module: ModuleType) -> None:
        self.name = card.name
        self.title = card.title
        self.description = card.description
        self._model: type[BaseModel] = module.Inputs
        self._propose = module.propose
        self.inputs: Mapping[str, Any] = {
            name: _shown(field.annotation, field.default, field.description)
            for name, field in self._model.model_fields.items()
        }

    def validate(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Typed inputs with defaults. Raises UsageProblem naming the nearest valid word."""
        try:
            return self._model.model_validate(dict(inputs)).model_dump()
        except ValidationError as error:
            raise self._usage(error.errors(include_url=False)[0]) from error

    def propose(self, situation: Situation) -> Proposal:
        """What the skill would do in a situation; pure."""
        proposal = self._propose(situation)
        if not isinstance(proposal, Proposal):
            raise CannotAnswer(
                f"the skill {self.name} did not answer with a proposal",
                remedy="its `propose` must return `Proposal`",
            )
        return proposal

    def _example(self, key: str, given: object) -> str:
        kind = self.inputs.get(key, {}).get("type", "value")
        if kind == "list" and isinstance(given, str):
            return f'write {key}=["{given}"]'
        return f"write {key}=<{kind}>"

    def _usage(self, problem: Any) -> UsageProblem:
        key = str(problem["loc"][0]) if problem["loc"] else ""
        if problem["type"] == "extra_forbidden":
            remedy = did_you_mean(key, list(self.inputs))
            return UsageProblem(f"unknown key `{key}` for the skill {self.name}", remedy=remedy)
        choices = [str(one) for one in self.inputs.get(key, {}).get("choices", ())]
        given = problem["input"]
        if not choices:
            message = str(problem["msg"]).removeprefix("Value error, ")
            said = message[:1].lower() + message[1:]
            return UsageProblem(f"{key}={given}: {said}", remedy=self._example(key, given))
        near = nearest(str(given), choices)
        hint = f"did you mean `{near}`? " if near else ""
        return UsageProblem(
            f"{key}={given}: there is no such {key}",
            remedy=f"{hint}use one of {', '.join(choices)}",
        )


def _shown(annotation: Any, default: Any, text: str | None) -> dict[str, Any]:
    """How an input looks to a person: its choices or type, its default, what it is for."""
    choices = [one for one in get_args(annotation) if isinstance(one, str)]
    shown = {"type": _type_name(annotation), "default": default, "help": text or ""}
    return {**shown, "choices": choices} if choices else shown


def _type_name(annotation: Any) -> str:
    parts = [one for one in get_args(annotation) if one is not type(None)]
    if any(isinstance(one, str) for one in parts):
        return "word"
    if getattr(annotation, "__origin__", None) in (list, tuple):
        return "list"
    plain = parts[0] if parts else annotation
    return {bool: "true|false", int: "number", str: "word"}.get(plain, "value")
