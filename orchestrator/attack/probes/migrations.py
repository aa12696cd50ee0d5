"""OPS: the revision of the tables goes up, down and up again, where the repository uses Alembic."""

from __future__ import annotations

from orchestrator.attack.proving import Failure, NotPossible, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.service import Service


@proves("OPS-08")
def the_revision_goes_up_and_down(rig: Rig) -> None:
    if not (rig.application.tree / "alembic.ini").exists():
        raise NotPossible("the repository has no Alembic")
    with rig.fresh() as service:
        user = service.user()
        _alembic(service, "stamp", "head")
        expect(service.login(user), 200, "a login before")
        service.server.stop()
        for words in (("downgrade", "base"), ("upgrade", "head"), ("check",)):
            _alembic(service, *words)
        service.server.start()
        expect(service.login(user), 401, "an account that went down with its table")
        expect(service.login(service.account()), 200, "a new account")


def _alembic(service: Service, *words: str) -> None:
    done = service.server.run("alembic", *words)
    if done.returncode != 0:
        raise Failure(f"alembic {words[0]} ended with {done.returncode}: {done.stderr[-300:]}")
