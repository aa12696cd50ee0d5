import pytest
from fastapi.testclient import TestClient

from inventory import create_app


@pytest.fixture
def client():
    return TestClient(create_app())


def test_items_add_up(client):
    client.put("/api/v1/items/bolt/3")
    assert client.put("/api/v1/items/bolt/4").json() == {"count": 7}


def test_an_unknown_item_is_told_in_the_hosts_own_words(client):
    answer = client.get("/api/v1/items/nut")
    assert answer.status_code == 404
    assert answer.json() == {"error": "no item nut"}


def test_there_are_two_stores(client):
    assert client.get("/api/v1/stores").json() == ["north", "south"]
