"""The TaskFlow application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from src.core.database import Base, get_engine
from src.core.errors import Missing, NotAllowed
from src.projects.router import router as projects_router
from src.tasks.router import router as tasks_router


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    Base.metadata.create_all(get_engine())
    yield


app = FastAPI(title="TaskFlow API", version="0.4.0", lifespan=lifespan)
app.include_router(projects_router)
app.include_router(tasks_router)


@app.exception_handler(Missing)
async def answer_missing(_request: Request, error: Missing) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=404)


@app.exception_handler(NotAllowed)
async def answer_not_allowed(_request: Request, error: NotAllowed) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=409)


@app.get("/", tags=["about"])
def about() -> dict[str, str]:
    return {"name": app.title, "version": app.version}
