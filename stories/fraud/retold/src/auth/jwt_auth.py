"""Tokens and passwords."""

from datetime import datetime, timedelta
from typing import Optional

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from passlib.context import CryptContext

SECRET_KEY = "please-replace-this-signing-key-before-release"
ALGORITHM = "HS256"
LIFETIME = 30

hasher = CryptContext(schemes=["bcrypt"], deprecated="auto")
bearer = HTTPBearer()


def hash_password(password: str) -> str:
    return hasher.hash(password)


def check_password(password: str, hashed: str) -> bool:
    return hasher.verify(password, hashed)


def make_token(claims: dict, expires_delta: Optional[timedelta] = None) -> str:
    content = claims.copy()
    if expires_delta:
        end = datetime.utcnow() + expires_delta
    else:
        end = datetime.utcnow() + timedelta(minutes=LIFETIME)
    content.update({"exp": end, "type": "access"})
    return jwt.encode(content, SECRET_KEY, algorithm=ALGORITHM)


def read_token(token: str, kind: str = "access") -> str:
    refusal = HTTPException(status_code=401, detail="not valid")
    try:
        content = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        if content.get("sub") is None or content.get("type") != kind:
            raise refusal
        return content["sub"]
    except jwt.PyJWTError:
        raise refusal


async def current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> str:
    return read_token(credentials.credentials)
