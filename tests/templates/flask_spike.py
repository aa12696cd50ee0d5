"""A Flask adapter in a page: proves that everything under the FastAPI adapter serves another one.

It runs inside a scratch repository that the patterns were rendered into, never in this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request
from src.auth.addresses import client_address, request_scheme
from src.auth.headers import security_headers
from src.auth.parts import Parts, build_parts
from src.auth.request_ids import HEADER, current_request_id, request_id
from src.auth.settings import Settings
from src.auth.web.api import answer
from src.auth.web.route import PREFIX
from src.auth.web.routes import ROUTES
from src.auth.web.wire import BODY_LIMIT, Call

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


def install_auth(app: Flask, settings: Settings) -> Parts:
    """Serve every route of the table, and the refusals below the prefix, from a Flask app."""
    parts = build_parts(settings)

    def serve(**_path: str) -> Response:
        call = _call(parts.settings)
        reset = current_request_id.set(call.request_id)
        try:
            given = answer(parts, call)
        finally:
            current_request_id.reset(reset)
        response = Response(given.body, given.status)
        response.headers.clear()
        for name, value in (*given.headers, *security_headers(call.scheme, api=True)):
            response.headers[name] = value
        response.headers[HEADER] = call.request_id
        return response

    paths = {route.path.replace("{", "<").replace("}", ">") for route in ROUTES}
    for number, path in enumerate([*sorted(paths), PREFIX, f"{PREFIX}/<path:rest>"]):
        app.add_url_rule(
            path, f"auth_{number}", serve, methods=METHODS, provide_automatic_options=False
        )
    return parts


def _call(settings: Settings) -> Call:
    peer, trusted = request.remote_addr or "unknown", settings.trusted_proxies
    forwarded = request.headers.getlist
    return Call(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        headers=_pairs(request.headers),
        body=request.stream.read(BODY_LIMIT + 1),
        client=client_address(peer, forwarded("X-Forwarded-For"), trusted),
        scheme=request_scheme(request.scheme, peer, forwarded("X-Forwarded-Proto"), trusted),
        request_id=request_id(forwarded(HEADER)),
    )


def _pairs(headers: Iterable[Any]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]
