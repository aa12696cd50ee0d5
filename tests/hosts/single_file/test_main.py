from fastapi.testclient import TestClient

from main import app

client = TestClient(app)


def test_a_note_can_be_added_listed_and_deleted():
    number = client.post("/notes", json={"text": "milk"}).json()["id"]
    assert client.get("/notes").json()[str(number)] == "milk"
    assert client.delete(f"/notes/{number}").status_code == 204
    assert client.delete(f"/notes/{number}").status_code == 404


def test_an_empty_note_is_refused():
    assert client.post("/notes", json={"text": ""}).status_code == 422
