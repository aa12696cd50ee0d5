"""Makes the application; nothing happens when this module is imported."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .routers import items, stores
from .stock import Stock, UnknownItem


def create_app(stock: Stock | None = None, *, debug: bool = False) -> FastAPI:
    """An application on a stock of its own."""
    app = FastAPI(title="Inventory", debug=debug)
    app.state.stock = stock or Stock()
    app.include_router(items.router, prefix="/api/v1")
    app.include_router(stores.router, prefix="/api/v1")

    @app.exception_handler(UnknownItem)
    async def unknown_item(
        request: Request, error: UnknownItem
    ) -> JSONResponse:
        return JSONResponse(
            {"error": f"no item {error.args[0]}"}, status_code=404
        )

    return app
