"""The engine and its sessions."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from ledger.config import settings

engine = create_async_engine(settings.database_url)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """Base of all tables."""


async def session() -> AsyncIterator[AsyncSession]:
    """One session per request."""
    async with sessions() as one:
        yield one
