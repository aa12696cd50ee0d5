"""One answer of every kind that the module gives, for properties that speak of all answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.wire import Reply, chunked, request_bytes

_BIG = b'{"email": "' + b"a" * 70_000 + b'"}'


def answers_of_every_kind(rig: Rig) -> Mapping[str, Reply]:
    """Replies by what was asked: successes with and without body, and every status of refusal.

    Of a service that is not ours without those that only its database and settings can bring about.
    """
    service = rig.service()
    rare = dict(_rare(rig)) if rig.ours else {}
    return {**_successes(service), **_refusals(service), **rare}


def _successes(service: Service) -> dict[str, Reply]:
    user = service.user()
    return {
        "login": service.login(user),
        "me": service.me(user.access),
        "verify-token": service.get("/verify-token", token=user.access),
        "sessions": service.get("/sessions", token=user.access),
        "refresh": service.refresh(user.refresh),
        "resend-verification": service.post("/resend-verification", {"email": service.email()}),
        "logout": service.logout(user),
    }


def _refusals(service: Service) -> dict[str, Reply]:
    wrong = {"email": service.email(), "password": service.password()}
    return {
        "a wrong password (401)": service.post("/login", wrong, headers=service.same_origin),
        "no token (401)": service.get("/me"),
        "a bad token (401)": service.me("a.b.c"),
        "a bad mail token (400)": service.post("/verify-email", {"token": "x", "password": "y"}),
        "broken JSON (400)": service.post("/login", b"{", headers=service.same_origin),
        **framework_refusals(service),
    }


def framework_refusals(service: Service) -> dict[str, Reply]:
    """Refusals that a web framework would otherwise word in its own way."""
    html = [("Accept", "text/html"), *service.same_origin]
    form = [("Content-Type", "application/x-www-form-urlencoded"), *html]
    text = [("Content-Type", "text/plain"), *html]
    return {
        "an unknown path (404)": service.get("/no/such/path", headers=html),
        "another method (405)": service.request("PUT", f"{service.prefix}/login", headers=html),
        "a big body (413)": service.post("/forgot-password", _BIG, headers=html),
        "a big body in chunks (413)": _chunked(service),
        "a text body (415)": service.post("/login", b"email=a", headers=text),
        "a form body (415)": service.post("/forgot-password", b"email=a", headers=form),
        "wrong fields (422)": service.post("/login", {"email": 1, "password": []}, headers=html),
    }


def _chunked(service: Service) -> Reply:
    headers = [("Host", "localhost"), ("Content-Type", "application/json")]
    headers += [("Transfer-Encoding", "chunked"), ("Connection", "close"), *service.same_origin]
    head = request_bytes("POST", f"{service.prefix}/forgot-password", headers)
    return service.raw(head + chunked(_BIG))


def _rare(rig: Rig) -> Iterator[tuple[str, Reply]]:
    """Too many attempts, and a bug: a row that the module cannot read."""
    limited = rig.service(limits="on", login_failures=1)
    body = {"email": limited.email(), "password": limited.password()}
    for _ in range(3):
        blocked = limited.post("/login", body, headers=limited.same_origin)
    if limited.answers["lockout"] == "ip":
        yield "a blocked address (429)", blocked
    yield "a bug (500)", internal_error(breakable(rig))


def breakable(rig: Rig) -> Service:
    """A service whose rows may be broken, for it serves nothing else."""
    return rig.service(issuer="breakable")


def internal_error(service: Service) -> Reply:
    """What is answered where a stored account cannot be read: a bug as seen from outside."""
    user = service.user()
    service.write("UPDATE auth_users SET roles = ? WHERE id = ?", "5", user.id)
    return service.me(user.access)
