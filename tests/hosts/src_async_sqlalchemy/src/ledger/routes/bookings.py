"""Bookings over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import session
from ledger.models import Booking

router = APIRouter(prefix="/bookings", tags=["bookings"])
Session = Annotated[AsyncSession, Depends(session)]


class NewBooking(BaseModel):
    """What a client sends."""

    booked_by: str
    cents: int


@router.post("", status_code=201)
async def book(new: NewBooking, db: Session) -> dict[str, int]:
    """Keep a booking."""
    booking = Booking(**new.model_dump())
    db.add(booking)
    await db.commit()
    return {"id": booking.id}


@router.get("/total")
async def total(db: Session) -> dict[str, int]:
    """The sum of all bookings in cents."""
    return {"cents": await db.scalar(select(func.coalesce(func.sum(Booking.cents), 0))) or 0}
