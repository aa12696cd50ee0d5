"""The host's table of users: which of its columns could be mapped, and why it cannot be."""

from __future__ import annotations

import pytest
from host_trees import survey

from orchestrator.core.host.host import Host, Observation, Place, UserTable

APP = "from fastapi import FastAPI\n\napp = FastAPI()\nDATABASE_URL = 'sqlite:///./app.db'\n"
KEY = "    id: Mapped[int] = mapped_column(primary_key=True)\n"
EMAIL = "    email: Mapped[str] = mapped_column(String(200), unique=True)\n"
PASSWORD = "    password_hash: Mapped[str]\n"
NAMED = "class User(Base):\n    __tablename__ = 'users'\n"


def host_with(code: str, **more: str) -> Host:
    return survey({"main.py": APP, "models.py": code, "requirements.txt": "", **more})


def seen(host: Host) -> Observation:
    (found,) = [one for one in host.observations if one.subject == "user model"]
    assert found.decision == "stay apart"
    return found


@pytest.mark.parametrize(
    ("code", "table", "key", "email", "password", "active"),
    [
        (f"{NAMED}{KEY}{EMAIL}{PASSWORD}", "users", "id", "email", "password_hash", ""),
        (
            "class User(SQLModel, table=True):\n"
            "    id: uuid.UUID | None = Field(default=None, primary_key=True)\n"
            "    email: str = Field(unique=True, index=True)\n"
            "    hashed_password: str\n"
            "    is_active: bool = True\n",
            *("user", "id", "email", "hashed_password", "is_active"),
        ),
        (
            "class AppUser(db.Model):\n"
            "    number = db.Column('user_no', db.Integer, primary_key=True)\n"
            "    email = db.Column('mail', db.String(80), unique=True)\n"
            "    password = db.Column(db.Text)\n",
            *("app_user", "user_no", "mail", "password", ""),
        ),
        (
            "class Mixed:\n    id = Column(UUID(as_uuid=True), primary_key=True)\n"
            f"class User(Mixed, Base):\n    __tablename__ = 'people'\n{EMAIL}{PASSWORD}",
            *("people", "id", "email", "password_hash", ""),
        ),
        (
            "class User(SQLAlchemyBaseUserTableUUID, Base): ...\n",
            *("user", "id", "email", "hashed_password", "is_active"),
        ),
        (
            "users = Table('users', meta, Column('id', Integer, primary_key=True),\n"
            "    Column('email', String, unique=True), Column('password', String))\n",
            *("users", "id", "email", "password", ""),
        ),
        (
            f"{NAMED}    __table_args__ = (UniqueConstraint('email'),)\n"
            f"{KEY}    email: Mapped[str]\n{PASSWORD}",
            *("users", "id", "email", "password_hash", ""),
        ),
    ],
)
def test_the_columns_of_a_table_of_users_are_read(
    code: str, table: str, key: str, email: str, password: str, active: str
) -> None:
    host = host_with(code)
    found = host.users
    assert found is not None, seen(host)
    columns = (found.table, found.key, found.email, found.password, found.active)
    assert columns == (table, key, email, password, active)
    assert f"email {email}, password {password}" in seen(host).because
    assert "`users=map` lets its users log in" in seen(host).because
    assert host.users_apart == ""


def test_the_place_of_the_table_is_told() -> None:
    host = host_with(f"import x\n{NAMED}{KEY}{EMAIL}{PASSWORD}")
    place = Place("models.py", 2)
    assert host.users == UserTable("User", "users", "id", "email", "password_hash", "", "", place)
    assert seen(host).place == place


ANOTHER = f"class Member(Base):\n    __tablename__ = 'members'\n{KEY}{EMAIL}{PASSWORD}"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (f"{NAMED}{KEY}{EMAIL}", "no column for a password hash"),
        (f"{NAMED}{KEY}{PASSWORD}", "no column for an e-mail address"),
        (f"{NAMED}{KEY}    email: Mapped[str]\n{PASSWORD}", "its column email is not unique"),
        (f"{NAMED}{EMAIL}{PASSWORD}", "none of its columns can be read as its primary key"),
        (
            f"{NAMED}{KEY}    tenant: Mapped[int] = mapped_column(primary_key=True)\n"
            f"{EMAIL}{PASSWORD}",
            "2 columns as primary key instead of one",
        ),
        (
            f"{NAMED}    id: Mapped[bytes] = mapped_column(primary_key=True)\n{EMAIL}{PASSWORD}",
            "its key id is no number, UUID or text",
        ),
        (
            f"{NAMED}{KEY}{EMAIL}{PASSWORD}    disabled: Mapped[bool]\n",
            "what its column disabled means for a login is not known",
        ),
        (
            f"class User(Base):\n    __tablename__ = NAME\n{KEY}{EMAIL}{PASSWORD}",
            "its name cannot be read",
        ),
        (
            f"{NAMED}    __table_args__ = {{'schema': 'people'}}\n{KEY}{EMAIL}{PASSWORD}",
            "it lies in a schema of its own",
        ),
        (
            f"{NAMED}{KEY}{PASSWORD}    email = mapped_column('e mail', String, unique=True)\n",
            "its names are not plain words",
        ),
        (f"{NAMED}{KEY}{EMAIL}{PASSWORD}{ANOTHER}", "several tables look like users: User"),
    ],
)
def test_a_table_that_cannot_be_mapped_says_why(code: str, reason: str) -> None:
    host = host_with(code)
    assert host.users is None
    assert reason in host.users_apart
    assert reason in seen(host).because


def test_a_table_in_another_database_cannot_be_mapped() -> None:
    whole = f"{NAMED}{KEY}{EMAIL}{PASSWORD}"
    host = host_with(whole, **{"main.py": APP.replace("sqlite", "mysql")})
    assert "the new tables are in another database (models.py:1)" in host.users_apart


@pytest.mark.parametrize(
    "code",
    [
        f"class Book(Base):\n    __tablename__ = 'books'\n{KEY}",
        "class UserOut(BaseModel):\n    id: int\n    email: str\n    password: str\n",
        f"class Server(Base):\n    __tablename__ = 'servers'\n{KEY}{PASSWORD}",
    ],
)
def test_other_tables_are_no_users(code: str) -> None:
    host = host_with(code)
    assert (host.users, host.users_apart) == (None, "")
    assert not [one for one in host.observations if one.subject == "user model"]
