"""AUD-01: nothing that was secret anywhere in the run has left a trace that people read."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.server import ACCESS_LOG, Server
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.tables import NoSuchTable, tables

_FEWEST = 20
_SILENT = {"stdout", "stderr", ACCESS_LOG}
_EVENTS = "SELECT * FROM auth_events"
_HASHES = "SELECT password_hash FROM auth_users WHERE password_hash IS NOT NULL"


@proves("AUD-01", last=True)
def no_secret_leaves_a_trace(rig: Rig) -> None:
    """Search all that every service wrote during the run for all that was secret in it.

    Passwords, their hashes, tokens of all kinds, cookies, codes, keys and peppers, as they are and
    in other spellings, in logs, access logs, events, errors and metrics.
    """
    _live_through_everything(rig.service(log_level="DEBUG"))
    witness = rig.witness
    for place in rig.servers():
        _learn_the_rest(rig, place)
    for provider in rig.providers():
        for one in provider.secrets():
            witness.secret("secret of a provider", one)
    check(len(witness) >= _FEWEST, f"only {len(witness)} secrets to search for")
    texts, urls = _written(rig)
    check("/login" in urls["an access log"], "no access log tells of a login")
    for sentence in witness.finds(texts, urls):
        check(False, sentence)
    _search_is_not_blind(rig)


def _search_is_not_blind(rig: Rig) -> None:
    """The twin: a secret that is written down is found, also in the middle of base64."""
    mine = rig.service().password()
    planted = b64encode(f"user:{mine}\n".encode()).decode()
    found = list(rig.witness.finds({"a planted text": f"x{planted}"}, {}))
    check(len(found) == 1, "the search does not find a secret that was planted")


def _live_through_everything(service: Service) -> None:
    """Acts that handle a secret, done right and done wrong."""
    user = service.user()
    wrong = User(user.email, service.password())
    expect(service.login(wrong), 401, "a wrong password")
    renewed = service.pair(expect(service.refresh(user.refresh), 200, "a refresh"))
    service.refresh(f"{renewed[1]}x")
    service.me(f"{user.access}x")
    service.post("/verify-email", {"token": service.password(), "password": user.password})
    service.post("/reset-password", {"token": service.password(), "new_password": user.password})
    service.post("/forgot-password", {"email": user.email}, ip=service.around.address())
    fresh = service.session(user)
    for body in ({"token": service.mail(user.email, "reset_password")["token"]}, {}):
        body["new_password"] = user.password = service.password()
        service.post("/reset-password", body, token=fresh.access)
    expect(service.me(fresh.access), 401, "a session after the reset")


def _learn_the_rest(rig: Rig, server: Server) -> None:
    """Secrets that no probe has asked for: in mails that nobody read, and hashes of passwords."""
    for mail in (server.folder / "mail").glob("*.json"):
        rig.witness.learn(_document(mail))
    for row in _rows(server, _HASHES):
        rig.witness.secret("hash of a password", row)


def _document(mail: Path) -> Any:
    return json.loads(mail.read_text("utf-8"))


def _written(rig: Rig) -> tuple[dict[str, str], dict[str, str]]:
    """All that was written for people to read, by what it is; apart from it the access logs."""
    texts: dict[str, list[str]] = {}
    access: list[str] = []
    for server in rig.servers():
        for place, text in _traces(server):
            texts.setdefault(place, []).append(text)
        access.append(_text(server.folder / ACCESS_LOG))
    joined = {place: "\n".join(many) for place, many in texts.items()}
    return joined, {"an access log": "\n".join(access)}


def _traces(server: Server) -> Iterator[tuple[str, str]]:
    yield "the output of a service", server.output()
    yield "the events of a service", "\n".join(_rows(server, _EVENTS))
    for file in server.folder.iterdir():
        if file.suffix in (".log", ".txt") and file.name not in _SILENT:
            yield f"a file {file.name}", _text(file)


def _rows(server: Server, query: str) -> list[str]:
    """The rows of a service's database, each as one text; none where there is no such table."""
    url = server.settings.get("AUTH_DATABASE_URL", "")
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).is_file():
        return []
    try:
        return ["|".join(map(str, row)) for row in tables(url).rows(query)]
    except NoSuchTable:
        return []


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.exists() else ""
