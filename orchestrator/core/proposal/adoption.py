"""Decide about the accounts that a host has already; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.core.host.host import Host, Observation, UserTable
from orchestrator.core.pattern.answers import Answer, BadAnswer

_QUESTION = "users"
_SUBJECT = "user model"
_ASKS_TO_MAP = re.compile(rf"\b{_QUESTION}=map\b")


def user_answers(host: Host) -> dict[str, str]:
    """The computed answers about the host's table of users, all "" without one to map."""
    users = host.users
    columns = users.columns if users else dict.fromkeys(UserTable.COLUMNS, "")
    named = {f"host_users_{name}": column for name, column in columns.items()}
    return {"host_users_table": users.table if users else "", **named}


def with_mapped_users(
    host: Host, answers: Iterable[Answer], computed: Mapping[str, Any]
) -> tuple[Host, tuple[BadAnswer, ...]]:
    """The host with its table of users mapped where `users=map` asks for it; by itself it is not.

    Without a table that can be mapped the answer is bad, with the reason.
    """
    if not any(one.name == _QUESTION and one.value == "map" for one in answers):
        return host, ()
    if not computed["host_users_table"]:
        reason = host.users_apart or "no table of users was found"
        because = f"{_QUESTION}=map is not possible: {reason}"
        remedy = f"answer {_QUESTION}=apart, or change what the reason names"
        return host, (BadAnswer(_QUESTION, because, remedy),)
    others = (one for one in host.observations if one.subject != _SUBJECT)
    return replace(host, observations=(*others, _mapped(host, computed))), ()


def can_be_answered(host: Host, remedies: Mapping[str, str]) -> dict[str, str]:
    """Those of some promises, each with the answers that would bring it in, that a host can get:
    without a table that can be mapped nothing comes by `users=map`."""
    if host.users is not None:
        return dict(remedies)
    return {key: told for key, told in remedies.items() if not _ASKS_TO_MAP.search(told)}


def _mapped(host: Host, computed: Mapping[str, Any]) -> Observation:
    columns = {name: computed[f"host_users_{name}"] for name in UserTable.COLUMNS}
    named = ", ".join(f"{what} {column}" for what, column in columns.items() if column)
    because = (
        f"users of the table {computed['host_users_table']} log in with the password that it holds "
        f"({named}) and get an account; the table is read and never written"
    )
    return Observation(_SUBJECT, "map", because, host.users.place if host.users else None)
