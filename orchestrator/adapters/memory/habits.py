"""What a host already does about data, settings, errors and users, and what is decided about it."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.adapters.memory.answering import error_pages, forgery, middleware
from orchestrator.adapters.memory.clients import client_fixtures, everywhere_fixtures
from orchestrator.adapters.memory.data import data_layer, model_base, session_source
from orchestrator.adapters.memory.looking import calls, imports, place_of
from orchestrator.adapters.memory.settings import env_file, old_settings, settings
from orchestrator.adapters.memory.source import Source
from orchestrator.core.host.host import Observation, Place

_MOST_UNREAD = 9
_FINDERS = (
    data_layer,
    model_base,
    session_source,
    settings,
    env_file,
    old_settings,
    error_pages,
    middleware,
    forgery,
    client_fixtures,
    everywhere_fixtures,
)


def habits(source: Source) -> tuple[Observation, ...]:
    """At most one observation of each kind, at the first place where it shows."""
    found = (next(iter(finder(source)), None) for finder in (*_FINDERS, _passwords))
    return tuple(one for one in found if one is not None)


def unread(source: Source) -> Iterator[Observation]:
    """The files that could not be read, and why; of many the first, and how many more."""
    for path, reason in source.unread[:_MOST_UNREAD]:
        yield Observation("unreadable file", "note", reason, Place(path))
    rest = source.unread[_MOST_UNREAD:]
    if rest:
        more = f", nor can {len(rest) - 1} more" if len(rest) > 1 else ""
        place = Place(rest[0][0])
        yield Observation("unreadable file", "note", f"cannot be read either{more}", place)


def _passwords(source: Source) -> Iterator[Observation]:
    for module in source.code:
        if imports(module, "passlib"):
            because = "passlib hashes with bcrypt up to 4 only; bcrypt 5 takes another library"
            place = next(
                (place_of(module, call) for _, call in calls([module], "CryptContext")),
                Place(module.path),
            )
            yield Observation("password hashes", "note", because, place)
            return
