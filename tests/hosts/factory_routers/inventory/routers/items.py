"""Items over HTTP."""

from fastapi import APIRouter, Request

router = APIRouter(prefix="/items", tags=["items"])


@router.get("/{item}")
def count(item: str, request: Request) -> dict[str, int]:
    """How many there are."""
    return {"count": request.app.state.stock.count(item)}


@router.put("/{item}/{amount}")
def add(item: str, amount: int, request: Request) -> dict[str, int]:
    """Put some into store."""
    return {"count": request.app.state.stock.add(item, amount)}
