"""What the generated service is compared with, on the same database: four endpoints of FastAPI.

fastapi-users is set up as its documentation shows, with its JWT strategy.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from src.auth.database import Database
from src.auth.models import Family, User
from src.auth.sessions.access import _ALIVE
from src.auth.web.route import moment
from src.auth.web.schemas import UserShown

URL = os.environ["AUTH_DATABASE_URL"]
SECRET = os.environ["AUTH_SECRET_KEY"]
IDLE_TTL = 1_209_600

database = Database(URL, create_tables=False)


class Base(DeclarativeBase):
    """Tables of fastapi-users."""


class Person(SQLAlchemyBaseUserTableUUID, Base):
    """The user table of fastapi-users as it comes."""


driver = "sqlite+aiosqlite" if URL.startswith("sqlite") else "postgresql+psycopg"
address = make_url(URL).set(drivername=driver)
engine = create_async_engine(address, pool_size=20, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def open_session() -> AsyncIterator[AsyncSession]:
    """Open a session for one request."""
    async with sessions() as session:
        yield session


async def people(
    session: Annotated[AsyncSession, Depends(open_session)],
) -> AsyncIterator[SQLAlchemyUserDatabase[Person, UUID]]:
    """Hand out the table."""
    yield SQLAlchemyUserDatabase(session, Person)


class Manager(UUIDIDMixin, BaseUserManager[Person, UUID]):
    """The manager as it comes."""

    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def manager(
    table: Annotated[SQLAlchemyUserDatabase[Person, UUID], Depends(people)],
) -> AsyncIterator[Manager]:
    """Hand out the manager."""
    yield Manager(table)


def strategy() -> JWTStrategy[Person, UUID]:
    """Tokens that live a day."""
    return JWTStrategy(SECRET, lifetime_seconds=86_400)


backend = AuthenticationBackend("jwt", BearerTransport("token"), strategy)
current = FastAPIUsers[Person, UUID](manager, [backend]).current_user(active=True)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Make the table of fastapi-users."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/bare")
async def bare() -> dict[str, str]:
    """Answer at once."""
    return {"status": "ok"}


@app.get("/written/{user_id}/{session_id}", response_model=UserShown)
def written(user_id: str, session_id: str) -> dict[str, object]:
    """Do the query of `/auth/me` for ids that are believed, as it is usually written."""
    now = time.time()
    query = (
        select(User, Family.id, Family.created_at)
        .join(Family, Family.user_id == User.id)
        .where(User.id == user_id, User.is_active, User.epoch == 0)
        .where(Family.id == session_id, Family.ended_at.is_(None), Family.expires_at > now)
        .where(Family.last_used_at > now - IDLE_TTL)
    )
    with database.read() as session:
        user, _, _ = session.execute(query).one()
    return document(user)


@app.get("/prepared/{user_id}/{session_id}", response_model=UserShown)
def prepared(user_id: str, session_id: str) -> dict[str, object]:
    """Do the same with the very statement of the module, which is put together only once."""
    now = time.time()
    wanted = {"user": user_id, "session": session_id, "epoch": 0, "now": now}
    with database.read() as session:
        row = session.execute(_ALIVE, {**wanted, "idle_since": now - IDLE_TTL}).one()
    return document(row[0])


def document(user: User) -> dict[str, object]:
    """Show a user as `/auth/me` does."""
    return {
        "id": user.id,
        "email": user.email,
        "roles": user.roles,
        "is_verified": user.is_verified,
        "is_active": user.is_active,
        "created_at": moment(user.created_at),
        "updated_at": moment(user.updated_at),
        "last_login_at": moment(user.last_login_at),
    }


@app.post("/fastapi-users/token")
async def token(session: Annotated[AsyncSession, Depends(open_session)]) -> dict[str, str]:
    """Make a person, and a token for that person."""
    person = Person(email=f"{time.time()}@example.com", hashed_password="-")  # noqa: S106
    session.add(person)
    await session.commit()
    return {"access_token": await strategy().write_token(person)}


@app.get("/fastapi-users/me", response_model=schemas.BaseUser[UUID])
async def me(person: Annotated[Person, Depends(current)]) -> Person:
    """Show the caller, as the routes of fastapi-users do."""
    return person
