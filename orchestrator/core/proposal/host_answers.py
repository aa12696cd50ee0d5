"""The answers of a pattern that only the tool can give: what a host is, where new code goes."""

from __future__ import annotations

from typing import Any

from orchestrator.core.host.host import Host
from orchestrator.core.proposal.adoption import user_answers
from orchestrator.core.proposal.apart import TestsPlace


def host_answers(host: Host, tests: TestsPlace) -> dict[str, Any]:
    """The answers that only the tool knows."""
    module, _, attribute = host.served.partition(":")
    return {
        "package_path": host.package_path,
        "package_import": host.package_import,
        "tests_path": tests.path,
        "tests_are_package": tests.are_package,
        "project": host.project,
        "host_app_import": module,
        "host_app_attribute": attribute,
        "host_env_example": ".env.example" in host.paths,
        "taken_routes": [route for route, _ in host.taken_routes],
        **_database(host),
        **user_answers(host),
    }


def _database(host: Host) -> dict[str, Any]:
    """Where the host's tables are, and how they come there."""
    database, migrations = host.database, host.migrations
    return {
        "host_database_variable": database.variable if database else "",
        "host_database_default": database.default if database else "",
        "host_database_kind": database.kind if database else "none",
        "alembic": migrations is not None,
        "alembic_versions": migrations.versions if migrations else "",
        "alembic_heads": list(migrations.heads) if migrations else [],
    }
