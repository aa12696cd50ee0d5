"""OPS, RAT: a store that goes away costs what was documented, and comes back by itself."""

from __future__ import annotations

from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import Reply

_ON: dict[str, Any] = {"limits": "on", "request_limit": "100000/minute"}
_ALLOWED = 5
_QUICK = 15.0
_BACK = 15.0
_PAUSE = 60


@proves("OPS-03")
def a_cut_database_is_an_honest_503(rig: Rig) -> None:
    line = rig.stores.line(rig.stores.postgres())
    with rig.fresh(workers=2, database_url=line.url) as service:
        user = service.user()
        expect(service.me(user.access), 200, "a call before the cut")
        line.cut()
        for what, reply in _calls(service, user).items():
            _unavailable(reply, f"{what} without the database")
        expect(service.request("GET", "/health/ready"), 503, "readiness without the database")
        expect(service.request("GET", "/health/live"), 200, "liveness without the database")
        line.mend()
        _recovers(service, user)
        expect(service.login(user), 200, "a login when the database is back")


def _calls(service: Service, user: User) -> dict[str, Reply]:
    return {
        "a login": service.login(user),
        "a call": service.me(user.access),
        "a refresh": service.refresh(user.refresh),
        "a reset": service.post("/forgot-password", {"email": user.email}),
    }


def _unavailable(reply: Reply, what: str) -> None:
    expect(reply, 503, what, code="service_unavailable")
    wait = reply.header("Retry-After")
    check(wait.isdigit() and int(wait) > 0, f"{what}: Retry-After is {wait!r}")
    check(reply.seconds < _QUICK, f"{what} took {reply.seconds:.0f} seconds")


def _recovers(service: Service, user: User) -> None:
    """Several calls in a row, so that every process has answered."""
    service.soon(
        lambda: all(service.me(user.access).status == 200 for _ in range(8)),
        "the service did not recover by itself",
        _BACK,
    )


@proves("RAT-15", "OPS-04")
def without_redis_the_limits_hold_in_each_process(rig: Rig) -> None:
    """Cut before the first failure, in the middle of a count, and mended again."""
    line = rig.stores.line(rig.stores.redis())
    with rig.fresh(redis_url=line.url, **_ON) as service:
        user, ip = service.user(), rig.address()
        _guess(service, ip, 3)
        line.cut()
        _ready(service, 503)
        statuses = [_wrong(service, ip).status for _ in range(2 * _ALLOWED)]
        check(set(statuses) <= {401, 429}, f"guesses without Redis were answered {statuses}")
        check(statuses.count(401) <= _ALLOWED, "without Redis there is no limit")
        expect(_wrong(service, ip), 429, "a guess beyond the limit without Redis")
        other = service.session(user, ip=rig.address())
        expect(service.logout(other), 204, "a logout without Redis")
        expect(service.me(other.access), 401, "a token that was logged out without Redis")
        expect(service.me(user.access), 200, "another session without Redis")
        line.mend()
        _ready(service, 200)
        service.advance(_PAUSE)
        _guess(service, late := rig.address(), _ALLOWED)
        expect(_wrong(service, late), 429, "a guess beyond the limit with Redis again")
        service.server.stop()
        service.server.start()
        expect(_wrong(service, late), 429, "the same after a restart, from Redis")


def _ready(service: Service, status: int) -> None:
    reply = expect(service.request("GET", "/health/ready"), status, "readiness")
    check(status == 200 or b"redis" in reply.body, "the refusal does not name Redis")


def _guess(service: Service, ip: str, times: int) -> None:
    for _ in range(times):
        expect(_wrong(service, ip), 401, "a wrong login below the limit")


def _wrong(service: Service, ip: str) -> Reply:
    body = {"email": service.email(), "password": service.password()}
    return service.post("/login", body, headers=service.same_origin, ip=ip)
