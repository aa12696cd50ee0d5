"""What a server runs."""

from shop import create_app

app = create_app()
