"""Settings, read from the environment once."""

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every variable starts with `TASKFLOW_`."""

    model_config = SettingsConfigDict(env_prefix="TASKFLOW_")

    database_url: str = "sqlite:///./taskflow.db"
    page_size: int = Field(default=50, ge=1, le=200)


@lru_cache
def get_settings() -> Settings:
    return Settings()
