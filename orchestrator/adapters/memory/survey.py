"""The Memory port: what a host is, from its committed tree alone; never runs or imports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orchestrator.adapters.memory.apps import FRAMEWORKS, Found, find_apps, served_by
from orchestrator.adapters.memory.databases import find_database
from orchestrator.adapters.memory.declaring import locks, manifest_kept
from orchestrator.adapters.memory.demands import demanded_coverage
from orchestrator.adapters.memory.dependents import followers, importers
from orchestrator.adapters.memory.foreign import foreign_framework, template
from orchestrator.adapters.memory.habits import habits, unread
from orchestrator.adapters.memory.layout import (
    free_folder,
    import_root,
    module_name,
    package_place,
)
from orchestrator.adapters.memory.manifests import configured_tests, find_manifest, project_folder
from orchestrator.adapters.memory.migrations import find_migrations
from orchestrator.adapters.memory.people import find_users
from orchestrator.adapters.memory.routes import find_routes
from orchestrator.adapters.memory.scope import of_application, of_project
from orchestrator.adapters.memory.shape import layout, out_of_reach
from orchestrator.adapters.memory.source import Source, read_source, uncollected
from orchestrator.adapters.memory.style import code_style
from orchestrator.adapters.memory.suite import test_command, tests_place
from orchestrator.adapters.memory.symbols import SUBJECT, about
from orchestrator.adapters.memory.wants import closed_env_file, needs_settings
from orchestrator.core.host.host import AppObject, Host, Manifest, Observation, Place

_WELL_KNOWN = ("/health", "/health/live", "/health/ready", "/.well-known/jwks.json")


class AstMemory:
    """Reads a committed tree through a reader of paths; every answer carries its place."""

    def survey(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, framework: str | None
    ) -> Host:
        """Everything a skill may know about the repository; `framework` narrows the applications.

        A host without an application has `apps=()`. A wanted framework that is not the host's is
        an observation with the decision `refuse`.
        """
        with uncollected():
            source = read_source(files, read)
            found = find_apps(source.code)
            fitting = [app for app in found if framework in (None, app.framework)]
            if not fitting:
                return _without_app(source, found, framework, tuple(template(files)))
            return _with_app(source, fitting, found, framework)

    def importers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, package: str, folder: str
    ) -> tuple[Place, ...]:
        """Every import of a package, or of something in it, that these files do not satisfy."""
        return importers(files, read, package=package, folder=folder)

    def followers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, revision: str
    ) -> tuple[Place, ...]:
        """The revisions of Alembic that come right after the one in a file."""
        return followers(files, read, revision=revision)


def _with_app(
    source: Source, fitting: list[Found], found: Iterable[Found], framework: str | None
) -> Host:
    app = fitting[0]
    manifest, name = find_manifest(app.module.path, source)
    mine = of_project(project_folder(manifest), source) if manifest else source
    root = import_root(app.module, project_folder(manifest) if manifest else "", mine)
    package, package_taken = package_place(app.module, root, source)
    folder = project_folder(manifest) if manifest else root.removesuffix("src").rstrip("/")
    configured = configured_tests(f"{folder}/" if folder else "", source) or configured_tests(
        "", source
    )
    tests, are_package, tests_taken = tests_place(app.module.path, folder, configured, mine)
    near = of_application(root, folder, source)
    routes = _routes_beside(app, found, near)
    closed = closed_env_file(near)
    database, about_database = find_database(near, manifest)
    migrations, about_migrations = find_migrations(mine, folder, shared=database is not None)
    users, users_apart, about_users = find_users(near, database)
    observations = (
        *_choice(fitting),
        layout(app.module, root, package),
        *_framework(found, framework),
        *_taken("package", package_taken, package),
        *_taken("tests", tests_taken, tests),
        *_kept_routes(routes),
        *habits(near),
        *about_database,
        *about_migrations,
        *about_users,
        *code_style(folder, source),
        *demanded_coverage(folder, source),
        *manifest_kept(manifest, source, Place(app.module.path, app.line)),
        *locks(manifest, source),
        *unread(mine),
    )
    return Host(
        project=_slug(name or module_name(app.module.path, root).split(".")[0]),
        language="python",
        frameworks=_frameworks(source, found, manifest),
        apps=tuple(_app_object(one, root) for one in fitting),
        import_root=root,
        package_path=package,
        package_import=module_name(f"{package}/__init__.py", root),
        tests_path=tests,
        tests_are_package=are_package,
        manifest=manifest,
        taken_routes=routes,
        similar=_similar(near),
        observations=observations,
        paths=frozenset(source.paths),
        served=_served(app, root, source),
        test_command=test_command(mine, folder, configured),
        closed_env_file=closed[1] if closed else None,
        database=database,
        migrations=migrations,
        users=users,
        users_apart=users_apart,
    )


def _routes_beside(
    app: Found, found: Iterable[Found], source: Source
) -> tuple[tuple[str, Place], ...]:
    """The host's routes, without those in modules that only make applications of another
    framework than the one that is extended."""
    ours = {one.module.path for one in found if one.framework == app.framework}
    others = {one.module.path for one in found} - ours
    return tuple(one for one in find_routes(source.code) if one[1].path not in others)


def _without_app(
    source: Source,
    found: Iterable[Found],
    framework: str | None,
    templates: tuple[Observation, ...],
) -> Host:
    foreign = None if list(found) else foreign_framework(source)
    others = () if foreign or list(found) else (*templates, *out_of_reach(source))
    observations = (
        *_framework(found, framework),
        *((foreign[1],) if foreign else others),
        *unread(source),
    )
    near = next((one.place.path for one in observations if one.place), "any")
    manifest = find_manifest(near, source)[0]
    package, _ = free_folder("", source.paths)
    tests, are_package, _ = tests_place("", "", configured_tests("", source), source)
    return Host(
        project="app",
        language="python" if any(path.endswith(".py") for path in source.paths) else "",
        frameworks=((foreign[0],) if foreign else _frameworks(source, found, manifest)),
        apps=(),
        import_root="",
        package_path=package,
        package_import=package,
        tests_path=tests,
        tests_are_package=are_package,
        manifest=manifest,
        similar=_similar(source),
        observations=observations,
        paths=frozenset(source.paths),
        test_command=test_command(source, "", configured_tests("", source)),
    )


def _app_object(app: Found, root: str) -> AppObject:
    return AppObject(
        kind="factory" if app.kind == "factory" else "object",
        name=app.name,
        module=_module_below(app.module.path, root),
        framework=app.framework,
        place=Place(app.module.path, app.line),
    )


def _module_below(path: str, root: str) -> str:
    return module_name(path, root if not root or path.startswith(f"{root}/") else "")


def _choice(fitting: list[Found]) -> Iterator[Observation]:
    chosen = fitting[0]
    place = Place(chosen.module.path, chosen.line)
    because = f"the {chosen.framework} {chosen.kind} `{chosen.name}` is extended"
    if len(fitting) > 1:
        others = ", ".join(f"{one.name} ({one.module.path}:{one.line})" for one in fitting[1:4])
        because += f", the outermost of {len(fitting)}; not touched: {others}"
    yield Observation("application", "extend", because, place)


def _framework(found: Iterable[Found], framework: str | None) -> Iterator[Observation]:
    others = [app for app in found if framework is not None and app.framework != framework]
    if others and all(app.framework != framework for app in found):
        app = others[0]
        because = f"{framework} was asked for, but the application is made with {app.framework}"
        yield Observation("framework", "refuse", because, Place(app.module.path, app.line))


def _taken(what: str, taken: str, chosen: str) -> Iterator[Observation]:
    if taken:
        because = f"{taken} exists; {chosen} is used"
        yield Observation(f"{what} folder", "choose another", because, Place(taken))


def _kept_routes(routes: Iterable[tuple[str, Place]]) -> Iterator[Observation]:
    for route, place in routes:
        if route in _WELL_KNOWN:
            because = f"the host's own {route} stays; a new route of that path does not answer"
            yield Observation("route", "adopt", because, place)


def _frameworks(
    source: Source, found: Iterable[Found], manifest: Manifest | None
) -> tuple[str, ...]:
    made = dict.fromkeys(app.framework for app in found)
    declared = [name for name in (*FRAMEWORKS, "django") if manifest and name in manifest.names]
    used = {
        name.split(".")[0]
        for module in source.code
        for name, _, level in module.imports
        if not level
    }
    seen = [name for name in (*FRAMEWORKS, "django") if name in used]
    return tuple(dict.fromkeys([*made, *declared, *seen]))


def _similar(source: Source) -> tuple[tuple[str, Place], ...]:
    return tuple((f"{one.kind} {one.name}", one.place) for one in about(SUBJECT, source.code))


def _served(app: Found, root: str, source: Source) -> str:
    """`module:attribute`, when nothing that importing it imports asks for settings."""
    served = served_by(app, source.code)
    factory = app.name if app.kind == "factory" else ""
    if served is None or needs_settings(served[0], factory, root, source):
        return ""
    return f"{_module_below(served[0].path, root)}:{served[1]}"


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return "app" if slug in ("", "main", "src", "application", "server") else slug
