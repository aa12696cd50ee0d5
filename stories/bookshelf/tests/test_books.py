import pytest
from flask.testing import FlaskClient


def test_a_book_is_added_and_found(client: FlaskClient, book: int) -> None:
    found = client.get(f"/books/{book}").get_json()
    assert found == {"id": book, "title": "Middlemarch", "author": "George Eliot", "stars": None}


def test_books_are_listed_by_title(client: FlaskClient, book: int) -> None:
    client.post("/books", json={"title": "Emma", "author": "Jane Austen"})
    assert [one["title"] for one in client.get("/books").get_json()] == ["Emma", "Middlemarch"]
    mine = client.get("/books", query_string={"author": "Jane Austen"}).get_json()
    assert [one["title"] for one in mine] == ["Emma"]


def test_the_stars_are_the_mean_of_the_reviews(client: FlaskClient, book: int) -> None:
    for stars in (4, 5):
        made = client.post(f"/books/{book}/reviews", json={"stars": stars, "text": "Good."})
        assert made.status_code == 201
    assert client.get(f"/books/{book}").get_json()["stars"] == 4.5


@pytest.mark.parametrize("stars", [0, 6, "5", None, True])
def test_only_one_to_five_stars(client: FlaskClient, book: int, stars: object) -> None:
    assert client.post(f"/books/{book}/reviews", json={"stars": stars}).status_code == 400


@pytest.mark.parametrize("body", [{}, {"title": " ", "author": "x"}, {"title": "x"}])
def test_a_book_needs_a_title_and_an_author(client: FlaskClient, body: dict[str, str]) -> None:
    assert client.post("/books", json=body).status_code == 400


def test_what_is_not_json_is_refused(client: FlaskClient) -> None:
    assert client.post("/books", data="title=x").status_code == 400


def test_a_book_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/books/99").status_code == 404
    assert client.get("/books/99").get_json() == {"error": "there is no book 99"}
