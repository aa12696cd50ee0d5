"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ledger.config import settings
from ledger.database import Base, engine
from ledger.routes.bookings import router as bookings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the tables before the first request."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(
    title="Ledger",
    lifespan=lifespan,
)
app.include_router(bookings, prefix=settings.api_prefix)
