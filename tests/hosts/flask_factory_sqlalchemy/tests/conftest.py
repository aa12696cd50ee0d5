import pytest

from shop import create_app
from shop.config import TestConfig


@pytest.fixture
def client():
    return create_app(TestConfig).test_client()
