"""The tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ledger.database import Base


class User(Base):
    """Who booked; a name only."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Booking(Base):
    """An amount in cents, with the name of who booked it."""

    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    booked_by: Mapped[str] = mapped_column(String(80))
    cents: Mapped[int]
