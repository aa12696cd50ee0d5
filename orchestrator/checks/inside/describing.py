"""The body of an answer as it is kept: text, a digest, or the host's parts of an API description.

Read by `observe.py` from beside it, with the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Any

LARGEST = 16 * 1024
KEPT = 1024


def told(ours: Collection[tuple[str, str]], body: bytes, *, whole: bool) -> dict[str, Any]:
    """A body as text when it is short, else its digest and how it begins; of an API description
    the digest of each part."""
    if not whole:
        return {"endless": True}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"digest": hashlib.sha256(body).hexdigest(), "size": len(body)}
    described = description_of(text, ours)
    if described:
        return {"openapi": described}
    if len(body) <= LARGEST:
        return {"text": text}
    digest = hashlib.sha256(body).hexdigest()
    return {"digest": digest, "size": len(body), "begins": text[:KEPT]}


def description_of(text: str, ours: Collection[tuple[str, str]]) -> dict[str, str]:
    """The parts of an OpenAPI document that are the host's; nothing for any other text.

    Left out are our operations, and the components that no operation of the host refers to.
    """
    try:
        whole = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict) or "openapi" not in whole or "paths" not in whole:
        return {}
    whole["paths"] = _without(whole["paths"], ours)
    components = whole.get("components")
    if isinstance(components, dict):
        whole["components"] = _referred_to(whole["paths"], components)
    found: dict[str, str] = {}
    for name, value in whole.items():
        if name in ("paths", "components") and isinstance(value, dict):
            for outer, inner in value.items():
                parts = inner.items() if isinstance(inner, dict) else [("", inner)]
                found.update({f"{name} {outer} {key}": _digest(one) for key, one in parts})
        else:
            found[name] = _digest(value)
    return found


def _without(paths: Any, ours: Collection[tuple[str, str]]) -> Any:
    if not isinstance(paths, dict):
        return paths
    return {
        path: {key: one for key, one in item.items() if (key.upper(), path) not in ours}
        for path, item in paths.items()
        if isinstance(item, dict)
    }


def _referred_to(paths: Any, components: dict[str, Any]) -> dict[str, Any]:
    """The components that some operations need, directly or through another one."""
    kept: dict[str, Any] = {}
    waiting = list(_named(paths))
    while waiting:
        kind, name = waiting.pop()
        group = components.get(kind)
        if isinstance(group, dict) and name in group and name not in kept.setdefault(kind, {}):
            kept[kind][name] = group[name]
            waiting += _named(group[name])
    return kept


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """What a part of a description refers to: kind and name of components."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            kind, _, name = reference.removeprefix("#/components/").partition("/")
            yield kind, name
        for scheme in value["security"] if isinstance(value.get("security"), list) else ():
            yield from (("securitySchemes", name) for name in scheme if isinstance(scheme, dict))
        for one in value.values():
            yield from _named(one)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
