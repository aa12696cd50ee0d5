"""OPS: health tells the truth, outages stay small, and nothing is lost in between."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.judging.timing import twice
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import NoAnswer

_LEASE = 70
_DAY = 86_400
_AT_ONCE = 3
_SETTLED = 8.0
_PATIENCE = 15.0
_SLOW_HASHES: dict[str, Any] = {
    "bcrypt_rounds": 13,
    "argon2_memory": 65_536,
    "argon2_iterations": 12,
}


@proves("OPS-01")
def alive_touches_nothing(rig: Rig) -> None:
    with rig.fresh() as service:
        user = service.user()
        service.write("ALTER TABLE auth_users RENAME TO auth_users_away")
        for path in ("/health", "/health/live"):
            reply = expect(service.request("GET", path), 200, f"{path} without the database")
            check(reply.document is not None, f"{path} is not JSON")
        expect(service.me(user.access), 503, "a call that needs the database")


@proves("OPS-02")
def ready_names_what_is_missing(rig: Rig) -> None:
    with rig.fresh() as service:
        expect(service.login(service.account()), 200, "a login")
        expect(service.request("GET", "/health/ready"), 200, "readiness with all tables")
        service.write("ALTER TABLE auth_users RENAME TO auth_users_away")
        reply = expect(service.request("GET", "/health/ready"), 503, "readiness without a table")
        text = reply.body.decode()
        check("database" in text, "the refusal does not name the database")
        for secret in (str(service.server.folder), "sqlite", "auth.db", "Traceback", "SELECT"):
            check(secret not in text, f"the refusal shows {secret!r}")
        service.write("ALTER TABLE auth_users_away RENAME TO auth_users")
        expect(service.request("GET", "/health/ready"), 200, "readiness when the table is back")


@proves("OPS-05")
def mail_waits_for_its_way_and_leaves_once(rig: Rig) -> None:
    """While mail cannot leave no answer changes; afterwards each mail comes once."""
    with rig.fresh(workers=2) as service:
        user = service.account()
        folder = Path(service.server.settings["AUTH_EMAIL_FILE_PATH"])
        away = folder.with_name("mail-away")
        folder.rename(away)
        folder.write_text("in the way", encoding="ascii")
        reply = service.post("/forgot-password", {"email": user.email}, ip=rig.address())
        expect(reply, 202, "a request while mail cannot leave")
        time.sleep(1.0)
        folder.unlink()
        away.rename(folder)
        service.advance(_LEASE)
        service.mail(user.email, "reset_password")
        service.advance(_LEASE)
        time.sleep(_SETTLED)
        sent = [one for one in service.mails(user.email) if one["purpose"] == "reset_password"]
        check(len(sent) == 1, f"the mail left {len(sent)} times")


@proves("OPS-07")
def a_stop_finishes_what_runs(rig: Rig) -> None:
    """Logins that take long are in flight when the signal comes; health shows that all are in."""

    def stop() -> None:
        with rig.fresh(**_SLOW_HASHES) as service:
            user = service.account()
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                running = [threads.submit(_status, service, user) for _ in range(_AT_ONCE)]
                time.sleep(0.3)
                expect(service.request("GET", "/health/live"), 200, "health beside logins")
                late = all(one.done() for one in running)
                service.server.signal(signal.SIGTERM)
                found = [one.result() for one in running]
            check(not late, "the logins ended before the signal came")
            check(found == [200] * _AT_ONCE, f"logins during a stop were answered {found}")
            service.soon(lambda: not service.server.running, "the service did not stop", _PATIENCE)

    twice(stop)


def _status(service: Service, user: User) -> int:
    """How a login ended; 0 when no answer came."""
    try:
        return service.login(user).status
    except NoAnswer:
        return 0


@proves("OPS-10")
def the_clean_up_takes_what_has_expired(rig: Rig) -> None:
    with rig.fresh() as service:
        old = service.user()
        service.advance(40 * _DAY)
        kept = service.session(service.account(), remember=True)
        idle = service.session(old)
        done = service.command("cleanup")
        check(done.returncode == 0, f"cleanup ended with {done.returncode}: {done.stderr[-200:]}")
        expired = "SELECT count(*) FROM auth_sessions WHERE expires_at < ?"
        left = _number(service, expired, service.now() - 8 * _DAY)
        check(left == 0, f"{left} sessions that ended long ago are still there")
        check(_number(service, "SELECT count(*) FROM auth_users") == 2, "the clean-up took a user")
        for user in (kept, idle):
            expect(service.me(user.access), 200, "an access token after the clean-up")
            expect(service.refresh(user.refresh), 200, "a refresh token after the clean-up")


def _number(service: Service, query: str, *values: object) -> int:
    ((number,),) = service.rows(query, *values)
    return int(number)
