import pytest
from fastapi.testclient import TestClient

from ledger.main import app


@pytest.fixture
def client():
    with TestClient(app) as one:
        yield one


def test_the_total_grows_by_a_booking(client):
    before = client.get("/api/bookings/total").json()["cents"]
    booked = client.post("/api/bookings", json={"booked_by": "ada", "cents": 250})
    assert booked.status_code == 201
    assert client.get("/api/bookings/total").json()["cents"] == before + 250


def test_a_booking_without_an_amount_is_refused(client):
    assert client.post("/api/bookings", json={"booked_by": "ada"}).status_code == 422
