"""The stock itself; knows nothing of HTTP."""


class UnknownItem(Exception):
    """There is no such item."""


class Stock:
    """How many of each item there are."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}

    def add(self, item: str, amount: int) -> int:
        """Put some into store and answer how many there are now."""
        self._count[item] = self._count.get(item, 0) + amount
        return self._count[item]

    def count(self, item: str) -> int:
        """How many there are. Raises UnknownItem."""
        if item not in self._count:
            raise UnknownItem(item)
        return self._count[item]
