import pytest


def add(client, project, title, **fields):
    return client.post(f"/projects/{project}/tasks", json={"title": title, **fields})


def test_a_new_task_waits(client, project):
    answer = add(client, project, "Write the text", due="2030-01-31")
    assert answer.status_code == 201
    assert answer.json() == {
        "id": 1,
        "project_id": project,
        "title": "Write the text",
        "priority": 3,
        "due": "2030-01-31",
        "state": "todo",
    }


def test_the_most_urgent_task_comes_first(client, project):
    add(client, project, "Later", priority=5)
    add(client, project, "Now", priority=1)
    titles = [task["title"] for task in client.get(f"/projects/{project}/tasks").json()]
    assert titles == ["Now", "Later"]


def test_tasks_are_filtered_by_state(client, project):
    first = add(client, project, "One").json()["id"]
    add(client, project, "Two")
    client.patch(f"/tasks/{first}/state", json={"state": "doing"})
    found = client.get(f"/projects/{project}/tasks", params={"state": "doing"}).json()
    assert [task["title"] for task in found] == ["One"]


@pytest.mark.parametrize(
    ("path", "status"),
    [(["doing"], 200), (["doing", "done"], 200), (["doing", "todo"], 200), (["done"], 409)],
)
def test_a_task_moves_one_step_at_a_time(client, project, path, status):
    task = add(client, project, "One").json()["id"]
    answers = [client.patch(f"/tasks/{task}/state", json={"state": state}) for state in path]
    assert answers[-1].status_code == status


def test_a_finished_task_stays_finished(client, project):
    task = add(client, project, "One").json()["id"]
    for state in ("doing", "done"):
        client.patch(f"/tasks/{task}/state", json={"state": state})
    answer = client.patch(f"/tasks/{task}/state", json={"state": "doing"})
    assert answer.status_code == 409


def test_an_archived_project_takes_no_tasks(client, project):
    client.post(f"/projects/{project}/archive")
    assert add(client, project, "Too late").status_code == 409


@pytest.mark.parametrize("path", ["/projects/77/tasks", "/projects/77/archive"])
def test_an_unknown_project_is_not_found(client, path):
    answer = client.post(path, json={"title": "One"})
    assert answer.status_code == 404
    assert answer.json() == {"detail": "there is no project 77"}


def test_an_unknown_task_is_not_found(client):
    assert client.patch("/tasks/5/state", json={"state": "done"}).status_code == 404


@pytest.mark.parametrize("fields", [{"priority": 0}, {"priority": 6}, {"due": "tomorrow"}])
def test_a_task_with_impossible_fields_is_refused(client, project, fields):
    assert add(client, project, "One", **fields).status_code == 422
