"""The bookshelf, as a factory."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from app.books.routes import books
from app.books.rules import Missing, Refused
from app.database import Database


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make an application; `config` wins over the environment (`BOOKSHELF_…`)."""
    app = Flask(__name__)
    app.config["DATABASE_URL"] = "sqlite:///./bookshelf.db"
    app.config.from_prefixed_env("BOOKSHELF")
    app.config.from_mapping(config or {})
    Database(app.config["DATABASE_URL"]).init_app(app)
    app.register_blueprint(books)
    app.register_error_handler(Missing, _missing)
    app.register_error_handler(Refused, _refused)

    @app.get("/")
    def about() -> ResponseReturnValue:
        return {"name": "bookshelf"}

    return app


def _missing(error: Missing) -> ResponseReturnValue:
    return jsonify(error=str(error)), 404


def _refused(error: Refused) -> ResponseReturnValue:
    return jsonify(error=str(error)), 400
