from app import app


def test_a_note_is_kept():
    client = app.test_client()
    number = client.post("/notes", json={"text": "milk"}).get_json()["number"]
    assert client.get(f"/notes/{number}").get_json() == {"text": "milk"}
    assert client.get("/count").get_json()["count"] == number


def test_an_unknown_page_is_told_in_plain_words():
    answer = app.test_client().get("/nowhere")
    assert (answer.status_code, answer.text) == (404, "nothing here")
