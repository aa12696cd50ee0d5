from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from src.core.config import Settings, get_settings
from src.core.database import get_session
from src.projects import service as projects
from src.tasks import service
from src.tasks.models import State

router = APIRouter(tags=["tasks"])

Db = Annotated[Session, Depends(get_session)]


class TaskIn(BaseModel):
    title: str = Field(min_length=1, max_length=120)
    priority: int = Field(default=3, ge=1, le=5)
    due: date | None = None


class TaskOut(TaskIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
    project_id: int
    state: State


class Move(BaseModel):
    state: State


@router.post("/projects/{project_id}/tasks", status_code=201)
def add_task(project_id: int, task: TaskIn, session: Db) -> TaskOut:
    made = service.add(session, projects.find(session, project_id), **task.model_dump())
    return TaskOut.model_validate(made)


@router.get("/projects/{project_id}/tasks")
def list_tasks(
    project_id: int,
    session: Db,
    settings: Annotated[Settings, Depends(get_settings)],
    state: State | None = None,
) -> list[TaskOut]:
    project = projects.find(session, project_id)
    found = service.of_project(session, project, state, settings.page_size)
    return [TaskOut.model_validate(task) for task in found]


@router.patch("/tasks/{task_id}/state")
def move_task(task_id: int, move: Move, session: Db) -> TaskOut:
    return TaskOut.model_validate(service.move(session, task_id, move.state))
