"""The rules of projects."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from src.core.errors import Missing, NotAllowed
from src.projects.models import Project
from src.tasks.models import State


def add(session: Session, name: str) -> Project:
    taken = session.scalar(select(Project).where(Project.name == name))
    if taken is not None:
        raise NotAllowed(f"there is a project {name} already")
    project = Project(name=name)
    session.add(project)
    session.flush()
    return project


def find(session: Session, project_id: int) -> Project:
    project = session.get(Project, project_id)
    if project is None:
        raise Missing("project", project_id)
    return project


def list_all(session: Session, limit: int) -> list[Project]:
    return list(session.scalars(select(Project).order_by(Project.name).limit(limit)))


def archive(session: Session, project_id: int) -> Project:
    project = find(session, project_id)
    still_open = [task for task in project.tasks if task.state is not State.DONE]
    if still_open:
        raise NotAllowed(f"{project.name} still has open tasks: {len(still_open)}")
    project.archived = True
    return project
