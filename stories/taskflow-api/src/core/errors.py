"""Refusals of the rules; the application turns them into answers."""


class Missing(Exception):
    def __init__(self, what: str, identity: int) -> None:
        super().__init__(f"there is no {what} {identity}")


class NotAllowed(Exception):
    """A rule forbids the change."""
