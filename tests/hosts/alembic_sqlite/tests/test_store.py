import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from store.main import app, engine
from store.models import Base, Item


@pytest.fixture
def client():
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(delete(Item))
        session.commit()
    return TestClient(app)


def test_an_item_that_was_added_is_listed(client):
    assert client.post("/items/bolt").status_code == 201
    assert client.get("/items").json() == ["bolt"]
