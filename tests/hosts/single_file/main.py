"""Notes, kept in memory: the smallest application that is still one."""

from itertools import count

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Notes")

_notes: dict[int, str] = {}
_ids = count(1)


class Note(BaseModel):
    """What a client writes."""

    text: str = Field(min_length=1, max_length=500)


@app.get("/notes")
def list_notes() -> dict[int, str]:
    """Every note by its number."""
    return _notes


@app.post("/notes", status_code=201)
def add_note(note: Note) -> dict[str, int]:
    """Keep a note and answer its number."""
    number = next(_ids)
    _notes[number] = note.text
    return {"id": number}


@app.delete("/notes/{number}", status_code=204)
def delete_note(number: int) -> None:
    """Forget a note."""
    if _notes.pop(number, None) is None:
        raise HTTPException(404, "no such note")
