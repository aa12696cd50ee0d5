"""A host of which nothing in particular is known."""

from __future__ import annotations

from orchestrator.core.host.host import Host

PLAIN = Host(
    project="app",
    language="python",
    frameworks=("fastapi",),
    apps=(),
    import_root="",
    package_path="auth",
    package_import="auth",
    tests_path="tests/auth",
    tests_are_package=False,
    manifest=None,
)
