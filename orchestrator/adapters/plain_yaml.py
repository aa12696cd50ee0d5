"""Read YAML of patterns and skills as plain data; every refusal is a CannotAnswer."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from orchestrator.core.errors import CannotAnswer


def read_yaml(content: bytes, where: str) -> Any:
    """Plain data of a YAML document. Raises CannotAnswer naming the file and the trouble."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(content.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise CannotAnswer(f"{where} is not valid YAML: {first}", remedy="mend it") from error


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like a word, if one is like it at all."""
    return next(iter(difflib.get_close_matches(word, sorted(choices), n=1, cutoff=0.6)), None)
