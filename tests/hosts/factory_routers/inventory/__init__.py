"""What is in store."""

from .factory import create_app

__all__ = ["create_app"]
