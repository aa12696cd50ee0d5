"""What is sold."""

from flask import Blueprint, jsonify, request
from flask.views import MethodView

from ..extensions import db
from ..models import Product

catalogue = Blueprint("catalogue", __name__, url_prefix="/catalogue")
prices = Blueprint("prices", __name__, url_prefix="/prices")


class Products(MethodView):
    def get(self):
        found = db.session.scalars(db.select(Product).order_by(Product.name))
        return jsonify([{"name": one.name, "cents": one.cents} for one in found])

    def post(self):
        body = request.get_json()
        db.session.add(Product(name=body["name"], cents=body["cents"]))
        db.session.commit()
        return "", 201


@prices.route("/<string:name>")
def price(name):
    found = db.first_or_404(db.select(Product).where(Product.name == name))
    return {"cents": found.cents}


catalogue.add_url_rule("/", view_func=Products.as_view("products"))
catalogue.register_blueprint(prices)
