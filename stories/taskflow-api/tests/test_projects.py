def test_a_new_project_is_listed(client):
    made = client.post("/projects", json={"name": "Launch"})
    assert made.status_code == 201
    assert client.get("/projects").json() == [made.json()]


def test_projects_are_listed_by_name(client):
    for name in ("Winter", "Autumn"):
        client.post("/projects", json={"name": name})
    assert [project["name"] for project in client.get("/projects").json()] == ["Autumn", "Winter"]


def test_a_name_is_taken_once(client, project):
    again = client.post("/projects", json={"name": "Launch"})
    assert again.status_code == 409
    assert again.json() == {"detail": "there is a project Launch already"}


def test_an_empty_name_is_refused(client):
    assert client.post("/projects", json={"name": ""}).status_code == 422


def test_a_finished_project_can_be_archived(client, project):
    answer = client.post(f"/projects/{project}/archive")
    assert answer.status_code == 200
    assert answer.json()["archived"] is True


def test_a_project_with_open_tasks_stays(client, project):
    client.post(f"/projects/{project}/tasks", json={"title": "Write the text"})
    answer = client.post(f"/projects/{project}/archive")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Launch still has open tasks: 1"


def test_the_application_says_who_it_is(client):
    assert client.get("/").json() == {"name": "TaskFlow API", "version": "0.4.0"}
