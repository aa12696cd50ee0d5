"""The rules of tasks."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from src.core.errors import Missing, NotAllowed
from src.projects.models import Project
from src.tasks.models import State, Task

FOLLOWS = {State.TODO: {State.DOING}, State.DOING: {State.TODO, State.DONE}, State.DONE: set()}


def add(session: Session, project: Project, **fields) -> Task:
    if project.archived:
        raise NotAllowed(f"the project {project.name} is archived")
    task = Task(project_id=project.id, **fields)
    session.add(task)
    session.flush()
    return task


def find(session: Session, task_id: int) -> Task:
    task = session.get(Task, task_id)
    if task is None:
        raise Missing("task", task_id)
    return task


def move(session: Session, task_id: int, state: State) -> Task:
    task = find(session, task_id)
    if state not in FOLLOWS[task.state]:
        raise NotAllowed(f"a task that is {task.state} cannot become {state}")
    task.state = state
    return task


def of_project(session: Session, project: Project, state: State | None, limit: int) -> list[Task]:
    """The most urgent first."""
    query = select(Task).where(Task.project_id == project.id)
    if state is not None:
        query = query.where(Task.state == state)
    return list(session.scalars(query.order_by(Task.priority, Task.id).limit(limit)))
