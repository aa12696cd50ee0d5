from src.notes import list_notes


def test_there_are_no_notes_at_first() -> None:
    assert list_notes() == []
