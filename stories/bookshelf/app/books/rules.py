"""The rules of books and reviews."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.models import Book, Review


class Missing(Exception):
    """Something that was asked for is not there."""


class Refused(Exception):
    """A rule forbids the request."""


def text_of(fields: Mapping[str, Any], name: str, longest: int) -> str:
    """A text between one and `longest` characters."""
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest:
        raise Refused(f"{name} must be a text of 1 to {longest} characters")
    return value.strip()


def find(session: Session, book_id: int) -> Book:
    book = session.get(Book, book_id)
    if book is None:
        raise Missing(f"there is no book {book_id}")
    return book


def by_author(session: Session, author: str | None) -> list[Book]:
    query = select(Book).order_by(Book.title, Book.id)
    return list(session.scalars(query.where(Book.author == author) if author else query))


def review(session: Session, book: Book, fields: Mapping[str, Any]) -> Review:
    stars = fields.get("stars")
    if type(stars) is not int or not 1 <= stars <= 5:
        raise Refused("stars must be a number from 1 to 5")
    made = Review(book=book, stars=stars, text=str(fields.get("text", ""))[:2000])
    session.add(made)
    return made
