"""The routes of the working tree's application, and the lock that acknowledges them."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.app.measuring.serving import served
from orchestrator.app.situation import rules
from orchestrator.app.situation.situate import survey_commit
from orchestrator.app.transition.locking import AFTER, CHECK, LISTING
from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.diff import unified
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import Completed, Scope
from orchestrator.core.gate.routes import (
    LOCK_FILE,
    Difference,
    Listing,
    Route,
    differences,
    lock_text,
    read_listing,
    read_lock,
)
from orchestrator.core.host.host import Host
from orchestrator.ports.every import Ports


@dataclass(frozen=True)
class Census:
    """What the application answers now, and how that differs from the lock.

    `locked` says whether there is a lock; `startup` why what the startup adds was not seen.
    """

    app: str
    routes: tuple[Route, ...]
    differences: tuple[Difference, ...]
    locked: bool
    startup: str

    @property
    def current(self) -> bool:
        """Say whether the lock is there and tells every route as it is."""
        return self.locked and not self.differences


def census(ports: Ports) -> Census:
    """List the routes of the working tree and compare them with the lock in it.

    Raises CannotAnswer when there is no application, or it cannot be imported.
    """
    lock = ports.work_tree.read(LOCK_FILE)
    known = _read(lock) if lock is not None else ()
    host = survey_commit(ports, ports.repository.head())
    chosen = rules.settings(ports, ports.repository.head()).host_tests
    scope = _scope(host, chosen or host.test_command)
    listing = _listed(ports, host, scope)
    app = scope.served.app if scope.served else ""
    found = differences(known, listing.routes) if lock is not None else ()
    return Census(app, listing.routes, found, lock is not None, listing.startup)


def acknowledge(ports: Ports, found: Census) -> str:
    """Write the lock of these routes into the working tree, and nothing else; the diff of it."""
    ports.work_tree.refuse_links(LOCK_FILE)
    before = ports.work_tree.read(LOCK_FILE)
    after = lock_text(found.routes).encode()
    if before == after:
        return ""
    if before is None:
        ports.work_tree.create(LOCK_FILE, after)
    else:
        ports.work_tree.replace(LOCK_FILE, before, after)
    old = None if before is None else File(before)
    return unified([Change(LOCK_FILE, "update" if old else "create", old, File(after))])


def _scope(host: Host, tests: tuple[str, ...]) -> Scope:
    """The least that a check must know to import the application of a host."""
    main = served("", host, {})
    if not main.app:
        raise CannotAnswer(
            "no application was found here whose routes could be listed",
            remedy="`orchestrator routes` knows FastAPI and Flask applications",
        )
    beside = f"{host.package_path}/__init__.py"
    package = host.package_import
    return Scope(package=package, sources=(beside,), served=main, host_tests=tests)


def _listed(ports: Ports, host: Host, scope: Scope) -> Listing:
    asked = ports.checks.load(CHECK).commands(scope)
    command = next((one for one in asked if one.name == AFTER), None)
    if command is None:
        raise CannotAnswer(
            "the routes of this kind of application cannot be listed",
            remedy="`orchestrator routes` knows FastAPI and Flask applications",
        )
    ports.progress.step("environment of the host")
    environment = ports.environments.prepare(ports.root, host.manifest, ())
    ports.progress.step("routes")
    listing = _answer(ports.runner.run(command, tree=ports.root, python=environment.python))
    if listing.problem:
        raise CannotAnswer(
            f"the application cannot be imported: {listing.problem}",
            remedy="it must be importable without settings of its own; give them defaults",
        )
    return listing


def _answer(run: Completed) -> Listing:
    try:
        return read_listing(run.outputs.get(LISTING, b""))
    except ValueError as error:
        said = run.trouble or f"it ended with {run.exit_code}"
        raise CannotAnswer(
            f"the application did not tell its routes: {said}",
            remedy="see that importing it neither ends nor blocks the interpreter",
        ) from error


def _read(lock: bytes) -> tuple[Route, ...]:
    try:
        return read_lock(lock.decode("utf-8"))
    except ValueError as error:
        raise CannotAnswer(
            f"{LOCK_FILE} cannot be read: {error}",
            remedy=f"restore it: `git checkout HEAD -- {LOCK_FILE}`, or remove it",
        ) from error
