"""What was found in the repository a story lands in: values with file and line, no reading here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from orchestrator.core.place import Place as Place

Decision = Literal["adopt", "map", "extend", "stay apart", "choose another", "refuse", "note"]


@dataclass(frozen=True)
class AppObject:
    """The web application: `name` is its variable, or the factory function that returns it."""

    kind: Literal["object", "factory"]
    name: str
    module: str
    framework: str
    place: Place


@dataclass(frozen=True)
class Manifest:
    """Where the host declares its dependencies; `style` says which tool reads it."""

    path: str
    style: Literal["pep621", "poetry", "requirements", "setup.cfg", "pipfile"]
    names: tuple[str, ...]
    lock_files: tuple[str, ...] = ()
    requires_python: str = ""


@dataclass(frozen=True)
class DatabaseSetting:
    """How a host names its database: an environment variable, a default URL, or both ("" without).

    The URL holds no password. `kind` is what the host uses when nobody says otherwise.
    """

    variable: str
    default: str
    place: Place
    kind: Literal["sqlite", "postgresql"] = "sqlite"


@dataclass(frozen=True)
class Migrations:
    """Alembic as a host uses it: the folder of revisions, the newest ones, and its `env.py`.

    `compares` says whether `env.py` knows tables, so that revisions can be made from them.
    """

    versions: str
    heads: tuple[str, ...]
    script: Place
    compares: bool


@dataclass(frozen=True)
class UserTable:
    """The host's table of users, with the names of its columns ("" for one that is not there).

    `key` is the single primary key, `email` is unique, `password` holds hashes.
    """

    model: str
    table: str
    key: str
    email: str
    password: str
    active: str
    verified: str
    place: Place

    COLUMNS: ClassVar = ("key", "email", "password", "active", "verified")

    @property
    def columns(self) -> dict[str, str]:
        """The names of the columns by what they hold."""
        return {name: str(getattr(self, name)) for name in self.COLUMNS}


@dataclass(frozen=True)
class Observation:
    """One thing that was found and what was decided about it; shown in the report."""

    subject: str
    decision: Decision
    because: str
    place: Place | None = None


@dataclass(frozen=True)
class Host:
    """Everything a skill may know about the repository.

    `import_root` is the folder from which the host's own modules import ("" for the repository's
    root); `package_path` and `tests_path` are folders where new modules and tests belong; `similar`
    are places that already deal with the story's subject; `manifest` is None when none was found.
    `served` is `module:attribute` of the application that can be imported without settings of its
    own ("" when there is none or nobody knows); `test_command` is the argv of the host's own tests.
    `database` is None when it cannot be read plainly, `migrations` without Alembic or a `database`.
    `users` is a table of users that can be mapped, `users_apart` why there is none ("" when no
    table looks like one).
    `closed_env_file` is where a settings class of the host reads `.env` and refuses foreign names.
    """

    project: str
    language: str
    frameworks: tuple[str, ...]
    apps: tuple[AppObject, ...]
    import_root: str
    package_path: str
    package_import: str
    tests_path: str
    tests_are_package: bool
    manifest: Manifest | None
    taken_routes: tuple[tuple[str, Place], ...] = ()
    similar: tuple[tuple[str, Place], ...] = ()
    observations: tuple[Observation, ...] = ()
    paths: frozenset[str] = frozenset()
    served: str = ""
    test_command: tuple[str, ...] = ()
    closed_env_file: Place | None = None
    database: DatabaseSetting | None = None
    migrations: Migrations | None = None
    users: UserTable | None = None
    users_apart: str = ""
