"""Turn YAML data into a validated value; a refusal names file, line and the nearest valid word."""

from __future__ import annotations

from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.core.text.yaml_text import YamlText

M = TypeVar("M", bound=BaseModel)


def typed(model: type[M], document: YamlText) -> M:
    """Validate a document against a model.

    Raises CannotAnswer for the first problem in the file, with its line and a remedy.
    """
    if not isinstance(document.data, dict):
        raise CannotAnswer(
            f"{document.where()}: expected `key: value` lines",
            remedy=f"use the keys {', '.join(_keys(model))}",
        )
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        first = min(problems, key=lambda one: document.lines.get(one["loc"], 0))
        raise _refusal(model, document, first) from error


def _refusal(model: type[BaseModel], document: YamlText, problem: Any) -> CannotAnswer:
    path = tuple(problem["loc"])
    where = document.where(path)
    last = str(path[-1]) if path else ""
    if problem["type"] == "extra_forbidden":
        known = _keys(_model_at(model, path[:-1]))
        return CannotAnswer(f"{where}: unknown key `{last}`", remedy=did_you_mean(last, known))
    if problem["type"] == "missing":
        return CannotAnswer(f"{where}: the key `{last}` is missing", remedy=f"add `{last}: …`")
    while path and path not in document.lines:
        path = path[:-1]
    dotted = ".".join(str(part) for part in path)
    message = str(problem["msg"]).removeprefix("Value error, ")
    said = f"{where}: {dotted}: {message}" if dotted else f"{where}: {message}"
    return CannotAnswer(said, remedy=f"correct {f'`{dotted}`' if dotted else 'the file'} there")


def _keys(model: type[BaseModel] | None) -> list[str]:
    if model is None:
        return []
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel] | None:
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            by_key = {info.alias or name: info for name, info in current.model_fields.items()}
            if part not in by_key:
                return None
            current = by_key[part].annotation
        else:
            current = _element(current)
        current = _unwrapped(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _unwrapped(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        return rest[0] if len(rest) == 1 else None
    return annotation


def _element(annotation: Any) -> Any:
    arguments = [one for one in get_args(annotation) if one is not Ellipsis]
    return arguments[-1] if arguments else None
