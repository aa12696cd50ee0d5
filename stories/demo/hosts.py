"""The two hosts of the demonstration: what is copied, what is asked for, how it is served."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A repository of `stories/`, the story that is run on it, and its server.

    `serve` are the words after the host's Python that serve it on port `{port}`; `by_hand` is the
    same for a user. `own_account` are the paths of the caller's account, `open_path` is a route of
    the host that needs no log-in, and `elsewhere` the way to log in at a provider, if any.
    """

    framework: str
    folder: str
    story: str
    searches: tuple[str, ...]
    serve: tuple[str, ...]
    by_hand: str
    own_account: tuple[str, ...]
    open_path: str
    elsewhere: str = ""

    @property
    def command(self) -> str:
        """The command that runs the story, as a user would type it."""
        searches = ", ".join(f'"{one}"' for one in self.searches)
        return (
            f"orchestrator exec story={self.story} skill=code-development "
            f"operation_type=implement language=python framework={self.framework} \\\n"
            f"  context7_search=true search_patterns=[{searches}] \\\n"
            "  memory_integration=true documentation_retrieval=true quality_gate=comprehensive"
        )


HOSTS = {
    host.framework: host
    for host in (
        Host(
            framework="fastapi",
            folder="taskflow-api",
            story="AUTH-IMPLEMENT-001",
            searches=("authentication", "jwt", "user_management"),
            serve=("-m", "uvicorn", "src.main:app", "--no-proxy-headers", "--port={port}"),
            by_hand=".venv/bin/uvicorn src.main:app",
            own_account=("/auth/me", "/users/me"),
            open_path="/projects",
        ),
        Host(
            framework="flask",
            folder="bookshelf",
            story="AUTH-OAUTH-004",
            searches=("authentication", "jwt", "oauth"),
            serve=("-m", "gunicorn", "--threads=64", "--bind=127.0.0.1:{port}", "app:create_app()"),
            by_hand=".venv/bin/gunicorn --threads 64 'app:create_app()'",
            own_account=("/auth/me",),
            open_path="/books",
            elsewhere="/auth/oauth/google/login",
        ),
    )
}
