"""TOK: which access tokens are let in, and that nothing else is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.listener import Listener
from orchestrator.attack.proving import Failure, check, expect, proves, same_answer
from orchestrator.attack.rig import Rig
from orchestrator.attack.service import Service, User
from orchestrator.attack.timing import no_slower
from orchestrator.attack.tokens import ABSENT, SigningKey
from orchestrator.attack.wire import NoAnswer, Reply

_YEAR = 365 * 86_400
_LEEWAY = 30
_DOCUMENTED = {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "roles", "epoch"}
_ATTACKER = "https://evil.example"


def refused(service: Service, forged: str, what: str, code: str = "invalid_token") -> Reply:
    """A token that opens nothing: 401, with the challenge of RFC 6750."""
    reply = expect(service.me(forged), 401, what, code=code)
    check("bearer" in reply.header("WWW-Authenticate").lower(), f"{what}: no Bearer challenge")
    return reply


def accepted(service: Service, token: str, what: str = "the token as it was issued") -> Reply:
    """The twin: this one opens the door."""
    return expect(service.me(token), 200, what)


def _claims_refused(rig: Rig, wrong: Mapping[str, Mapping[str, Any]]) -> None:
    """Tokens signed with the right key whose claims are wrong, and one whose claims are right."""
    service = rig.service()
    user = service.user()
    for what, claims in wrong.items():
        refused(service, service.forge(user.access, claims=claims), f"a token with {what}")
    accepted(service, service.forge(user.access), "the same claims signed anew")


@proves("TOK-01")
def unsigned_tokens_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    for name in ("none", "None", "NONE", "nOnE", ""):
        text = tokens.signing_input({**real.header, "alg": name}, real.claims)
        for end in ("", tokens.b64(real.signature)):
            refused(service, f"{text}.{end}", f"a token with alg {name!r}")
        refused(service, text, f"a token with alg {name!r} and no third part")
    accepted(service, user.access)


@proves("TOK-02")
def a_damaged_signature_is_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    head, _, tail = user.access.rpartition(".")
    signature = tokens.unb64(tail)
    ends = {"none": None, "an empty one": "", "a shorter one": tokens.b64(signature[:-1])}
    ends["a longer one"] = tokens.b64(signature + b"\0")
    ends["zeros"] = tokens.b64(bytes(len(signature)))
    for place in (0, len(signature) // 2, len(signature) - 1):
        flipped = bytearray(signature)
        flipped[place] ^= 1
        ends[f"byte {place} flipped"] = tokens.b64(bytes(flipped))
    for what, end in ends.items():
        forged = head if end is None else f"{head}.{end}"
        refused(service, forged, f"a token with a damaged signature ({what})")
    accepted(service, user.access)


@proves("TOK-03")
def a_changed_payload_is_noticed(rig: Rig) -> None:
    service = rig.service()
    user, other = service.user(), service.user()
    real = tokens.parts(user.access)
    for claims in ({"sub": other.id}, {"roles": ["admin"]}, {"exp": real.claims["exp"] + _YEAR}):
        text = tokens.signing_input(real.header, {**real.claims, **claims})
        what = f"a token whose {next(iter(claims))} was changed after it was signed"
        refused(service, f"{text}.{tokens.b64(real.signature)}", what)
    accepted(service, user.access)


@proves("TOK-04")
def the_public_key_is_no_shared_secret(rig: Rig) -> None:
    """Sign with HMAC under what everybody may know, in every form in which it is handed out."""
    service = rig.service()
    user = service.user()
    forms = dict(rig.key.public_forms)
    jwks = service.request("GET", "/.well-known/jwks.json")
    forms["JWK set"] = jwks.body
    for name, secret in forms.items():
        for algorithm in ("HS256", "HS384", "HS512"):
            key = SigningKey(algorithm, secret)
            forged = service.forge(user.access, header={"alg": algorithm}, key=key)
            refused(service, forged, f"{algorithm} under the public key as {name}")
    accepted(service, service.forge(user.access))


@proves("TOK-05")
def other_algorithms_are_refused(rig: Rig) -> None:
    """Signed properly, with our own key where it fits, in an algorithm that nobody configured."""
    service = rig.service()
    user = service.user()
    own = rig.key
    fitting = {"HS": ("HS384", "HS512"), "RS": ("RS384", "RS512"), "Ed": ()}[own.algorithm[:2]]
    for name in fitting:
        forged = service.forge(user.access, header={"alg": name}, algorithm=name)
        refused(service, forged, f"a token signed with {name} under the right key")
    for name in {"HS256", "RS256", "ES256", "EdDSA"} - {own.algorithm}:
        key = SigningKey(name, secrets.token_bytes(48)) if name == "HS256" else _key(name)
        forged = service.forge(user.access, header={"alg": name}, key=key)
        refused(service, forged, f"a token signed with {name}")
    accepted(service, service.forge(user.access))


def _key(name: str) -> SigningKey:
    return tokens.random_key(name, bits=2048)


@proves("TOK-06")
def a_key_id_is_only_compared(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    odd: list[object] = ["../../../../dev/null", "/etc/passwd", "' OR '1'='1", "x\0y", "", " "]
    odd += [f"{_ATTACKER}/key", "k" * 3000, ["a"], {"a": 1}, 7, True, None, ABSENT]
    for kid in odd:
        shown = "no kid" if kid is ABSENT else f"the kid {str(kid)[:30]!r}"
        refused(service, service.forge(user.access, header={"kid": kid}), f"a token with {shown}")
    huge = service.forge(user.access, header={"kid": "k" * 10_000})
    expect(service.me(huge), (401, 431), "a token with a kid of 10 kB")
    accepted(service, service.forge(user.access))


@proves("TOK-07")
def keys_named_by_the_token_are_ignored(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    key = SigningKey("HS256", secrets.token_bytes(48))
    jwk = {"kty": "oct", "k": tokens.b64(key.secret), "alg": "HS256"}
    with Listener() as listener:
        address = f"{listener.url}/keys.json"
        named: dict[str, object] = {"jwk": jwk, "jku": address, "x5u": address, "x5c": ["MIIB"]}
        for name, value in named.items():
            for header in ({name: value}, {name: value, "kid": ABSENT}):
                mine = service.forge(user.access, header={**header, "alg": "HS256"}, key=key)
                refused(service, mine, f"a token that brings its key as {name}")
        check(listener.visits == 0, "the service fetched a key from an address in the token")
    accepted(service, service.forge(user.access))


@proves("TOK-08")
def an_unknown_critical_header_is_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for crit in (["x"], ["b64"], [], "x", ["exp"], [1]):
        header = {"crit": crit, "x": 1}
        refused(service, service.forge(user.access, header=header), f"a token with crit {crit}")
    accepted(service, service.forge(user.access))


@proves("TOK-09")
def only_access_tokens_are_typed_so(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for typ in ("JWT", "id+jwt", "jwt", "", None, 1, ["at+jwt"], "at+jwt+x", ABSENT):
        shown = "no typ" if typ is ABSENT else f"the typ {typ!r}"
        refused(service, service.forge(user.access, header={"typ": typ}), f"a token with {shown}")
    accepted(service, service.forge(user.access))


@proves("TOK-10")
def another_issuer_is_refused(rig: Rig) -> None:
    own = _issued(rig)["iss"]
    wrong = (_ATTACKER, f"{own}.evil", f"{own}/", own[:-1], own.swapcase(), [own], "", 1)
    _claims_refused(rig, {f"the issuer {one!r}": {"iss": one} for one in wrong})


@proves("TOK-11")
def a_token_without_issuer_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no iss": {"iss": ABSENT}, "iss null": {"iss": None}})


@proves("TOK-12")
def another_audience_is_refused(rig: Rig) -> None:
    own = _issued(rig)["aud"]
    first = own[0] if isinstance(own, list) else own
    wrong: tuple[object, ...] = (_ATTACKER, first[:-1], f"{first}x", first.swapcase(), "", 1, {})
    lists: tuple[object, ...] = ([_ATTACKER], [], [first[:-1]], [[first]])
    _claims_refused(rig, {f"the audience {one!r}": {"aud": one} for one in (*wrong, *lists)})


@proves("TOK-13")
def a_token_without_audience_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no aud": {"aud": ABSENT}, "aud null": {"aud": None}})


@proves("TOK-14")
def a_token_without_end_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no exp": {"exp": ABSENT}, "exp null": {"exp": None}})


@proves("TOK-15")
def an_expired_token_is_told_so(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        accepted(service, user.access)
        claims = tokens.parts(user.access).claims
        service.advance(claims["exp"] - claims["iat"] + _LEEWAY + 1)
        refused(service, user.access, "an expired token", code="token_expired")
        fresh = service.session(user)
        accepted(service, fresh.access, "a token issued at the later time")


@proves("TOK-16")
def an_odd_end_never_passes_nor_crashes(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    end = real.claims["exp"]
    odd: tuple[str, ...] = (
        f'"{end}"',
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "1" * 400,
    )
    odd += ("{}", "[]", f"[{end}]", '"never"', "-1", "1e5000", f'{{"a":{end}}}')
    body = {name: value for name, value in real.claims.items() if name != "exp"}
    start = tokens.signing_input("", body).partition(".")[2]
    claims = tokens.unb64(start).decode()[:-1]
    for text in odd:
        forged = service.signed(dict(real.header), f'{claims},"exp":{text}}}')
        refused(service, forged, f"a token with exp {text[:20]}")
    accepted(service, service.signed(dict(real.header), f'{claims},"exp":{end}}}'), "the real exp")


@proves("TOK-17")
def tokens_of_the_future_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    now = int(service.now())
    for name in ("nbf", "iat"):
        ahead = service.forge(user.access, claims={name: now + _LEEWAY + 60})
        refused(service, ahead, f"a token with {name} a minute beyond the leeway")
        near = service.forge(user.access, claims={name: now + 15})
        accepted(service, near, f"a token with {name} within the leeway")


@proves("TOK-18")
def the_leeway_is_small_and_exact(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    now = int(service.now())
    late = service.forge(user.access, claims={"exp": now - _LEEWAY - 5})
    refused(service, late, "a token 5 s beyond the leeway", code="token_expired")
    near = service.forge(user.access, claims={"exp": int(service.now()) - _LEEWAY + 5})
    accepted(service, near, "a token 5 s within the leeway")
    code, said = rig.start_refused(leeway=61)
    check(code != 0 and "LEEWAY" in said, "a leeway of 61 s is not refused at the start")


@proves("TOK-19")
def a_subject_must_be_one_of_ours(rig: Rig) -> None:
    service = rig.service()
    user, gone = service.user(), service.user()
    service.write("DELETE FROM auth_users WHERE id = ?", gone.id)
    wrong = {"missing": ABSENT, "a number": 1, "a list": [user.id], "empty": "", "null": None}
    wrong |= {"unknown": secrets.token_hex(16), "text": "admin", "upper case": user.id.upper()}
    replies = [
        refused(service, service.forge(user.access, claims={"sub": sub}), f"a sub that is {what}")
        for what, sub in wrong.items()
        if sub != user.id
    ]
    replies.append(refused(service, gone.access, "the token of a deleted user"))
    for reply in replies[1:]:
        same_answer(replies[0], reply, "the refusals of two wrong subjects")
    accepted(service, service.forge(user.access))


@proves("TOK-20")
def a_token_names_its_session_and_itself(rig: Rig) -> None:
    wrong = {f"no {name}": {name: ABSENT} for name in ("jti", "sid")}
    wrong |= {f"an empty {name}": {name: ""} for name in ("jti", "sid")}
    wrong |= {f"a {name} of another type": {name: [1]} for name in ("jti", "sid")}
    wrong["the sid of nobody"] = {"sid": secrets.token_hex(16)}
    _claims_refused(rig, wrong)


@proves("TOK-21")
def a_refresh_token_is_no_access_token(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    refused(service, user.refresh, "a refresh token as Bearer")
    accepted(service, user.access)


@proves("TOK-22")
def an_access_token_refreshes_nothing(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    expect(service.refresh(user.access), 401, "an access token at /refresh",
           code="invalid_refresh_token")  # fmt: skip
    accepted(service, user.access, "the session afterwards")
    expect(service.refresh(user.refresh), 200, "the refresh token itself")


@proves("TOK-23")
def tokens_of_one_purpose_serve_no_other(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for purpose, token in _mail_tokens(service).items():
        refused(service, token, f"a token of a mail {purpose} as Bearer")
        expect(service.refresh(token), 401, f"a token of a mail {purpose} at /refresh")
    body = {"token": user.access, "password": user.password, "new_password": service.password()}
    for path in ("/verify-email", "/reset-password"):
        reply = service.post(path, body)
        if reply.status != 404:
            expect(reply, 400, f"an access token at {path}", code="invalid_token")
    accepted(service, user.access)


def _mail_tokens(service: Service) -> dict[str, str]:
    """A live token of each purpose that this service sends mails for."""
    found = {}
    if service.answers["registration"] == "verified":
        pending = User(service.email(), service.password())
        expect(service.register(pending.email, pending.password), 202, "a registration")
        found["verify_email"] = service.mail(pending.email, "verify_email")["token"]
    known = service.account()
    asked = service.post("/forgot-password", {"email": known.email}, ip=service.around.address())
    if asked.status != 404:
        expect(asked, 202, "a forgotten password")
        found["reset_password"] = service.mail(known.email, "reset_password")["token"]
    return found


@proves("TOK-24")
def the_lifetime_is_the_configured_one(rig: Rig) -> None:
    service = rig.service()
    ttl = 300 if service.answers["profile"] == "strict" else 900
    reply = expect(service.login(service.account()), 200, "the right password")
    renewed = expect(service.refresh(service.pair(reply)[1]), 200, "a refresh")
    for what, answer in (("login", reply), ("refresh", renewed)):
        claims = tokens.parts(service.pair(answer)[0]).claims
        lifetime = claims["exp"] - claims["iat"]
        check(0 < lifetime <= ttl, f"a token of {what} lives {lifetime} s, not at most {ttl}")
        check(answer.data["expires_in"] == lifetime, f"expires_in of {what} is not the lifetime")


@proves("TOK-25")
def claims_are_the_documented_ones(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    documented = _DOCUMENTED | ({"email"} if service.answers["email_claim"] else set())
    real = tokens.parts(user.access)
    strange = sorted(set(real.claims) ^ documented)
    check(not strange, f"the claims differ from the documented ones in {', '.join(strange)}")
    check(set(real.header) == {"alg", "typ", "kid"}, "the header has other members than documented")
    text = str(real.claims)
    check(user.password not in text and "$2b$" not in text and "argon2" not in text,
          "a claim carries a password or a hash")  # fmt: skip
    rows = service.rows("SELECT * FROM auth_users WHERE id = ?", user.id)
    hashes = [str(one) for row in rows for one in row if str(one).startswith("$")]
    check(bool(hashes), "no password hash is stored, so nothing could be compared")
    check(not any(one in text for one in hashes), "a claim carries the stored hash")


@proves("TOK-26")
def the_scheme_is_bearer_in_any_case(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    for scheme in ("bearer", "BEARER", "bEaReR"):
        reply = service.get("/me", headers=[("Authorization", f"{scheme} {token}")])
        expect(reply, 200, f"the scheme {scheme}")
    for value in (f"Basic {token}", f"Token {token}", token, f"Bearer{token}", f"JWT {token}"):
        reply = service.get("/me", headers=[("Authorization", value)])
        expect(reply, 401, f"Authorization: {value.split()[0][:10]}…")
        check("bearer" in reply.header("WWW-Authenticate").lower(), "no Bearer challenge")


@proves("TOK-27")
def a_malformed_header_is_no_crash(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    odd = ["", " ", "Bearer", "Bearer ", f"Bearer {token} {token}", f"Bearer {token},{token}"]
    odd += [f"Bearer, {token}", "Bearer \xe9\xff", f"Bearer \t{token}", "Bearer " + "a" * 65_536]
    odd += [f'Bearer "{token}"', f"Bearer {token};", f"Bearer: {token}", "Bearer ..", "Bearer ===="]
    for value in odd:
        reply = service.get("/me", headers=[("Authorization", value)])
        expect(reply, (400, 401, 431), f"Authorization: {value[:12]!r}…")
    twice = [("Authorization", f"Bearer {token}")] * 2
    expect(service.get("/me", headers=twice), (400, 401), "two Authorization headers")
    expect(service.get("/me", headers=twice[:1]), 200, "one Authorization header")


@proves("TOK-28")
def a_token_in_the_query_is_ignored_and_not_logged(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    for name in ("access_token", "token", "Authorization", "bearer"):
        expect(service.get(f"/me?{name}={token}"), 401, f"a token as ?{name}=")
    expect(service.me(token), 200, "the token in its header")
    check(token not in service.server.output(), "a token of a query stands in the log")


@proves("TOK-29")
def two_transports_at_once_are_refused(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    reply = service.get(f"/me?access_token={token}", token=token)
    expect(reply, 400, "a token in the header and another in the query", code="invalid_request")
    expect(service.me(token), 200, "the token in its header alone")


@proves("TOK-30")
def a_dead_token_stays_dead_in_every_spelling(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    head, _, tail = user.access.rpartition(".")
    spellings = [user.access, f"{user.access}=", f"{user.access}==", f"{user.access} "]
    spellings += [f"{head}.{tail[:-1]}{last}" for last in "ABCDEFGHQwxyz0123" if last != tail[-1]]
    spellings += [f"{head}=.{tail}", f" {user.access}", f"{head}.{tail}\t"]
    accepted(service, user.access)
    expect(service.logout(user), 204, "a logout")
    for spelling in spellings:
        expect(service.me(spelling), 401, "a token of an ended session, spelled otherwise")


@proves("TOK-31")
def monstrous_tokens_fail_fast(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    deep = "[" * 10_000 + "]" * 10_000
    monsters = {
        "100 kB of claims": service.forge(user.access, claims={"x": "a" * 100_000}),
        "10 kB of claims": service.forge(user.access, claims={"x": "a" * 10_000}),
        "10 000 levels": service.signed(dict(real.header), deep),
        "1 000 levels": service.signed(dict(real.header), deep[9_000:11_000]),
        "zip": service.forge(user.access, header={"zip": "DEF"}),
        "5 000 dots": "." * 5_000,
    }
    for what, token in monsters.items():
        no_slower(
            lambda token=token, what=what: _seconds_to_refuse(service, token, what),  # type: ignore[misc]
            lambda: service.me(user.access).seconds,
            f"a token of {what}",
        )
    accepted(service, user.access)


def _seconds_to_refuse(service: Service, token: str, what: str) -> float:
    """A server may hang up on a header above its own limit instead of answering."""
    started = time.monotonic()
    try:
        reply = service.me(token)
    except NoAnswer:
        return time.monotonic() - started
    check(400 <= reply.status < 500, f"a token of {what} was answered {reply.status}")
    return reply.seconds


@proves("TOK-32")
def tokens_of_the_gone_are_dead_at_once(rig: Rig) -> None:
    service = rig.service(workers=2)
    for change in ("UPDATE auth_users SET is_active = 0 WHERE id = ?",
                   "DELETE FROM auth_users WHERE id = ?"):  # fmt: skip
        user = service.user()
        accepted(service, user.access)
        service.write(change, user.id)
        word = "deleted" if change.startswith("DELETE") else "deactivated"
        _dead(service, user, f"the token of a {word} user is alive after a second")


def _dead(service: Service, user: User, sentence: str) -> None:
    """Within a second, and then in every worker."""
    service.soon(lambda: service.me(user.access).status == 401, sentence)
    check(all(service.me(user.access).status == 401 for _ in range(10)), sentence)


@proves("TOK-33")
def a_change_of_role_is_seen_at_once(rig: Rig) -> None:
    service = rig.service(workers=2)
    user = service.user()

    def roles() -> object:
        return service.get("/verify-token", token=user.access).data["roles"]

    check(roles() == [], "a plain user has roles")
    service.write("""UPDATE auth_users SET roles = '["admin"]' WHERE id = ?""", user.id)
    service.soon(lambda: roles() == ["admin"], "a new role is not seen after a second")
    service.write("UPDATE auth_users SET roles = '[]' WHERE id = ?", user.id)
    service.soon(lambda: roles() == [], "a lost role is still seen after a second")
    accepted(service, user.access, "the token after both changes")


@proves("TOK-34")
def users_are_never_mixed_up(rig: Rig) -> None:
    """200 requests of mixed users at the same time on two workers."""
    service = rig.service(workers=2)
    users = [service.user() for _ in range(4)]
    wrong: list[str] = []

    def ask(user: User) -> None:
        reply = service.me(user.access)
        if reply.status != 200 or reply.data["id"] != user.id:
            wrong.append(f"{reply.status} {reply.data if reply.status == 200 else reply.code}")

    _at_once([lambda user=user: ask(user) for user in users * 50])  # type: ignore[misc]
    if wrong:
        raise Failure(f"{len(wrong)} of 200 requests got somebody else's answer: {wrong[0]:.80}")


def _at_once(calls: Iterable[Callable[[], None]], lanes: int = 20) -> None:
    """Make calls in parallel; an exception in one of them is raised at the end."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(lanes) as pool:
        for future in [pool.submit(call) for call in calls]:
            future.result()


def _issued(rig: Rig) -> Mapping[str, Any]:
    """The claims of a real token."""
    return tokens.parts(rig.service().user().access).claims
