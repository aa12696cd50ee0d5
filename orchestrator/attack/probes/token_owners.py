"""TOK: a token speaks for its owner as he is now, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.attack.judging.proving import Failure, check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.trying import accepted


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


@proves("TOK-32")
def tokens_of_the_gone_are_dead_at_once(rig: Rig) -> None:
    service = rig.service(workers=2)
    for change in ("UPDATE auth_users SET is_active = FALSE WHERE id = ?",
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
