"""OPS: the schema of the database grows, goes and comes back, and the service serves on."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.server import Server
from orchestrator.attack.subject.service import Service, User

_REVISION = "*_auth_tables.py"
_BEFORE = re.compile(r"^down_revision = .*$", re.MULTILINE)
_ENV = """
import os

from alembic import context
from sqlalchemy import create_engine

from {package}.database import database_url
from {package}.models import Base

with create_engine(database_url(os.environ["AUTH_DATABASE_URL"])).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""


@proves("OPS-09")
def a_schema_that_has_grown_serves_the_same_code(rig: Rig) -> None:
    """What a later release adds first is in nobody's way: columns, a table, an index."""
    with rig.fresh() as service:
        before = service.user()
        for table in (name for name in service.tables.names() if name.startswith("auth_")):
            service.write(f"ALTER TABLE {table} ADD COLUMN later_text VARCHAR(40)")
            service.write(f"ALTER TABLE {table} ADD COLUMN later_number INTEGER NOT NULL DEFAULT 0")
        service.write("CREATE TABLE auth_later (id VARCHAR(32) PRIMARY KEY, user_id VARCHAR(32))")
        service.write("CREATE INDEX auth_later_users ON auth_users (later_text)")
        _lives(service, before, "on a schema that has grown")
        service.server.stop()
        service.server.start()
        _lives(service, before, "started on a schema that has grown")
        done = service.command("cleanup")
        check(done.returncode == 0, "the clean-up fails on a schema that has grown")


def _lives(service: Service, known: User, where: str) -> None:
    """An old session, and all that makes and changes rows."""
    expect(service.request("GET", "/health/ready"), 200, f"readiness {where}")
    expect(service.me(known.access), 200, f"an old session {where}")
    fresh = service.user()
    renewed = service.pair(expect(service.refresh(fresh.refresh), 200, f"a refresh {where}"))
    body = {"current_password": fresh.password, "new_password": service.password()}
    reply = service.post("/change-password", body, token=renewed[0], headers=service.same_origin)
    access = service.pair(expect(reply, 200, f"a change of the password {where}"))[0]
    expect(service.get("/events", token=access), 200, f"the events {where}")
    last = User(fresh.email, body["new_password"], access=access)
    expect(service.logout(last), 204, f"a logout {where}")
    body = {"email": known.email}
    expect(service.post("/forgot-password", body), 202, f"a request for a mail {where}")
    service.mail(known.email, "reset_password")


@proves("OPS-08")
def revisions_go_up_and_down_and_up(rig: Rig) -> None:
    """The module's own revision, in a set-up of Alembic of ours, on a database with data."""
    for settings in rig.databases():
        server = rig.server(**settings)
        setup = _setup(rig, server)
        _alembic(server, setup, "upgrade", "head")
        _alembic(server, setup, "check")
        _serves(rig, server)
        _alembic(server, setup, "downgrade", "base")
        _alembic(server, setup, "upgrade", "head")
        _alembic(server, setup, "check")
        _serves(rig, server)


def _serves(rig: Rig, server: Server) -> None:
    """Start it on the tables that are there, leave data in them, and stop it."""
    server.start()
    try:
        service = rig.handle(server)
        expect(service.me(service.user().access), 200, "a call on migrated tables")
    finally:
        server.stop()


def _setup(rig: Rig, server: Server) -> Path:
    """A folder for Alembic with the module's revision as its only one."""
    found = sorted((rig.application.tree).rglob(_REVISION))
    check(len(found) == 1, f"the tree has {len(found)} revisions of the module's tables")
    folder = server.folder / "alembic"
    (folder / "versions").mkdir(parents=True)
    text = _BEFORE.sub("down_revision = None", found[0].read_text("utf-8"), count=1)
    (folder / "versions" / found[0].name).write_text(text, encoding="utf-8")
    env = _ENV.format(package=rig.application.package)
    (folder / "env.py").write_text(env, encoding="utf-8")
    (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = {folder}\n", "utf-8")
    return folder / "alembic.ini"


def _alembic(server: Server, config: Path, *words: str) -> None:
    done = server.run("alembic", "-c", str(config), *words)
    check(done.returncode == 0, f"alembic {' '.join(words)}: {done.stderr.strip()[-200:]}")
