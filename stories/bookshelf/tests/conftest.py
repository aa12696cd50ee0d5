from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """The application on a database of its own."""
    return create_app({"DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}"}).test_client()


@pytest.fixture
def book(client: FlaskClient) -> int:
    made = client.post("/books", json={"title": "Middlemarch", "author": "George Eliot"})
    return made.get_json()["id"]
