"""Patterns that want more than to render text: each is refused or stopped, and says by which name.

Every refusal has a twin beside it that shows that the plain form of the same thing renders.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pattern_folders import MANIFEST, TEMPLATE, write_pattern

from orchestrator.adapters.patterns.apart import Limits
from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.render import CopierRenderer
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.answers import AnswerRefused

SMALL = Limits(seconds=40, cpu=3, memory=1 << 30, file=2_000_000, whole=2_000_000, files=40)
HELLO = "src/hello/hello.py"


class World:
    """A host with one pattern of its own that a person trusts, and the renderer with its limits."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "host"
        self.trust = folder / "trust"
        self.own = folder / "own"
        for made in (self.root, self.own):
            made.mkdir()

    def write(self, manifest: str = MANIFEST, template: str = TEMPLATE) -> Path:
        return write_pattern(self.root / "templates", manifest=manifest, template=template)

    def add(self, name: str, text: str) -> Path:
        file = self.root / "templates" / "greeting" / "template" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def render(self, answers: Mapping[str, Any] | None = None) -> Mapping[str, File]:
        places: Any = {"trust": self.trust, "own": self.own}
        (found,) = Catalogue(self.root, **places).all()
        self.trust.write_text(f"{found.digest} read\n")
        (pattern,) = Catalogue(self.root, **places).all()
        return CopierRenderer(self.root, limits=SMALL, **places).render(pattern, answers or {})

    def refused(self, reason: str, answers: Mapping[str, Any] | None = None) -> CannotAnswer:
        with pytest.raises(CannotAnswer) as caught:
            self.render(answers)
        assert caught.value.kind == f"pattern_{reason}", caught.value.problem
        assert f"[pattern_{reason}]" in caught.value.problem
        assert caught.value.remedy
        assert caught.value.code == 4
        return caught.value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_plain_pattern_from_elsewhere_renders_as_a_bundled_one_does(world: World) -> None:
    folder = world.write()
    apart = world.render({"prefix": "/hi"})
    places: Any = {"trust": world.trust, "own": folder.parent}
    (own,) = Catalogue(None, **places).all()
    assert own.source == "bundled"
    assert apart == CopierRenderer(None, **places).render(own, {"prefix": "/hi"})
    assert set(apart) == {HELLO, "src/hello/plain.txt", "tests/hello/test_hello.py"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("{{ prefix }}.txt.jinja", "path"),
        ("{{ '..' }}/{{ '..' }}/out.txt.jinja", "path"),
        ("a/{{ '.git' }}/config.jinja", "path"),
        ("a/b\\c.txt.jinja", "path"),
        ("{{ '.orchestrator' }}/policy.yaml.jinja", "ours"),
        (".orchestrator/log/x.json.jinja", "ours"),
        ("stories/AUTH-1.md.jinja", "ours"),
        ("Stories/AUTH-1.md.jinja", "ours"),
        ("orchestrator.yaml.jinja", "ours"),
        (".github/workflows/ci.yml.jinja", "hook"),
        ("a/.gitattributes.jinja", "hook"),
        (".gitmodules.jinja", "hook"),
        (".gitlab-ci.yml.jinja", "hook"),
        (".husky/pre-commit.jinja", "hook"),
        (".pre-commit-config.yaml.jinja", "hook"),
        (".vscode/tasks.json.jinja", "hook"),
        (".envrc.jinja", "hook"),
        (".env.jinja", "hook"),
        ("Jenkinsfile.jinja", "hook"),
        ("conftest.py.jinja", "hook"),
        ("pytest.py.jinja", "hook"),
        ("setup.py.jinja", "hook"),
        ("pyproject.toml.jinja", "hook"),
        ("Makefile.jinja", "hook"),
        ("requirements-dev.txt.jinja", "hook"),
        ("uv.lock.jinja", "hook"),
        ("src/sitecustomize.py.jinja", "hook"),
        ("src/evil.pth.jinja", "hook"),
        ("src/evil-1.0.dist-info/entry_points.txt.jinja", "hook"),
        ("evil.egg-info/entry_points.txt.jinja", "hook"),
        ("AGENTS.md.jinja", "hook"),
        ("docs/CLAUDE.md.jinja", "hook"),
        (".claude/settings.json.jinja", "hook"),
        (".mcp.json.jinja", "hook"),
        (".ssh/config.jinja", "hook"),
        ("uv.toml.jinja", "hook"),
        ("src/pip.conf.jinja", "hook"),
        (".python-version.jinja", "hook"),
        ("netlify.toml.jinja", "hook"),
    ],
)
def test_a_path_that_is_not_the_patterns_is_refused(world: World, name: str, reason: str) -> None:
    world.write()
    world.add(name, "x\n")
    world.refused(reason, {"prefix": "../../out"})
    assert {one.name for one in world.root.parent.iterdir()} == {"host", "own", "trust"}
    assert [one.name for one in world.root.iterdir()] == ["templates"]


@pytest.mark.parametrize(
    "name",
    ["{{ prefix }}.txt.jinja", "tests/hello/conftest.py.jinja", "docs/setup.md.jinja",
     "src/hello/stories/one.txt.jinja", ".env.example.jinja", "src/hello/gitignore.txt.jinja",
     "docs/agents.txt.jinja", "src/hello/procfile.jinja"],
)  # fmt: skip
def test_a_path_beside_those_is_written(world: World, name: str) -> None:
    world.write()
    world.add(name, "x\n")
    expected = name.removesuffix(".jinja").replace("{{ prefix }}", "hi")
    assert world.render({"prefix": "hi"})[expected] == File(b"x\n")


@pytest.mark.parametrize("path", ["/etc/out", "../out", "a/../../out", "~/x/../../../out"])
def test_an_answer_that_leads_out_is_refused(world: World, path: str) -> None:
    world.write()
    world.refused("path", {"package_path": path})


def test_a_link_in_the_folder_is_refused(world: World) -> None:
    folder = world.write()
    (folder / "template" / "passwd.jinja").symlink_to("/etc/passwd")
    world.refused("link")


def test_a_linked_folder_in_the_folder_is_refused(world: World) -> None:
    folder = world.write()
    (folder / "template" / "etc").symlink_to("/etc")
    world.refused("link")


def test_a_pipe_in_the_folder_is_refused_and_nobody_waits_for_it(world: World) -> None:
    folder = world.write()
    os.mkfifo(folder / "template" / "pipe.jinja")
    world.refused("special")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ env }}", "variable"),
        ("{{ environ['HOME'] }}", "variable"),
        ("{{ os.environ }}", "variable"),
        ("{{ _copier_conf.src_path }}", "variable"),
        ("{{ _copier_conf.os }}", "variable"),
        ("{{ _copier_python }}", "variable"),
        ("{{ _folder_name }}", "variable"),
        ("{{ now() }}", "variable"),
        ("{{ lipsum() }}", "variable"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ prefix['__class__'] }}", "unsafe"),
        ("{{ [prefix] | map(attribute='__class__') | join }}", "unsafe"),
        ("{{ range.__globals__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.environ }}", "unsafe"),
        ("{{ self._TemplateReference__context }}", "unsafe"),
        ("{{ ('{0.__class__.__mro__}').format(prefix) }}", "unsafe"),
        ("{{ namespace.__init__.__globals__ }}", "unsafe"),
        ("{{ (prefix | attr('__class__')) }}", "filter"),
        ("{{ '/etc/*' | fileglob }}", "filter"),
        ("{{ '~' | expanduser }}", "filter"),
        ("{{ [1, 2, 3] | random }}", "filter"),
        ("{{ '%Y' | strftime }}", "filter"),
        ("{{ ['/etc/*'] | map('fileglob') | list }}", "render"),
        ("{% include '../copier.yml' %}", "tag"),
        ("{% include 'copier.yml' %}", "tag"),
        ("{% set name = 'template/x.jinja' %}{% include name %}", "tag"),
        ("{% include '/etc/passwd' %}", "tag"),
        ("{% import 'x.jinja' as x %}", "tag"),
        ("{% from 'x.jinja' import y %}", "tag"),
        ("{% extends prefix %}", "tag"),
        ("{% yield x from range(10) %}{{ x }}{% endyield %}", "tag"),
        ("{% do prefix %}", "tag"),
        ("{% debug %}", "tag"),
    ],
)
def test_a_template_cannot_look_at_the_machine_or_behind_the_sandbox(
    world: World, text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD_OF_MINE", "hunter2")
    world.write(template=text)
    assert "hunter2" not in world.refused(reason).problem


def test_a_template_may_include_another_one_of_its_own(world: World) -> None:
    world.write(template="{% include 'template/part.txt.jinja' %}!")
    world.add("part.txt.jinja", "{{ prefix }}")
    assert world.render({"prefix": "/hi"})[HELLO] == File(b"/hi!")


def test_a_template_may_not_include_what_is_no_template(world: World) -> None:
    world.write(template="{% include 'template/plain.txt' %}")
    world.add("plain.txt", "{{ prefix }}")
    world.refused("tag")


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("{{ prefix | upper | replace('H', 'J') }}", "/JELLO"),
        ("{% set env = 'mine' %}{{ env }}", "mine"),
        ("{% for i in range(3) %}{{ i }}{{ loop.index }}{% endfor %}", "011223"),
        ("{{ ['a', 'b'] | map('upper') | join('-') }}", "A-B"),
        ("{% macro m(n) %}{% if n %}{{ n }}{{ m(0) }}{% endif %}{% endmacro %}{{ m(2) }}", "2"),
        ("{{ prefix | regex_search('h.l') }}", "hel"),
        ("{{ ('{0:>3}').format(7) }}", "  7"),
        ("{{ 'ab' * 3 }}", "ababab"),
    ],
)  # fmt: skip
def test_what_a_template_needs_is_there(world: World, text: str, content: str) -> None:
    world.write(template=text)
    assert world.render()[HELLO].content.decode() == content


ENDLESS = {
    "a range too long": ("{% for i in range(10**9) %}x{% endfor %}", "time"),
    "loop in a loop": (
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "time",
    ),
    "a power of a power": ("{{ 9 ** (9 ** 9) }}", "time memory"),
    "ten to the ninth": ("{{ 'x' * 10**9 }}", "memory time size"),
    "ten to the tenth": ("{{ 'x' * 10**10 }}", "memory"),
    "nested filters": ("{{ ('x' * 10**8) | replace('x', 'x' * 100) }}", "memory time"),
    "a wide number": ("{{ '%9999999999d' % 1 }}", "memory"),
    "a wide text": ("{{ 'x' | center(10**10) }}", "memory"),
    "a large file": ("{{ 'x' * 10**7 }}", "size"),
    "a macro of itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "depth"),
    "brackets": ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "depth"),
    "blocks": ("{% if 1 %}" * 3000 + "{% endif %}" * 3000, "depth"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_template_that_does_not_end_or_grows_without_end_is_stopped(
    world: World, name: str
) -> None:
    text, reasons = ENDLESS[name]
    world.write(template=text)
    with pytest.raises(CannotAnswer) as caught:
        world.render()
    assert caught.value.kind.removeprefix("pattern_") in reasons.split(), caught.value.problem


def test_many_files_are_refused_and_fewer_are_not(world: World) -> None:
    world.write()
    for number in range(600):
        world.add(f"many/{number}.txt", "x")
    world.refused("count")


def test_a_large_folder_is_refused_before_it_is_read(world: World) -> None:
    world.write()
    with world.add("large.txt", "x").open("r+b") as file:
        file.truncate(10**12)
    world.refused("size")


def test_text_that_adds_up_is_refused(world: World) -> None:
    world.write()
    for number in range(6):
        world.add(f"{number}.txt.jinja", "{{ 'x' * 1_000_000 }}")
    world.refused("size")
    for number in range(1, 6):
        (world.root / f"templates/greeting/template/{number}.txt.jinja").unlink()
    assert len(world.render()["0.txt"].content) == 1_000_000


def test_an_executable_is_written_only_where_the_manifest_asks_for_it(world: World) -> None:
    world.write()
    world.add("src/run.sh.jinja", "#!/bin/sh\n").chmod(0o755)
    world.refused("executable")
    manifest = world.root / "templates" / "greeting" / "copier.yml"
    asked = MANIFEST.replace("  usage:", "  executables: [run.sh]\n  usage:")
    manifest.write_text(asked)
    assert world.render()["src/run.sh"].executable


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("_tasks: ['touch /tmp/owned']\n", "setting"),
        ("_migrations: [{version: v1, before: [x]}]\n", "setting"),
        ("_jinja_extensions: [os.path]\n", "setting"),
        ("_extends: other\n", "setting"),
        ("_exclude: ['!copier.yml']\n", "setting"),
        ("_skip_if_exists: ['*']\n", "setting"),
        ("_secret_questions: [x]\n", "setting"),
        ("_answers_file: ../x\n", "setting"),
        ("_message_after_copy: hi\n", "setting"),
        ("_envops: {undefined: os.system}\n", "setting"),
        ("_external_data: {x: /etc/passwd}\n", "setting"),
        ("_preserve_symlinks: true\n", "setting"),
    ],
)
def test_a_setting_that_runs_or_reads_something_is_refused(
    world: World, line: str, reason: str
) -> None:
    world.write(manifest=line + MANIFEST)
    world.refused(reason)


@pytest.mark.parametrize("inside", ["..", "../..", "/etc", "a/../..", ".git", "'{{ prefix }}'"])
def test_the_templates_lie_in_the_patterns_own_folder(world: World, inside: str) -> None:
    world.write(manifest=MANIFEST.replace("_subdirectory: template", f"_subdirectory: {inside}"))
    world.refused("path")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "an anchor"),
        ("a: !include /etc/passwd\n", "a tag"),
        ("a: !!python/object/apply:os.system [id]\n", "a tag"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", "nested deeper"),
        ("a: '" + "x" * 2_000_000 + "'\n", "more than"),
        ("a: 'x\0y'\n", "NUL"),
        ("<<: {a: b}\n<<: {c: d}\n", "the key"),
    ],
    ids=["alias bomb", "include", "python tag", "deep", "huge", "nul", "twice"],
)
def test_yaml_that_two_readers_could_read_differently_is_refused(
    world: World, text: str, problem: str
) -> None:
    world.write(manifest=MANIFEST + text)
    with pytest.raises(CannotAnswer, match=problem):
        world.render()


@pytest.mark.parametrize("name", ["a\nb.txt", "a\x1b[31m.txt", "a\u202etxt.py", "a\u200b.txt"])
def test_a_name_that_does_not_show_is_refused(world: World, name: str) -> None:
    world.write()
    world.add(name, "x")
    world.refused("name")


def test_a_name_that_is_no_text_is_refused(world: World) -> None:
    folder = world.write()
    (folder / "template" / os.fsdecode(b"a\xff.txt")).write_text("x")
    world.refused("name")


@pytest.mark.parametrize("twin", ["Readme.txt", "re\u0301adme.txt"])
def test_two_names_that_are_one_on_some_systems_are_refused(world: World, twin: str) -> None:
    world.write()
    world.add("readme.txt" if twin == "Readme.txt" else "r\u00e9adme.txt", "x")
    world.render()
    world.add(twin, "x")
    world.refused("twins")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ env }}", "variable"),
        ("{% for i in range(10**9) %}{% endfor %}", "time"),
        ("{{ 'x' | fileglob }}", "filter"),
    ],
)
def test_the_rule_of_an_answer_is_a_template_like_any_other(
    world: World, rule: str, reason: str
) -> None:
    world.write(manifest=MANIFEST.replace("  default: /hello\n", f'  validator: "{rule}"\n'))
    world.refused(reason, {"prefix": "/hi"})


def test_a_plain_rule_of_an_answer_speaks(world: World) -> None:
    rule = "{% if prefix == '/no' %}not this{% endif %}"
    manifest = MANIFEST.replace(
        "  default: /hello\n", f'  default: /hello\n  validator: "{rule}"\n'
    )
    world.write(manifest=manifest)
    with pytest.raises(AnswerRefused, match="not this"):
        world.render({"prefix": "/no"})
    assert world.render({"prefix": "/yes"})


def test_a_default_that_looks_behind_the_sandbox_is_refused(world: World) -> None:
    world.write(manifest=MANIFEST.replace("default: /hello", "default: \"{{ ''.__class__ }}\""))
    world.refused("unsafe")


def test_a_changed_pattern_is_not_trusted_any_more(world: World) -> None:
    folder = world.write()
    places: Any = {"trust": world.trust, "own": world.own}
    world.render()
    (pattern,) = Catalogue(world.root, **places).all()
    (folder / "template" / "{{ package_path }}" / "plain.txt").write_text("other")
    (changed,) = Catalogue(world.root, **places).all()
    renderer = CopierRenderer(world.root, **places)
    for one, reason in ((pattern, "changed"), (changed, "trust")):
        with pytest.raises(CannotAnswer) as caught:
            renderer.render(one, {})
        assert caught.value.kind == f"pattern_{reason}"


def test_a_draft_needs_no_trust_and_has_the_same_limits(world: World) -> None:
    world.write()
    places: Any = {"trust": world.trust, "own": world.own}
    (pattern,) = Catalogue(world.root, **places).all()
    assert not pattern.trusted
    renderer = CopierRenderer(world.root, limits=SMALL, **places)
    assert HELLO in renderer.draft(pattern, {})
    with pytest.raises(CannotAnswer, match="pattern_trust"):
        renderer.render(pattern, {})


def test_nothing_of_a_rendering_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    scratch = world.root.parent / "scratch"
    scratch.mkdir()
    world.write()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    world.render()
    assert list(scratch.iterdir()) == []


PROBE = """\
import json, os, socket, sys
found = {"environment": sorted(os.environ)}
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)
    found["network"] = True
except OSError:
    found["network"] = False
try:
    open(sys.argv[2], "w").close()
except OSError:
    pass
open(sys.argv[3], "w").write(json.dumps(found))
"""


def test_the_process_has_no_environment_no_network_and_no_way_to_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown by a program in the place of the renderer, for the case that a template got out."""
    import json
    import sys

    from orchestrator.adapters.patterns import apart
    from orchestrator.adapters.patterns.apart import Apart, Order

    monkeypatch.setenv("PASSWORD_OF_MINE", "hunter2")
    seen: list[dict[str, Any]] = []
    server = socket.create_server(("127.0.0.1", 0))
    source = world.root / "source"
    source.mkdir()
    launch = apart.launch

    def launched(order: Any, **words: Any) -> Any:
        result = f"{order['work']}/out/result.json"
        outside = str(world.root / "written")
        order["argv"] = [sys.executable, "-I", "-c", PROBE, str(server.getsockname()[1]), outside,
                         result]  # fmt: skip
        return launch(order, **words)

    def plain(path: Path, most: int) -> File:
        seen.append(json.loads(path.read_text()))
        return File(b'{"reason": "render", "text": "seen"}')

    monkeypatch.setattr(apart, "launch", launched)
    monkeypatch.setattr(apart, "_plain", plain)
    one = Apart(SMALL)
    one.render(Order("probe", source, {}, ()))
    assert set(seen[0]["environment"]) <= {
        "PATH", "HOME", "TMPDIR", "LANG", "TZ", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
        "LC_CTYPE",
    }  # fmt: skip
    assert not one.confined or not seen[0]["network"]
    assert not one.confined or not (world.root / "written").exists()
    server.close()
