"""The store, over HTTP."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from store.models import Item
from store.settings import settings

engine = create_engine(settings.database_url)
app = FastAPI(title="Store")


def session() -> Iterator[Session]:
    with Session(engine) as one:
        yield one


@app.get("/items")
def items(store: Annotated[Session, Depends(session)]) -> list[str]:
    return list(store.scalars(select(Item.name).order_by(Item.name)))


@app.post("/items/{name}", status_code=201)
def add(name: str, store: Annotated[Session, Depends(session)]) -> None:
    store.add(Item(name=name))
    store.commit()
