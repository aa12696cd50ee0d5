"""Limits and headers; nothing installs them."""

import logging
import time

from fastapi import Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse


class LimitMiddleware(BaseHTTPMiddleware):
    def __init__(self, app, calls: int = 100, period: int = 60):
        super().__init__(app)
        self.calls, self.period, self.seen = calls, period, {}

    async def dispatch(self, request: Request, call_next):
        now, address = time.time(), request.client.host
        self.seen = {k: v for k, v in self.seen.items() if now - v[0] < self.period}
        if address in self.seen and self.seen[address][1] >= self.calls:
            return JSONResponse(status_code=429, content={"detail": "too many requests"})
        self.seen.setdefault(address, [now, 0])[1] += 1
        return await call_next(request)


class AuditMiddleware(BaseHTTPMiddleware):
    def __init__(self, app):
        super().__init__(app)
        self.logger = logging.getLogger(__name__)

    async def dispatch(self, request: Request, call_next):
        self.logger.info(f"{request.method} {request.url}")
        return await call_next(request)
