"""What a server runs."""

from inventory import create_app

app = create_app()
