"""RAT: attempts are counted by who makes them, for all processes, and nobody is locked out."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

from orchestrator.attack.judging.proving import NotPossible, check, expect, proves, same_answer
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import ORIGIN, Service, User
from orchestrator.attack.wire import Headers, Reply, request_bytes

_ON: dict[str, Any] = {"limits": "on", "request_limit": "100000/minute"}
_PROXIED: dict[str, Any] = {**_ON, "trusted_proxies": "127.0.0.0/8"}
_ALLOWED = 5
_WINDOW = 600
_BLOCK = 1800
_TEXT = "Too many attempts. Please try again later"
_AT_ONCE = 25
_ROUNDS = 4
_LONGEST_DELAY = 60
_MANY = 20_000
_BATCH = 20
_MOST_GROWTH = 64 * 1024


def _wrong(service: Service, **options: Any) -> Reply:
    """A login to an account that is not there: a failure that counts for its address alone."""
    body = {"email": service.email(), "password": service.password()}
    return _login(service, body, **options)


def _login(service: Service, body: object, **options: Any) -> Reply:
    """A login as a page of the service's own origin would send it, unless a header says more."""
    given = dict(options.pop("headers", ()))
    headers = {**dict(service.same_origin), **given}
    return service.post("/login", body, headers=list(headers.items()), **options)


def _fail(service: Service, times: int, **options: Any) -> None:
    for _ in range(times):
        expect(_wrong(service, **options), 401, "a wrong login below the limit")


def _blocked(reply: Reply, what: str) -> int:
    """A refusal by the limit; the seconds that it asks to wait."""
    expect(reply, 429, what, code="too_many_attempts")
    wait = reply.header("Retry-After")
    check(wait.isdigit() and int(wait) > 0, f"Retry-After is {wait!r}, not whole seconds above 0")
    return int(wait)


@proves("RAT-01")
def the_sixth_failure_of_an_address_is_refused(rig: Rig) -> None:
    service = rig.service(**_ON)
    _fail(service, _ALLOWED)
    reply = _wrong(service)
    wait = _blocked(reply, "the sixth wrong login of an address")
    check(wait <= _BLOCK, "Retry-After is longer than the block")
    check(reply.document["detail"] == _TEXT, "the refusal has another text than promised")


@proves("RAT-02")
def the_right_password_does_not_open_a_blocked_address(rig: Rig) -> None:
    service = rig.service(**_ON)
    user = service.account()
    _fail(service, _ALLOWED)
    _blocked(service.login(user), "the right password from a blocked address")
    expect(service.login(user, ip=rig.address()), 200, "the right password from another address")


@proves("RAT-03")
def a_block_ends_after_half_an_hour(rig: Rig) -> None:
    with rig.alone(**_ON) as service:
        user = service.account()
        _fail(service, _ALLOWED)
        service.advance(_BLOCK - 10)
        _blocked(service.login(user), "a login ten seconds before the block's end")
        service.advance(20)
        expect(service.login(user), 200, "a login after the block's end")


@proves("RAT-04")
def the_window_slides(rig: Rig) -> None:
    """Failures on both sides of what would be the edge of a fixed window add up."""
    with rig.alone(**_ON) as service:
        service.advance(_WINDOW - service.now() % _WINDOW - 10)
        _fail(service, _ALLOWED - 1)
        service.advance(20)
        _fail(service, 1)
        _blocked(_wrong(service), "the sixth wrong login within half a minute")
    with rig.alone(**_ON) as other:
        _fail(other, _ALLOWED - 1)
        other.advance(_WINDOW + 1)
        _fail(other, _ALLOWED - 1)


@proves("RAT-05")
def an_own_login_launders_no_guesses(rig: Rig) -> None:
    service = rig.service(**_ON)
    own = service.account()
    _fail(service, _ALLOWED - 1)
    expect(service.login(own), 200, "a login to the own account between the guesses")
    _fail(service, 1)
    _blocked(_wrong(service), "the sixth guess with an own login in between")


@proves("RAT-06")
def other_addresses_are_not_touched(rig: Rig) -> None:
    service = rig.service(**_ON)
    victim = service.account()
    guess = {"email": victim.email, "password": service.password()}
    refused = [_login(service, guess).status for _ in range(8)]
    check(set(refused) <= {401, 429}, f"guesses were answered {sorted(set(refused))}")
    check(429 in refused, "eight guesses at one account met no limit")
    known = rig.address()
    with rig.alone(**_ON) as apart:
        owner = apart.account()
        expect(apart.login(owner, ip=known), 200, "the owner's first login")
        bad = {"email": owner.email, "password": apart.password()}
        for _ in range(4):
            expect(_login(apart, bad), (401, 429), "a guess at the owner's account")
        expect(apart.login(owner, ip=known), 200, "the owner from a known address, under attack")


@proves("RAT-07")
def headers_of_strangers_change_no_address(rig: Rig) -> None:
    service = rig.service(**_ON)
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP")
    for number in range(_ALLOWED):
        expect(_wrong(service, headers=_claims(names, number)), 401, "a wrong login")
    reply = _wrong(service, headers=_claims(names, 99))
    _blocked(reply, "the sixth guess, each with another address in its headers")


def _claims(names: Iterable[str], number: int) -> Headers:
    address = f"198.51.100.{number + 1}"
    return [(name, f"for={address}" if name == "Forwarded" else address) for name in names]


@proves("RAT-08")
def a_trusted_proxy_names_the_client(rig: Rig) -> None:
    service = rig.service(**_PROXIED)
    client = _client_address()
    for number in range(_ALLOWED):
        expect(_wrong(service, headers=_hops(f"9.9.9.{number}", client)), 401, "a wrong login")
    reply = _wrong(service, headers=_hops("8.8.8.8", client))
    _blocked(reply, "the sixth guess behind a proxy, with made-up hops to the left")
    reply = _wrong(service, headers=_hops("8.8.8.8", _client_address()))
    expect(reply, 401, "a wrong login of another client behind the same proxy")


def _hops(*addresses: str) -> Headers:
    return [("X-Forwarded-For", ", ".join(addresses))]


def _client_address() -> str:
    return ".".join(str(number) for number in (100, 64, *secrets.token_bytes(2)))


@proves("RAT-09")
def junk_in_the_hops_breaks_nothing(rig: Rig) -> None:
    service = rig.service(**_PROXIED)
    junk = ["", "unknown", "a" * 7000, "fe80::1%eth0", "203.0.113.9:4711", "[2001:db8::1]:80"]
    junk += ["203.0.113.9,,,", "\t", "1.2.3.4.5", "::ffff:999.1.1.1", "0x7f.1", "\u00ff"]
    for value in junk:
        for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded"):
            reply = service.request("GET", "/health", headers=[(name, value)])
            check(reply.status < 500, f"{name}: {value[:20]!r} was answered {reply.status}")
    expect(service.request("GET", "/health", headers=_hops("203.0.113.9")), 200, "a proper hop")


@proves("RAT-10")
def ipv6_counts_by_network_and_mapped_ipv4_as_itself(rig: Rig) -> None:
    service = rig.service(**_PROXIED)
    network = f"2001:db8:{secrets.token_hex(2)}:7"
    for number in range(_ALLOWED):
        expect(_wrong(service, headers=_hops(f"{network}::{number + 1}")), 401, "a wrong login")
    reply = _wrong(service, headers=_hops(f"{network}:aaaa::1"))
    _blocked(reply, "the sixth guess from one /64")
    other = f"2001:db8:{secrets.token_hex(2)}:8::1"
    expect(_wrong(service, headers=_hops(other)), 401, "a wrong login from another /64")
    plain = _client_address()
    for _ in range(_ALLOWED):
        expect(_wrong(service, headers=_hops(f"::ffff:{plain}")), 401, "a wrong login")
    _blocked(_wrong(service, headers=_hops(plain)), "the IPv4 form of a mapped address")


@proves("RAT-11")
def a_sprayed_account_is_delayed_and_never_locked(rig: Rig) -> None:
    with rig.alone(**_ON) as service:
        victim = service.account()
        waits = _spray(service, victim, rig)
        grown = all(later >= earlier for earlier, later in pairwise(waits))
        check(grown and waits[-1] > waits[0], f"the delays do not grow: {waits}")
        check(max(waits) <= _LONGEST_DELAY, f"an account is delayed {max(waits)} seconds")
        asked = service.post("/forgot-password", {"email": victim.email}, ip=rig.address())
        expect(asked, 202, "a request for a new password under attack")
        token = service.mail(victim.email, "reset_password")["token"]
        fresh = service.password()
        body = {"token": token, "new_password": fresh}
        expect(service.post("/reset-password", body, ip=rig.address()), 204, "a reset under attack")
        service.advance(_LONGEST_DELAY + 1)
        victim.password = fresh
        expect(service.login(victim, ip=rig.address()), 200, "a login after the reset")


def _spray(service: Service, victim: User, rig: Rig) -> list[int]:
    """Guess from fifty addresses, waiting as long as each refusal asks; the delays."""
    waits: list[int] = []
    for _ in range(50):
        body = {"email": victim.email, "password": service.password()}
        reply = _login(service, body, ip=rig.address())
        if reply.status == 429:
            waits.append(_blocked(reply, "a guess at a sprayed account"))
            service.advance(waits[-1])
        else:
            expect(reply, 401, "a guess at a sprayed account")
    check(bool(waits), "fifty guesses at one account from fifty addresses met no delay")
    return waits


@proves("RAT-12")
def unknown_accounts_are_delayed_like_known_ones(rig: Rig) -> None:
    service = rig.service(**_ON)
    known, unknown = service.account().email, service.email()
    last = {}
    for email in (known, unknown):
        for _ in range(3):
            body = {"email": email, "password": service.password()}
            expect(_login(service, body, ip=rig.address()), 401, "one of three wrong logins")
        body = {"email": email, "password": service.password()}
        last[email] = _login(service, body, ip=rig.address())
        _blocked(last[email], "the fourth wrong login to an account")
    same_answer(last[known], last[unknown], "the delays of a known and of an unknown account")


@proves("RAT-13")
def parallel_guesses_get_no_more_than_the_limit(rig: Rig) -> None:
    """A hash that takes its time, and two processes where they share the counters."""
    workers = 1 if rig.answers["limiter"] == "memory" else 2
    service = rig.service(workers=workers, bcrypt_rounds=10, **_ON)
    for _ in range(_ROUNDS):
        found = _at_once(service, rig.address())
        check(set(found) <= {401, 429}, f"parallel guesses were answered {sorted(set(found))}")
        tried = found.count(401)
        check(
            tried <= _ALLOWED, f"{tried} of {_AT_ONCE} parallel guesses had their password checked"
        )
        check(tried > 0, "parallel guesses were refused without one being counted")
    expect(_wrong(service, ip=rig.address()), 401, "a wrong login from another address")


def _at_once(service: Service, address: str) -> list[int]:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        waiting = [threads.submit(_wrong, service, ip=address) for _ in range(_AT_ONCE)]
        return [one.result().status for one in waiting]


@proves("RAT-14")
def the_count_is_shared_and_survives_a_restart(rig: Rig) -> None:
    if rig.answers["limiter"] == "redis":
        rig.stores.redis()
    for database in rig.databases():
        _shared_and_kept(rig, database)


def _shared_and_kept(rig: Rig, database: dict[str, Any]) -> None:
    with rig.alone(workers=2, **_ON, **database) as service:
        _fail(service, _ALLOWED)
        for _ in range(4):
            _blocked(_wrong(service), "a guess beyond the limit, with two workers")
        service.server.stop()
        service.server.start()
        _blocked(_wrong(service), "a guess beyond the limit after a restart")
        expect(_wrong(service, ip=rig.address()), 401, "a wrong login from another address")


@proves("RAT-16")
def distinct_addresses_keep_memory_bounded(rig: Rig) -> None:
    with rig.alone(**{**_PROXIED, "request_limit": "100/minute"}) as service:
        _ask_from(service, range(2000))
        before = _resident(service)
        _ask_from(service, range(2000, _MANY))
        grown = _resident(service) - before
        check(grown < _MOST_GROWTH, f"{_MANY} addresses made the service grow by {grown} kB")


def _ask_from(service: Service, numbers: range) -> None:
    """One request from each of many addresses, on one connection."""
    with service.wire.connect(service.ip) as link:
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            link.sendall(b"".join(_call_from(service, number) for number in batch))
            answered = b""
            while answered.count(b"HTTP/1.1 401") < len(batch):
                more = link.recv(1 << 20)
                check(bool(more), "the service closed a connection in use")
                answered += more


def _call_from(service: Service, number: int) -> bytes:
    address = f"100.{64 + number // 65536}.{number // 256 % 256}.{number % 256}"
    headers = [("Host", "localhost"), *_hops(address)]
    return request_bytes("GET", f"{service.prefix}/me", headers)


def _resident(service: Service) -> int:
    """Resident kB of the server and its children."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            group = status.with_name("stat").read_text().rpartition(")")[2].split()[2]
        except OSError:
            continue
        if int(group) == service.server.pid:
            total += sum(int(line.split()[1]) for line in text.splitlines() if "VmRSS" in line)
    if not total:
        raise NotPossible("the memory of the service cannot be read here")
    return total


@proves("RAT-17")
def spellings_of_the_path_dodge_no_limit(rig: Rig) -> None:
    service = rig.service(**_ON)
    user = service.account()
    _fail(service, _ALLOWED)
    path = f"{service.prefix}/login"
    body = {"email": user.email, "password": user.password}
    spellings = [f"{path}/", f"/{path}", path.replace("login", "%6cogin"), path.upper(),
                 f"{path}?x=1", f"{path};a=b", f"{service.prefix}/./login", f"{path}//",
                 f"{service.prefix}/x/../login", f"{path}%20", f"{path}.json"]  # fmt: skip
    for spelling in spellings:
        reply = service.request("POST", spelling, body)
        check(reply.status != 200 and reply.status < 500,
              f"POST {spelling} from a blocked address was answered {reply.status}")  # fmt: skip
    for method in ("HEAD", "PUT", "PATCH", "GET"):
        override = [("X-HTTP-Method-Override", "POST"), ("X-Method-Override", "POST")]
        reply = service.request(method, path, body, headers=override)
        expect(reply, (405, 429), f"{method} on the login")
    _blocked(service.login(user), "the plain path from the blocked address")
    expect(service.login(user, ip=rig.address()), 200, "the plain path from another address")


@proves("RAT-18")
def a_refusal_by_the_limit_can_be_read(rig: Rig) -> None:
    service = rig.service(**_ON, cors_origins=ORIGIN)
    headers = [("Origin", ORIGIN)]
    plain = _wrong(service, headers=headers)
    expect(plain, 401, "a wrong login below the limit")
    _fail(service, _ALLOWED - 1)
    reply = _wrong(service, headers=headers)
    _blocked(reply, "the sixth wrong login")
    check(reply.header("Content-Type") == "application/problem+json", "429 is no problem document")
    check(reply.document["status"] == 429, "the problem document has another status")
    check("no-store" in reply.header("Cache-Control"), "429 may be stored by caches")
    for one, what in ((plain, "401"), (reply, "429")):
        shown = one.header("Access-Control-Allow-Origin")
        check(shown == ORIGIN, f"{what} cannot be read by a browser of a listed origin")


@proves("RAT-19")
def health_and_keys_are_never_blocked(rig: Rig) -> None:
    service = rig.service(**_ON)
    _fail(service, _ALLOWED)
    _blocked(_wrong(service), "the sixth wrong login")
    for path in ("/health", "/health/live", "/health/ready"):
        expect(service.request("GET", path), 200, f"{path} from a blocked address")
    if service.answers["signing"] != "HS256":
        keys = service.request("GET", "/.well-known/jwks.json")
        expect(keys, 200, "the public keys from a blocked address")


@proves("RAT-20")
def production_has_limits_unless_told_otherwise(rig: Rig) -> None:
    code, said = rig.start_refused(**rig.production(limits="off"))
    check(code != 0, "a start in production without limits ended with 0")
    check("AUTH_LIMITS" in said, "the refusal does not name AUTH_LIMITS")
    with rig.fresh(**rig.production(limits="off", allow_no_limits="yes")) as service:
        lines = [line for line in service.log_lines() if "limits are off" in str(line)]
        check(bool(lines), "limits that are off in production are not logged")
