"""Settings from the environment."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the ledger keeps its data, and where its routes start."""

    model_config = SettingsConfigDict(env_prefix="LEDGER_")

    database_url: str = "sqlite+aiosqlite:///./ledger.db"
    api_prefix: str = "/api"


settings = Settings()
