"""Settings; a variable that begins with STORE_ wins."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="STORE_")

    database_url: str = "sqlite:///./store.db"


settings = Settings()
