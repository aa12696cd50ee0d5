"""The engine, the declarative base and one session for each request."""

from flask import Flask, current_app, g
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session


class Base(DeclarativeBase):
    pass


class Database:
    """Opens a session when a request first asks for one, and closes it at the request's end."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)

    def init_app(self, app: Flask) -> None:
        Base.metadata.create_all(self.engine)
        app.extensions["bookshelf.database"] = self
        app.teardown_appcontext(_close)


def current_session() -> Session:
    if "session" not in g:
        database: Database = current_app.extensions["bookshelf.database"]
        g.session = Session(database.engine)
    return g.session


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()
