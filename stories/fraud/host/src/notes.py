"""Notes kept in memory."""

from fastapi import APIRouter

router = APIRouter(prefix="/notes")
_notes: list[str] = []


@router.get("")
def list_notes() -> list[str]:
    """Every note, oldest first."""
    return list(_notes)
