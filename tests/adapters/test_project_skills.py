"""A project's own skills run only once their digest is trusted; others come by a package."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_skill_folders import CARD, MODULE

from orchestrator.adapters.patterns import skills as finding
from orchestrator.adapters.patterns.skills import SkillFolders
from orchestrator.cli.boundary import run
from orchestrator.core.errors import CannotAnswer, UsageProblem


class Project:
    """A repository with the skill `paint` in it; running it leaves a file behind."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "host"
        self.trust = folder / "trust"
        self.own = folder / "own"
        self.ran = folder / "ran"
        self.folder = self.root / "skills" / "paint"
        self.folder.mkdir(parents=True)
        self.own.mkdir()
        (self.folder / "SKILL.md").write_text(CARD)
        self.write(f"{MODULE}\nopen({str(self.ran)!r}, 'w').close()\n")

    def write(self, module: str) -> None:
        (self.folder / "skill.py").write_text(module)

    def skills(self) -> SkillFolders:
        return SkillFolders(self.own, root=self.root, trust=self.trust)

    def believe(self) -> None:
        (found,) = self.skills().own()
        self.trust.write_text(f"{found.digest} skill paint\n")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_before_it_is_trusted_nothing_of_it_runs(project: Project) -> None:
    skills = project.skills()
    assert skills.names() == ()
    (found,) = skills.own()
    assert (found.name, found.trusted, found.files) == ("paint", False, ("SKILL.md", "skill.py"))
    with pytest.raises(CannotAnswer, match="not trusted") as caught:
        skills.load("paint")
    assert "orchestrator skills trust paint" in caught.value.remedy
    assert not project.ran.exists()


def test_a_trusted_one_is_found_and_runs(project: Project) -> None:
    project.believe()
    assert project.skills().names() == ("paint",)
    assert project.skills().load("paint").validate({"coats": 2})["coats"] == 2
    assert project.ran.exists()


@pytest.mark.parametrize("name", ["skill.py", "SKILL.md", "more.txt"])
def test_a_byte_more_takes_the_trust_away(project: Project, name: str) -> None:
    project.believe()
    with (project.folder / name).open("a") as file:
        file.write("\n")
    with pytest.raises(CannotAnswer, match="not trusted"):
        project.skills().load("paint")
    assert not project.ran.exists()


def test_what_runs_are_the_bytes_that_were_digested_and_no_compiled_file(project: Project) -> None:
    project.believe()
    cached = project.folder / "__pycache__" / "skill.cpython-311.pyc"
    cached.parent.mkdir()
    cached.write_bytes(b"anything")
    assert project.skills().load("paint").name == "paint"
    assert sys.modules["orchestrator_skill_paint"].__file__ == "skills/paint/skill.py"


def test_a_link_is_no_skill(project: Project, tmp_path: Path) -> None:
    moved = project.folder.rename(tmp_path / "elsewhere")
    project.folder.symlink_to(moved)
    assert project.skills().own() == ()
    with pytest.raises(UsageProblem):
        project.skills().load("paint")


def test_a_folder_without_a_module_is_somebody_elses_skill(project: Project) -> None:
    (project.folder / "skill.py").unlink()
    assert project.skills().own() == ()


def test_a_broken_trusted_one_is_an_error_not_a_skip(project: Project) -> None:
    project.write("raise RuntimeError('no')\n")
    project.believe()
    with pytest.raises(CannotAnswer, match="does not load: no"):
        project.skills().load("paint")


def test_a_bundled_skill_wins(project: Project) -> None:
    bundled = project.own / "paint"
    bundled.mkdir()
    (bundled / "SKILL.md").write_text(CARD)
    (bundled / "skill.py").write_text(MODULE)
    project.believe()
    assert project.skills().load("paint").name == "paint"
    assert not project.ran.exists()


def test_an_installed_skill_is_found_by_its_entry_point(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "painting"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MODULE)
    (package / "SKILL.md").write_text(CARD)
    monkeypatch.syspath_prepend(str(package.parent))
    entry = EntryPoint("paint", "painting", finding.GROUP)
    monkeypatch.setattr(finding, "entry_points", lambda group: [entry])
    skills = SkillFolders(project.own)
    assert skills.names() == ("paint",)
    assert skills.load("paint").validate({})["colour"] == "red"
    lacking = EntryPoint("lacking", "no_such_module", finding.GROUP)
    monkeypatch.setattr(finding, "entry_points", lambda group: [lacking])
    with pytest.raises(CannotAnswer, match="cannot be loaded"):
        SkillFolders(project.own).load("lacking")


def test_the_commands_list_trust_and_untrust_it(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (project.root / ".git").mkdir()
    monkeypatch.chdir(project.root)

    def say(*words: str, code: int = 0) -> SimpleNamespace:
        assert run([*words]) == code
        return SimpleNamespace(**capsys.readouterr()._asdict())

    assert "paint  Paints.  (not trusted)" in say("skills").out
    say("skills", "paint", code=4)
    (found,) = project.skills().own()
    say("skills", "trust", "paint", "--yes", code=2)
    say("skills", "trust", "paint", "--yes", "--digest", "0" * 64, code=4)
    assert not project.ran.exists()
    say("skills", "trust", "paint", "--yes", "--digest", found.digest)
    assert "  colour=red  What to paint with (red | green)" in say("skills", "paint").out
    say("skills", "untrust", "paint")
    assert "(not trusted)" in say("skills").out
    assert "came with the tool" in say("skills", "trust", "code-development", code=4).err
    assert "no skill `pant`" in say("skills", "trust", "pant", code=2).err
