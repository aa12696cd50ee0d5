"""KEY: keys that leak nothing, turn over without an outage, and are refused when they are weak."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.judging.timing import no_slower
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.surroundings.listener import Listener
from orchestrator.attack.walk import answers_of_every_kind

_JWKS = "/.well-known/jwks.json"
_SPARE = 0.02
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
_WEAK = (("changethis", ""), ("a" * 40, "your-secret-key-change-in-production"))
_ALSO_WEAK = (
    ("abcd" * 10, "0123456789" * 4),
    ("too-short", "insecure-secret-insecure-secret-123"),
)


@proves("KEY-01")
def the_published_keys_are_public(rig: Rig) -> None:
    reply = expect(rig.service().request("GET", _JWKS), 200, "the key set")
    keys = reply.document["keys"]
    check(bool(keys), "the key set is empty")
    for key in keys:
        private = sorted(_PRIVATE & set(key))
        check(not private, f"the key set has the private members {', '.join(private)}")
        check(key.get("kty") in ("RSA", "OKP", "EC"), f"a key of type {key.get('kty')!r}")


@proves("KEY-02")
def the_shared_secret_is_nowhere_to_be_read(rig: Rig) -> None:
    service = rig.service()
    published = service.request("GET", _JWKS)
    if published.status != 404:
        check(published.document == {"keys": []}, "a key set is published for a shared secret")
    seen = list(answers_of_every_kind(rig).values())
    paths = ("/openapi.json", "/health", "/health/live", "/health/ready", "/docs", "/")
    seen += [service.request("GET", path) for path in paths]
    secret = rig.key.secret
    forms = (secret, tokens.b64(secret).encode(), secret.hex().encode())
    for reply in seen:
        text = reply.body + str(reply.headers).encode()
        check(not any(form in text for form in forms), "an answer holds the signing secret")
    check(any(reply.status == 200 for reply in seen), "nothing could be looked at")


@proves("KEY-03")
def a_stranger_can_verify_a_token(rig: Rig) -> None:
    """The `kid` of a real token names a published key, and that key verifies its signature."""
    service = rig.service()
    user = service.user()
    keys = expect(service.request("GET", _JWKS), 200, "the key set").document["keys"]
    kid = tokens.parts(user.access).header["kid"]
    named = [key for key in keys if key.get("kid") == kid]
    check(len(named) == 1, f"{len(named)} published keys have the kid of a real token")
    check(tokens.verified(user.access, named[0]), "the published key does not verify the token")
    flipped = service.forge(user.access, key=tokens.random_key(rig.key.algorithm))
    check(not tokens.verified(flipped, named[0]), "the published key verifies a stranger's token")


@contextmanager
def _restarted(rig: Rig, before: Service, **settings: Any) -> Iterator[Service]:
    """A service over the same database with other keys."""
    url = before.server.settings["AUTH_DATABASE_URL"]
    server = rig.start(database_url=url, **settings)
    try:
        yield rig.handle(server)
    finally:
        server.stop()


def _key_settings(rig: Rig, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of a new key beside the old one, and of the new key alone."""
    if not rig.key.private:
        new: dict[str, Any] = {"secret_key": secrets.token_urlsafe(48)}
        return {**new, "previous_secret_keys": rig.key.secret.decode()}, new
    private, public = folder / "new.pem", folder / "old.pub.pem"
    tokens.write_private_key(tokens.random_key(rig.key.algorithm), private)
    public.write_bytes(rig.key.public_forms["PEM"])
    new = {"private_key_file": private}
    return {**new, "previous_public_keys": public}, new


@proves("KEY-04", "KEY-05")
def keys_turn_over_without_an_outage(rig: Rig) -> None:
    """A new key beside the old one, then the new one alone, as after an emergency."""
    with rig.fresh() as first:
        user, other = first.user(), first.user()
        both, alone = _key_settings(rig, first.server.folder)
        with _restarted(rig, first, **both) as second:
            expect(second.me(user.access), 200, "an old token while the old key is honoured")
            fresh = second.session(user)
            old, new = (tokens.parts(one).header["kid"] for one in (user.access, fresh.access))
            check(old != new, "tokens of the new key have the old kid")
        with _restarted(rig, first, **alone) as third:
            expect(third.me(user.access), 401, "a token of a removed key", code="invalid_token")
            expect(third.me(fresh.access), 200, "a token of the present key")
            renewed = expect(third.refresh(other.refresh), 200, "a session of the removed key")
            expect(third.me(third.pair(renewed)[0]), 200, "its renewed access token")


@proves("KEY-06")
def unknown_key_ids_cost_nothing(rig: Rig) -> None:
    """After 1 000 kids that nobody knows one more is refused as quickly as a bad signature.

    The issuer is an address of ours: nobody may come there to ask for keys.
    """
    with Listener() as listener, rig.fresh(issuer=listener.url) as service:
        user = service.user()
        head = tokens.parts(user.access)

        def refused(kid: str) -> float:
            text = tokens.signing_input({**head.header, "kid": kid}, head.claims)
            signature = tokens.b64(bytes(len(head.signature)))
            return expect(service.me(f"{text}.{signature}"), 401, "a forged token").seconds

        def unknown(_: int = 0) -> float:
            return refused(secrets.token_hex(12))

        with ThreadPoolExecutor(4) as lanes:
            list(lanes.map(unknown, range(1_000)))
        no_slower(unknown, lambda: refused(head.header["kid"]), "the refusal of an unknown kid",
                  spare=_SPARE)  # fmt: skip
        check(listener.visits == 0, "an unknown kid makes the service ask its issuer for keys")
        expect(service.me(user.access), 200, "a known kid afterwards")


@proves("KEY-07")
def weak_secrets_do_not_start_in_production(rig: Rig) -> None:
    """A weak signing secret and a weak pepper a start; the refusal names both settings."""
    for values in (*_WEAK, *(_ALSO_WEAK if rig.full else ())):
        secret_key, pepper = values
        code, said = rig.start_refused(**rig.production(secret_key=secret_key, pepper=pepper))
        check(code != 0, f"production starts with the secrets {values}")
        for name, value in zip(("SECRET_KEY", "PEPPER"), values, strict=True):
            check(f"AUTH_{name}" in said, f"{value[:12]!r} is not refused as AUTH_{name}")
            check(len(value) < 12 or value not in said, f"the refusal repeats AUTH_{name}")
    _good_production(rig)


def _good_production(rig: Rig) -> None:
    """The twin of all refusals: production starts with right settings."""
    service = rig.service(**rig.production())
    expect(service.request("GET", "/health/live"), 200, "production with right settings")


@proves("KEY-08")
def short_rsa_keys_are_refused(rig: Rig) -> None:
    folder = rig.folder("rsa")
    found = {}
    for bits in (1024, 2048):
        file = folder / f"{bits}.pem"
        tokens.write_private_key(tokens.random_key("RS256", bits), file)
        found[bits] = rig.start_refused(**rig.production(private_key_file=file))
    code, said = found[1024]
    check(code != 0 and "AUTH_PRIVATE_KEY_FILE" in said, "an RSA key of 1024 bits is not refused")
    code, said = found[2048]
    check(code == 0, "an RSA key of 2048 bits is refused")
    check("3072" in said, "an RSA key of 2048 bits starts without a warning")


@proves("KEY-09")
def a_key_of_the_wrong_kind_is_refused(rig: Rig) -> None:
    folder = rig.folder("kinds")
    pem = folder / "key.pem"
    tokens.write_private_key(tokens.random_key("RS256", 2048), pem)
    if not rig.key.private:
        code, said = rig.start_refused(secret_key=pem.read_text())
        check(code != 0 and "AUTH_SECRET_KEY" in said, "HS256 starts with a PEM key as secret")
        check("PRIVATE KEY--" not in said, "the refusal repeats the key")
        return
    text = folder / "text.pem"
    text.write_text(secrets.token_urlsafe(48))
    other = folder / "other.pem"
    kind = "EdDSA" if rig.key.algorithm == "RS256" else "RS256"
    tokens.write_private_key(tokens.random_key(kind), other)
    for what, file in (("a text", text), (f"a key for {kind}", other), ("nothing", folder / "no")):
        code, said = rig.start_refused(private_key_file=file)
        check(code != 0 and "AUTH_PRIVATE_KEY_FILE" in said,
              f"{rig.key.algorithm} starts with {what} as its key")  # fmt: skip


@proves("KEY-10")
def production_refuses_what_belongs_to_development(rig: Rig) -> None:
    clock = rig.folder("clock") / "offset"
    clock.write_text("0")
    wrong = {"clock_offset_file": clock, "cors_origins": "*"}
    code, said = rig.start_refused(**rig.production(**wrong, public_url="http://app.example.com"))
    check(code != 0, "production starts with a test clock, any origin and http")
    for name in ("CLOCK_OFFSET_FILE", "CORS_ORIGINS", "PUBLIC_URL"):
        check(f"AUTH_{name}" in said, f"production does not refuse a wrong AUTH_{name}")
    code, said = rig.start_refused(application=rig.bare(debug=True), **rig.production())
    check(code != 0 and "debug" in said.lower(), "production starts with debug on")
    _good_production(rig)


@proves("KEY-11")
def limits_in_memory_serve_one_process(rig: Rig) -> None:
    code, said = rig.start_refused(**rig.production(workers=2))
    told = "AUTH_WORKERS" in said or "memory" in said
    check(code != 0 and told, "production starts two workers with limits in memory")
    code, _ = rig.start_refused(**rig.production(workers=1))
    check(code == 0, "production does not start one worker with limits in memory")


@proves("KEY-12")
def projects_share_no_secret(rig: Rig) -> None:
    """No file of the tree holds a key; two development starts without keys sign differently."""
    for path, text in _tracked(rig.application.tree):
        held = re.search(r"AUTH_(?:SECRET_KEY|PEPPER)\s*=\s*['\"]?[A-Za-z0-9_+/-]{20,}", text)
        check(held is None, f"{path} holds a secret")
        check("-----BEGIN PRIVATE KEY" not in text, f"{path} holds a private key")
    if rig.key.private:
        return
    # An account that a command makes was hashed by another process, which needs the same pepper.
    pepper: dict[str, Any] = {} if rig.answers["registration"] == "closed" else {"pepper": None}
    with rig.fresh(environment="development", secret_key=None, **pepper) as one:
        user = one.user()
        expect(one.me(user.access), 200, "its own token")
        again = {"environment": "development", "secret_key": None, "pepper": one_pepper(one)}
        with _restarted(rig, one, **again) as other:
            expect(other.me(user.access), 401, "a token of another start without keys")


def one_pepper(service: Service) -> str | None:
    """The pepper of a service, None where it made one."""
    return service.server.settings.get("AUTH_PEPPER")


def _tracked(tree: Path) -> Iterator[tuple[str, str]]:
    """Text files of the tree; `.env` belongs to the machine and is tracked by nobody."""
    hidden = {".git", ".venv", "venv", "node_modules", "__pycache__", ".orchestrator"}
    for file in sorted(tree.rglob("*")):
        inside = file.relative_to(tree)
        if hidden & set(inside.parts) or file.name == ".env" or not file.is_file():
            continue
        if file.stat().st_size < 512 * 1024:
            yield inside.as_posix(), file.read_text("utf-8", "replace")


@proves("KEY-13")
def one_refusal_names_every_problem(rig: Rig) -> None:
    wrong = {"secret_key": "changethis", "pepper": "", "public_url": "http://app.example.com"}
    code, said = rig.start_refused(**rig.production(**wrong, leeway=500, bcrypt_rounds=4))
    names = ("SECRET_KEY", "PEPPER", "PUBLIC_URL", "LEEWAY")
    missing = [name for name in names if f"AUTH_{name}" not in said]
    check(code != 0, "production starts with five wrong settings")
    check(not missing, f"the refusal does not name AUTH_{', AUTH_'.join(missing)}")
