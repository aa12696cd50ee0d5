"""Of an API description the host's part is compared; what is ours may come and go."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.checks.inside.asking import own_operations
from orchestrator.checks.inside.describing import description_of

OURS = frozenset({("POST", "/auth/login")})


def described(**schemas: Any) -> dict[str, Any]:
    """A host with one operation, and one of ours."""
    schema = {"$ref": "#/components/schemas/Item"}
    return {
        "openapi": "3.1.0",
        "paths": {
            "/items": {"get": {"responses": {"200": schema}}},
            "/auth/login": {
                "post": {"body": {"$ref": "#/components/schemas/Login"}, "security": [{"us": []}]}
            },
        },
        "components": {
            "schemas": {
                "Item": {"owner": {"$ref": "#/components/schemas/Owner"}},
                "Owner": {"type": "object"},
                "Login": {"type": "object"},
                **schemas,
            },
            "securitySchemes": {"us": {"type": "http"}, "them": {"type": "apiKey"}},
        },
    }


def parts(document: dict[str, Any]) -> dict[str, str]:
    return description_of(json.dumps(document), OURS)


def without_ours() -> dict[str, Any]:
    """The same host before we came."""
    document = described()
    del document["paths"]["/auth/login"]
    del document["components"]["schemas"]["Login"]
    del document["components"]["securitySchemes"]["us"]
    return document


def test_what_is_ours_alone_is_no_part_of_it() -> None:
    assert parts(described()) == parts(without_ours())
    assert parts(described(Login={"type": "string"})) == parts(described())


def test_what_the_hosts_operations_need_is_directly_or_not() -> None:
    for name in ("Item", "Owner"):
        assert parts(described(**{name: {"type": "string"}})) != parts(described())
    changed = described()
    changed["paths"]["/items"]["get"]["summary"] = "other"
    assert parts(changed) != parts(described())
    guarded = described()
    guarded["paths"]["/items"]["get"]["security"] = [{"them": []}]
    assert "components securitySchemes them" in parts(guarded)


def test_an_operation_that_the_host_has_as_well_is_not_ours() -> None:
    route = {"method": "POST", "path": "/auth/login"}
    routes = [{**route, "place": "auth.web.routes:login"}]
    assert own_operations(routes, "auth") == OURS
    assert own_operations([*routes, {**route, "place": "main:login"}], "auth") == frozenset()
    assert own_operations([{**route, "place": "authentic:login"}], "auth") == frozenset()


def test_other_text_is_no_description() -> None:
    for text in ("", "[1]", "{", '{"openapi": 1}', "<html>"):
        assert description_of(text, OURS) == {}
