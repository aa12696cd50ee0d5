"""Small applications with routes of every kind, and an interpreter that can import them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from auth_patterns import uv

from orchestrator.core.gate.check import Scope, Served

NEWEST = ("fastapi", "uvicorn", "flask", "flask-login", "gunicorn")
OLDER = ("fastapi==0.111.0", "uvicorn")


def interpreter(folder: Path, *wanted: str) -> Path:
    """An interpreter with these libraries."""
    subprocess.run([uv(), "venv", "-q", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([uv(), "pip", "install", "-q", "--python", python, *wanted], check=True)
    return python


def web_scope(
    app: str = "main:app", framework: str = "fastapi", *, factory: bool = False, package: str = ""
) -> Scope:
    """The scope of a change beside an application at the root of its tree."""
    served = Served("jwt-auth", app, framework, factory)
    return Scope(package=package or "ours", sources=("ours/a.py",), served=served)


FASTAPI: Mapping[str, str] = {
    "main.py": '''\
"""Routes of every kind."""
from contextlib import asynccontextmanager
from functools import wraps

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Security, WebSocket
from fastapi.security import HTTPBearer, OAuth2PasswordBearer, SecurityScopes
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

print("noise on stdout")
oauth = OAuth2PasswordBearer("token")
maybe = HTTPBearer(auto_error=False)


def get_db():
    yield 1


def current_user(token: str = Depends(oauth)):
    return token


def optional_user(found=Depends(maybe)):
    return found


def scoped(scopes: SecurityScopes, user=Depends(current_user)):
    return user


def api_key(x_key: str = Header()):
    if x_key != "k":
        raise HTTPException(401)


def replaced(request: Request):
    raise HTTPException(401)


def instead():
    return None


@asynccontextmanager
async def lifespan(app):
    app.add_api_route("/late", lambda: 1)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/open")
def open_(db=Depends(get_db)):
    return 1


@app.get("/user")
def user(one=Depends(current_user)):
    return 1


@app.get("/maybe")
def perhaps(one=Depends(optional_user)):
    return 1


@app.get("/scoped")
def with_scopes(one=Security(scoped, scopes=["read", "admin"])):
    return 1


@app.get("/key", dependencies=[Depends(api_key)])
def with_key():
    return 1


@app.get("/bare", dependencies=[Depends(oauth)])
def bare_scheme():
    return 1


@app.get("/replaced")
def overridden(one=Depends(replaced)):
    return 1


app.dependency_overrides[replaced] = instead
inner = APIRouter(prefix="/inner", dependencies=[Depends(current_user)])


@inner.get("/{item}", include_in_schema=False)
def hidden(item: int):
    return item


@inner.websocket("/ws")
async def socket(ws: WebSocket):
    await ws.accept()


outer = APIRouter(prefix="/outer")
outer.include_router(inner)
app.include_router(outer, prefix="/v1")


@app.get("/users/{name}")
def by_name(name: str):
    return name


@app.get("/users/me")
def me(one=Depends(current_user)):
    return 1


@app.post("/twice")
def first():
    return 1


@app.post("/twice")
def second(one=Depends(current_user)):
    return 1


@app.api_route("/many", methods=["GET", "HEAD", "OPTIONS"])
def many():
    return 1


@app.get("/files/{path:path}")
def files(path: str):
    return path


def logged(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


@app.get("/decorated")
@logged
def decorated():
    return 1


@requires(["staff"])
def staff(request):
    return PlainTextResponse("x")


class Class(HTTPEndpoint):
    def post(self, request):
        return PlainTextResponse("x")


async def raw(scope, receive, send):
    await PlainTextResponse("x")(scope, receive, send)


sub = FastAPI(openapi_url=None)


@sub.get("/item")
def sub_item():
    return 1


app.mount("/sub", sub)
app.mount("/raw", raw)
app.mount("/static", StaticFiles(directory="."))
app.mount("/star", Starlette(routes=[Route("/staff", staff), Route("/class", Class)]))
''',
}
FASTAPI_ROUTES: Mapping[str, str] = {
    "GET /open": "public",
    "GET /user": "user",
    "GET /maybe": "public",
    "GET /scoped": "roles: [admin, read]",
    "GET /key": "unknown: main:api_key",
    "GET /bare": "unknown: fastapi.security.oauth2:OAuth2PasswordBearer",
    "GET /replaced": "public",
    "GET /v1/outer/inner/{item}": "user",
    "WS /v1/outer/inner/ws": "user",
    "GET /users/{name}": "public",
    "GET /users/me": "public",
    "POST /twice": "public",
    "GET /many": "public",
    "OPTIONS /many": "public",
    "GET /files/{path:path}": "public",
    "GET /decorated": "unknown: decorator main:logged",
    "GET /sub/item": "public",
    "* /raw/{path:path}": "unknown: application main:raw",
    "GET /static/{path:path}": "public",
    "GET /star/staff": "roles: [staff]",
    "POST /star/class": "public",
    "GET /late": "public",
    "GET /docs": "public",
    "GET /docs/oauth2-redirect": "public",
    "GET /openapi.json": "public",
    "GET /redoc": "public",
}

FLASK: Mapping[str, str] = {
    "main.py": '''\
"""Routes of every kind."""
from functools import wraps

from flask import Blueprint, Flask, request
from flask.views import MethodView
from flask_login import LoginManager, login_required

print("noise on stdout")
app = Flask(__name__)
app.secret_key = "x"
LoginManager(app)


def guarded(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


def unnamed(view):
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


@app.get("/open")
def open_():
    return "x"


@app.route("/user", methods=["GET", "POST"])
@login_required
def user():
    return "x"


@app.get("/unknown")
@guarded
def unknown():
    return "x"


app.add_url_rule("/unnamed", "unnamed", unnamed(open_))


class Item(MethodView):
    decorators = [guarded]

    def get(self, number):
        return "x"

    @login_required
    def delete(self, number):
        return "x"


app.add_url_rule("/items/<int:number>", view_func=Item.as_view("item"))
admin = Blueprint("admin", __name__, url_prefix="/admin", static_folder="static")


@admin.before_request
def check():
    return None


@admin.get("/stats")
def stats():
    return "x"


app.register_blueprint(admin)
''',
}
FLASK_ROUTES: Mapping[str, str] = {
    "GET /open": "public",
    "GET /user": "user",
    "POST /user": "user",
    "GET /unknown": "unknown: decorator main:guarded",
    "GET /unnamed": "unknown: decorator main:unnamed",
    "GET /items/<int:number>": "unknown: decorator main:guarded",
    "DELETE /items/<int:number>": "user",
    "GET /admin/stats": "unknown: guarded by before_request main:check",
    "GET /admin/static/<path:filename>": "unknown: guarded by before_request main:check",
    "GET /static/<path:filename>": "public",
}
