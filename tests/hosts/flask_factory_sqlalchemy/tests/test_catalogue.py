def test_a_product_that_was_added_is_listed_with_its_price(client):
    assert client.post("/api/catalogue/", json={"name": "tea", "cents": 350}).status_code == 201
    assert client.get("/api/catalogue/").get_json() == [{"name": "tea", "cents": 350}]
    assert client.get("/api/catalogue/prices/tea").get_json() == {"cents": 350}


def test_the_prefix_of_the_application_wins_over_the_blueprints_own(client):
    assert client.get("/catalogue/").status_code == 404


def test_an_unknown_product_is_told_in_the_shops_words(client):
    answer = client.get("/api/catalogue/prices/gold")
    assert (answer.status_code, answer.get_json()) == (404, {"error": "unknown"})
