from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from src.core.config import Settings, get_settings
from src.core.database import get_session
from src.projects import service

router = APIRouter(prefix="/projects", tags=["projects"])

Db = Annotated[Session, Depends(get_session)]


class ProjectIn(BaseModel):
    name: str = Field(min_length=1, max_length=80)


class ProjectOut(ProjectIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
    archived: bool


@router.post("", status_code=201)
def add_project(project: ProjectIn, session: Db) -> ProjectOut:
    return ProjectOut.model_validate(service.add(session, project.name))


@router.get("")
def list_projects(
    session: Db, settings: Annotated[Settings, Depends(get_settings)]
) -> list[ProjectOut]:
    found = service.list_all(session, settings.page_size)
    return [ProjectOut.model_validate(project) for project in found]


@router.post("/{project_id}/archive")
def archive_project(project_id: int, session: Db) -> ProjectOut:
    return ProjectOut.model_validate(service.archive(session, project_id))
