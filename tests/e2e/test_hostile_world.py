"""The real command in a world that is not as it should be: a sentence, a remedy, no change."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from small_world import MODULE, STORY_FILE, Said, World, left_behind, plant_pattern, visible

pytestmark = pytest.mark.slow
NO_PYTHON = '[project]\nname = "greeter"\nversion = "1"\nrequires-python = ">=3.99"\n'


def refused(world: World, code: int, *said: str, words: tuple[str, ...] = (), **env: str) -> Said:
    """`exec --json` answers no: one document, as many remedies as problems, nothing moved."""
    before = visible(world.root)
    done = world.execute("--json", *words, **env)
    assert done.code == code, done.out + done.err
    for text in said:
        assert text in done.err
    lines = done.err.splitlines()
    assert [line.startswith("try: ") for line in lines] == [False, True] * (len(lines) // 2), lines
    assert all(line.removeprefix("try: ").strip() for line in lines)
    assert "Traceback" not in done.err
    if done.document["kind"] == "error":
        assert len(lines) == 2
        assert done.document["exit_code"] == code
        (diagnostic,) = done.document["diagnostics"]
        assert [diagnostic["message"], f"try: {diagnostic['fix']}"] == lines
    else:
        assert done.document["outcome"] in ("blocked", "refused")
    assert visible(world.root) == before
    assert left_behind(world) == []
    return done


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("prefix=hello", "prefix=hello: must begin with a slash"),
        ("tone=tepid", "tone=tepid is not a choice"),
        ("loud=perhaps", "loud=perhaps is not of type bool"),
        ("pattern=greetin", "try: did you mean `greeting`?"),
        ("search_patterns=hello", 'try: write search_patterns=["hello"]'),
        ("coverage_threshold=many", "try: write coverage_threshold=<number>"),
        ("sory=GREET-001", "try: did you mean `story`?"),
    ],
)
def test_a_word_with_a_wrong_value_is_wrong_usage(world: World, word: str, said: str) -> None:
    refused(world, 2, said, words=(word,))


def test_a_wrong_answer_in_the_story_is_not_the_command_lines_fault(world: World) -> None:
    world.edit(STORY_FILE, "workflow:", "answers: {prefix: hello}\nworkflow:")
    world.commit()
    refused(world, 4, "prefix=hello: must begin with a slash")
    world.edit(STORY_FILE, "{prefix: hello}", "{tone: tepid}")
    world.commit()
    refused(world, 1, "answers_settled: tone=tepid")


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("title: A", "title: [A", 4, f"{STORY_FILE}:"),
        ("owner: tech-lead", "owner: qa\nowner: tech-lead", 4, "the key `owner` stands here"),
        ("state: DESIGNED\n", "", 4, "has no state"),
        ("state: DESIGNED", "state: DESIGND", 4, "did you mean `DESIGNED`?"),
        ("state: DESIGNED", "state: DRAFT", 1, "the story is DRAFT"),
        ("workflow: delivery", "workflow: deliver", 4, "write `workflow: delivery`"),
        ("- GREET-REQ-001", "GREET-REQ-001", 1, "requirements_present: the story has none"),
        ("a hello", "a hello\n- X-REQ-002: The system SHALL fly", 1, "requirements_matched"),
        ("a hello", "a hello\n- hello quickly", 1, "requirements_parse"),
    ],
)
def test_a_story_that_will_not_do_is_named(
    world: World, old: str, new: str, code: int, said: str
) -> None:
    world.edit(STORY_FILE, old, new)
    world.commit()
    refused(world, code, said)


def test_missing_requirements_block_and_tolerant_mode_takes_them_as_a_risk(world: World) -> None:
    world.edit(STORY_FILE, "- GREET-REQ-001", "GREET-REQ-001")
    world.commit()
    done = world.execute()
    assert done.code == 1
    assert done.out.startswith("BLOCKED(missing_inputs=[requirements_present")
    tolerant = world.execute("mode=tolerant")
    assert tolerant.code == 0, tolerant.err
    assert "requirements_present" in tolerant.out.partition("risks:")[2]
    assert "write at least one EARS requirement" in tolerant.out.partition("FOLLOW-UP:")[2]


def _no_git(world: World) -> None:
    shutil.rmtree(world.root / ".git")


def _no_commit(world: World) -> None:
    _no_git(world)
    world.git("init", "-q")


def _no_identity(world: World) -> None:
    world.git("config", "--remove-section", "user")


def _merging(world: World) -> None:
    world.git("checkout", "-q", "-b", "other")
    world.write("notes", "theirs")
    world.commit()
    world.git("checkout", "-q", "main")
    world.write("notes", "mine")
    world.commit()
    merge = ["git", "merge", "-q", "other"]
    subprocess.run(merge, cwd=world.root, env=world.env, capture_output=True, check=False)


def _story_edited(world: World) -> None:
    world.edit(STORY_FILE, "## Brief", "## Brief \n\nMore.")


def _host_edited(world: World) -> None:
    world.edit("main.py", "The host", "My host")


def _host_edited_and_staged(world: World) -> None:
    _host_edited(world)
    world.git("add", "main.py")


def _untracked_in_the_way(world: World) -> None:
    world.write("auth/hello.py", "mine = 1\n")


def _folder_in_the_way(world: World) -> None:
    (world.root / "auth/hello.py").mkdir(parents=True)


def _file_for_a_folder(world: World) -> None:
    world.write("auth", "mine\n")


def _link_for_a_folder(world: World) -> None:
    (world.root / "auth").symlink_to("tests")


def _story_is_a_link(world: World) -> None:
    story = world.root / STORY_FILE
    story.rename(world.root / "elsewhere.md")
    story.symlink_to("../elsewhere.md")
    world.commit()


def _index_held(world: World) -> None:
    (world.root / ".git/index.lock").touch()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_no_git, "is not inside a git repository"),
        (_no_commit, "the repository has no commits yet"),
        (_no_identity, "git does not know who commits"),
        (_merging, "a merge is under way"),
        (_story_edited, STORY_FILE),
        (_host_edited, "main.py"),
        (_host_edited_and_staged, "main.py"),
        (_untracked_in_the_way, "auth/hello.py"),
        (_folder_in_the_way, "auth/hello.py"),
        (_file_for_a_folder, "lies beneath a link or a file"),
        (_link_for_a_folder, "lies beneath a link or a file"),
        (_story_is_a_link, f"{STORY_FILE} is a symbolic link"),
        (_index_held, "index.lock"),
    ],
)
def test_a_repository_that_is_not_ready_is_told_before_the_gate_runs(
    world: World, spoil: Callable[[World], None], said: str, tmp_path: Path
) -> None:
    spoil(world)
    refused(world, 4, said, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert not (world.root / ".git/orchestrator/scratch").exists()


def test_a_branch_that_exists_is_told_before_the_gate_runs(world: World) -> None:
    world.git("branch", "story/GREET-001/main")
    refused(world, 4, "exists already", "`branch_id=…`", words=("mode=branch",))
    assert not (world.root / ".git/orchestrator/scratch").exists()


def test_a_bare_repository_is_named_even_inside_a_checkout(world: World) -> None:
    world.git("clone", "-q", "--bare", ".", "inner.git")
    inner = World(world.root / "inner.git", world.env)
    refused(inner, 4, "is a bare git repository")


def test_a_detached_head_gets_the_commit_and_is_told_so(world: World) -> None:
    world.git("checkout", "-q", "--detach")
    done = world.execute()
    assert done.code == 0, done.err
    assert "on no branch: HEAD is detached" in done.err
    assert (
        world.git("log", "-1", "--format=%P", "HEAD").strip()
        == world.git("rev-parse", "main").strip()
    )
    assert world.git("status", "--porcelain") == ""


def _needs_another_python(world: World) -> None:
    (world.root / "requirements.txt").unlink()
    world.write("pyproject.toml", NO_PYTHON)


def _broken_manifest(world: World) -> None:
    (world.root / "requirements.txt").unlink()
    world.write("pyproject.toml", "[project\n")


def _impossible_dependency(world: World) -> None:
    world.write("requirements.txt", "pytest==0.0.0.1\n")


def _odd_dependency(world: World) -> None:
    world.write("requirements.txt", "pytest===what ever\n")


def _no_interpreter(world: World) -> None:
    world.write("orchestrator.yaml", "environment: .venv/bin/python\n")


def _no_workflow(world: World) -> None:
    world.write("orchestrator.yaml", "workflow: missing.yaml\n")


def _odd_policy(world: World) -> None:
    world.write(".orchestrator/policy.yaml", "schema: something\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_needs_another_python, "the host needs Python >=3.99"),
        (_broken_manifest, "pyproject.toml is no valid TOML"),
        (_impossible_dependency, "the dependencies cannot be installed together"),
        (_odd_dependency, "the dependencies cannot be installed together"),
        (_no_interpreter, "does not exist"),
        (_no_workflow, "missing.yaml, which is not committed"),
        (_odd_policy, ".orchestrator/policy.yaml:1"),
    ],
)
def test_a_host_that_cannot_be_measured_is_named(
    world: World, spoil: Callable[[World], None], said: str
) -> None:
    spoil(world)
    world.commit()
    refused(world, 4, said, UV_HTTP_RETRIES="0")


def _no_app(world: World) -> None:
    world.write("main.py", "")


def _unreadable_app(world: World) -> None:
    world.write("main.py", "app = FastAPI(\n")


def _django(world: World) -> None:
    (world.root / "main.py").unlink()
    world.write("manage.py", "import django\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_no_app, "app_found: no application was found"),
        (_unreadable_app, "main.py: does not parse"),
        (_django, "this looks like Django"),
    ],
)
def test_a_host_without_an_application_blocks_and_says_what_hides_it(
    world: World, spoil: Callable[[World], None], said: str
) -> None:
    spoil(world)
    world.commit()
    refused(world, 1, said)


def test_an_asked_framework_without_a_pattern_blocks(world: World) -> None:
    refused(world, 1, "pattern_fits", words=("framework=django",))


def test_the_framework_of_another_application_is_told_apart_from_none(world: World) -> None:
    said = "try: ask for the framework that the application is made with, or leave it out"
    refused(world, 1, said, words=("framework=flask",))


def test_a_pattern_that_nobody_trusts_blocks(world: World) -> None:
    world.edit("templates/greeting/copier.yml", "Says hello.", "Says hello!")
    world.commit()
    refused(world, 1, "is not trusted")


def test_a_pattern_that_does_not_render_is_named(world: World, tmp_path: Path) -> None:
    own = World(world.root, {**world.env, "XDG_CONFIG_HOME": str(tmp_path / "config")})
    plant_pattern(own, module=MODULE.replace("prefix", "sufix"))
    own.commit()
    refused(own, 4, "hello.py.jinja:7: nobody asks for `sufix` [pattern_variable]")


def test_uv_that_is_missing_is_named(world: World, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    (shadow / "uv").mkdir(parents=True)
    (shadow / "uv/__init__.py").write_text("")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(str(shutil.which("git")))
    cache = str(tmp_path / "empty")
    env = {"PATH": str(programs), "PYTHONPATH": str(shadow), "ORCHESTRATOR_CACHE": cache}
    refused(world, 4, "uv is not installed", "pip install uv", **env)


def test_an_index_that_refuses_is_named_when_the_cache_is_empty(
    world: World, tmp_path: Path
) -> None:
    env = {
        "UV_CACHE_DIR": str(tmp_path / "uv"),
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
        "UV_HTTP_RETRIES": "0",
        "ORCHESTRATOR_CACHE": str(tmp_path / "cache"),
    }
    refused(world, 4, "the package index cannot be reached", "try: connect once", **env)


def test_without_a_network_a_full_cache_is_enough(
    world: World, landed: World, unshare: str
) -> None:
    done = world.behind(unshare, "-rn").execute()
    assert done.code == 0, done.err


@pytest.mark.parametrize("part", [".", ".git"])
def test_a_file_system_that_is_read_only_is_named(world: World, unshare: str, part: str) -> None:
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    fixed = world.behind(unshare, "-rm", "sh", "-c", mount, str(world.root / part))
    refused(fixed, 4, "Read-only file system")
    planned = fixed.execute("--dry-run")
    assert planned.code == 0, planned.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(world: World) -> None:
    (world.root / ".git").chmod(0o555)
    try:
        refused(world, 4, "Permission denied")
    finally:
        (world.root / ".git").chmod(0o755)
