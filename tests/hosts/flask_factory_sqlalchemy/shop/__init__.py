"""A shop: what it sells, and who buys."""

from flask import Flask, jsonify

from .config import Config
from .extensions import db


def create_app(config: type = Config) -> Flask:
    """An application with tables of its own."""
    app = Flask(__name__)
    app.config.from_object(config)
    db.init_app(app)

    from .catalogue.routes import catalogue

    app.register_blueprint(catalogue, url_prefix="/api/catalogue")
    app.add_url_rule("/about", "about", lambda: {"name": "shop"})

    @app.errorhandler(404)
    def unknown(error):
        return jsonify(error="unknown"), 404

    with app.app_context():
        db.create_all()
    return app
