"""Find the host's table of users, and say whether its accounts could be used as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.adapters.memory.source import Source
from orchestrator.adapters.memory.tables import Column, Table, tables_of
from orchestrator.core.host.host import DatabaseSetting, Observation, UserTable

_NAMED = re.compile(
    r"(app|auth|site)?_?(user|account|member|customer|person)(s|_?model|_?account)?"
)
_OF_PEOPLE = re.compile(r"user|account|member|customer|person|people|admin")
_EMAILS = ("email", "email_address", "e_mail", "mail", "user_email", "login_email")
_PASSWORDS = (
    "password_hash",
    "hashed_password",
    "passwd_hash",
    "pw_hash",
    "pwd_hash",
    "encrypted_password",
    "password_digest",
    "hashed_pw",
    "password",
    "passwd",
)
_ACTIVE = ("is_active", "active", "enabled", "is_enabled")
_VERIFIED = (
    *("is_verified", "verified", "email_verified", "is_email_verified"),
    *("is_confirmed", "confirmed", "email_confirmed"),
    *("verified_at", "confirmed_at", "email_verified_at", "email_confirmed_at"),
)
_BLOCKED = (
    *("disabled", "is_disabled", "banned", "is_banned", "blocked", "is_blocked"),
    *("deleted", "is_deleted", "deleted_at"),
)
_KEYS = ("int", "integer", "biginteger", "smallinteger", "uuid", "str", "string", "text", "guid")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_READ = (_EMAILS, _PASSWORDS, _ACTIVE, _VERIFIED)


def find_users(
    source: Source, database: DatabaseSetting | None
) -> tuple[UserTable | None, str, tuple[Observation, ...]]:
    """The table of users that can be mapped, else why not, and what was decided about it.

    Nothing is mapped by itself: accounts stay apart until `users=map` asks for it.
    """
    candidates = _candidates(source)
    if not candidates:
        return None, "", ()
    first = candidates[0]
    told = f"the table of {first.model} is not touched; accounts get tables of their own"
    problem = _problem(candidates, database)
    if problem:
        because = f"{told}; it cannot be mapped: {problem}"
        seen = Observation("user model", "stay apart", because, first.place)
        return None, f"{problem} ({first.place})", (seen,)
    users = _mapped(first)
    named = ", ".join(f"{what} {column}" for what, column in users.columns.items() if column)
    because = f"{told}; `users=map` lets its users log in ({named})"
    return users, "", (Observation("user model", "stay apart", because, first.place),)


def _candidates(source: Source) -> list[Table]:
    """The tables that look like users: those with a password first, else those so named."""
    every = sorted(tables_of(source), key=lambda one: (one.place.path, one.place.line))
    kept = [one for one in every if _first(one, _PASSWORDS) and _login_name(one)]
    people = [one for one in kept if _first(one, _EMAILS) or _OF_PEOPLE.search(one.model.lower())]
    kept = people or kept
    return kept or [one for one in every if _NAMED.fullmatch(one.model.lower())]


def _login_name(table: Table) -> bool:
    return bool(_first(table, (*_EMAILS, "username", "login", "name"))) or bool(
        _NAMED.fullmatch(table.model.lower())
    )


def _first(table: Table, names: Iterable[str]) -> Column | None:
    """The first of some columns that a table has, by the name in code or in the database."""
    known = {one.name: one for one in table.columns.values()} | dict(table.columns)
    return next((known[name] for name in names if name in known), None)


def _problem(candidates: list[Table], database: DatabaseSetting | None) -> str:
    """Why no table can be mapped, "" when the first one can."""
    if len(candidates) > 1:
        others = ", ".join(f"{one.model} ({one.place})" for one in candidates)
        return f"several tables look like users: {others}"
    return next(_problems(candidates[0], database), "")


def _problems(table: Table, database: DatabaseSetting | None) -> Iterator[str]:
    if not table.name:
        yield "its name cannot be read"
    elif table.schema:
        yield "it lies in a schema of its own"
    yield from _of_columns(table)
    columns = (*_keys(table), *(_first(table, one) for one in _READ))
    if not all(map(_PLAIN.fullmatch, [table.name, *(one.name for one in columns if one)])):
        yield "its names are not plain words"
    if database is None:
        yield "the new tables are in another database"


def _keys(table: Table) -> list[Column]:
    return [one for one in table.columns.values() if one.primary]


def _of_columns(table: Table) -> Iterator[str]:
    keys, email, blocked = _keys(table), _first(table, _EMAILS), _first(table, _BLOCKED)
    if not keys:
        yield "none of its columns can be read as its primary key"
    elif len(keys) > 1:
        yield f"it has {len(keys)} columns as primary key instead of one"
    elif not keys[0].type.endswith(_KEYS):
        yield f"its key {keys[0].name} is no number, UUID or text"
    if email is None:
        yield "it has no column for an e-mail address"
    elif not (email.unique or email.primary):
        yield f"its column {email.name} is not unique"
    if _first(table, _PASSWORDS) is None:
        yield "it has no column for a password hash"
    if blocked is not None:
        yield f"what its column {blocked.name} means for a login is not known"


def _mapped(table: Table) -> UserTable:
    def named(names: Iterable[str]) -> str:
        column = _first(table, names)
        return column.name if column else ""

    return UserTable(
        table.model,
        table.name,
        _keys(table)[0].name,
        named(_EMAILS),
        named(_PASSWORDS),
        named(_ACTIVE),
        named(_VERIFIED),
        table.place,
    )
