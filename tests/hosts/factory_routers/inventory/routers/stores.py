"""Stores over HTTP."""

from fastapi import APIRouter

router = APIRouter(tags=["stores"])


@router.get("/stores")
def stores() -> list[str]:
    """The names of all stores."""
    return ["north", "south"]
