from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.books import rules
from app.books.models import Book
from app.database import current_session

books = Blueprint("books", __name__, url_prefix="/books")


def shown(book: Book) -> dict[str, Any]:
    stars = [review.stars for review in book.reviews]
    mean = round(sum(stars) / len(stars), 1) if stars else None
    return {"id": book.id, "title": book.title, "author": book.author, "stars": mean}


def fields() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise rules.Refused("the body must be a JSON object")
    return body


@books.post("")
def add() -> ResponseReturnValue:
    session, given = current_session(), fields()
    title, author = rules.text_of(given, "title", 200), rules.text_of(given, "author", 120)
    book = Book(title=title, author=author)
    session.add(book)
    session.commit()
    return shown(book), 201


@books.get("")
def list_books() -> ResponseReturnValue:
    found = rules.by_author(current_session(), request.args.get("author"))
    return [shown(book) for book in found]


@books.get("/<int:book_id>")
def one(book_id: int) -> ResponseReturnValue:
    return shown(rules.find(current_session(), book_id))


@books.post("/<int:book_id>/reviews")
def add_review(book_id: int) -> ResponseReturnValue:
    session = current_session()
    book = rules.find(session, book_id)
    made = rules.review(session, book, fields())
    session.commit()
    return {"id": made.id, "stars": made.stars, "text": made.text}, 201
