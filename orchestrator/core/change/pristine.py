"""The pristine pack: every file that we wrote or edited, as it was before and as we left it.

A file that we wrote has no `before`, unless it replaced one. Merging and removal need both texts
long after the commit that brought them was squashed away, so they are kept as evidence.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical, load_canonical

SCHEMA = "story-orchestrator/pristine/1"


@dataclass(frozen=True)
class Original:
    """A file before we touched it (None: there was none), and as we first wrote it."""

    before: bytes | None
    after: bytes


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Text(_Data):
    text: str


class _Bytes(_Data):
    base64: str


_Content = Annotated[_Text | _Bytes, Field(union_mode="left_to_right")]


class _File(_Data):
    before: _Content | None
    after: _Content


class _Pack(_Data):
    schema_: Literal["story-orchestrator/pristine/1"] = Field(alias="schema")
    files: dict[str, _File]


def pack_bytes(files: Mapping[str, Original]) -> bytes:
    """The canonical bytes of a pack; what is UTF-8 stays readable."""
    return canonical(
        {
            "schema": SCHEMA,
            "files": {
                path: {"before": _written(one.before), "after": _written(one.after)}
                for path, one in files.items()
            },
        }
    )


def read_pack(raw: bytes) -> Mapping[str, Original]:
    """The files of a pack. Raises IntegrityBroken for bytes that `pack_bytes` never wrote."""
    load_canonical(raw)
    try:
        pack = _Pack.model_validate_json(raw)
    except ValidationError as error:
        raise IntegrityBroken("the pristine pack is not one") from error
    return {
        path: Original(_read(one.before) if one.before else None, _read(one.after))
        for path, one in pack.files.items()
    }


def blob_id(content: bytes, like: str) -> str:
    """The id that git gives a blob, by the hash whose ids are as long as `like`."""
    hashed = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return hashed(b"blob %d\0" % len(content) + content).hexdigest()


def _written(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    try:
        return {"text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _read(content: _Text | _Bytes) -> bytes:
    if isinstance(content, _Text):
        return content.text.encode("utf-8")
    try:
        return base64.b64decode(content.base64, validate=True)
    except ValueError as error:
        raise IntegrityBroken("the pristine pack holds a file that is not base64") from error
