"""The skill proposes from values alone: pattern, answers, edits, map; and says what is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from host_trees import survey, survey_folder
from pattern_folders import MANIFEST, write_pattern

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.loaded_skill import LoadedSkill
from orchestrator.adapters.patterns.skills import SkillFolders
from orchestrator.core.documents.documents import Question
from orchestrator.core.errors import UsageProblem
from orchestrator.core.host.edits import AddDependencies, AppCall, ComparedTables, IgnoredPaths
from orchestrator.core.host.host import Host, Place
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.skill import Missing, Proposal, Situation
from orchestrator.core.search.search import rank
from orchestrator.core.story.requirement import Requirement

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SHIELD = """\
_subdirectory: template
_pattern:
  id: SHIELD-001
  title: A shield
  version: 1.0.0
  language: python
  frameworks: [fastapi]
  usage: Shields.
  keywords: [shield]
  provides:
    shield.up: {ears: WHEN an arrow comes THEN the system SHALL answer 403}
  dependencies: [{name: babel, floor: "2.12"}]
  edits:
    - {kind: call_after_app, import: "x:shield", call: "shield({app})"}
    - {kind: ignore_lines, lines: [".env", "shield.log"]}
wide: {type: bool, default: false}
package_path: {type: str, default: src/hello, when: false}
claims: {type: yaml, default: "{}", when: false}
"""


@pytest.fixture(scope="module")
def skill() -> LoadedSkill:
    return SkillFolders().load("code-development")


@pytest.fixture
def patterns(tmp_path: Path) -> dict[str, Pattern]:
    needing = MANIFEST.replace("  usage: Says", "  requires: [SHIELD-001]\n  usage: Says")
    write_pattern(tmp_path, "greeting", needing)
    write_pattern(tmp_path, "shield", SHIELD)
    return {one.name: one for one in Catalogue(None, trust=tmp_path / "no", own=tmp_path).all()}


def requirement(id_: str, *, key: str | None = None, test: str | None = None) -> Requirement:
    text = "WHEN a visitor arrives THEN the system SHALL answer 200"
    return Requirement(id_, text, "event", "a visitor arrives", "answer 200", key, test)


GREET = requirement("HEL-001", key="greet.hello")


def situation(
    skill: LoadedSkill,
    patterns: Mapping[str, Pattern],
    *requirements: Requirement,
    host: Host | None = None,
    answers: Mapping[str, tuple[Any, str]] | None = None,
    **inputs: Any,
) -> Situation:
    typed = skill.validate({"search_patterns": ["greeting"], **inputs})
    ranked = rank(typed["search_patterns"], patterns.values(), on=date(2026, 6, 1))
    return Situation(
        story="HELLO-001",
        requirements=requirements or (GREET,),
        inputs=typed,
        answers=answers or {},
        host=host or survey_folder("src_async_sqlalchemy"),
        ranked=ranked,
        patterns=patterns,
    )


def missing(proposal: Proposal, fact: str) -> Missing:
    (found,) = [one for one in proposal.missing if one.input == fact]
    return found


def test_the_card_passes_the_reference_validator() -> None:
    for folder in sorted(path.parent for path in bundled("skills").glob("*/SKILL.md")):
        command = [str(Path(sys.executable).parent / "agentskills"), "validate", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_fitting_pattern_is_rendered_after_the_one_it_requires(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    proposal = skill.propose(situation(skill, patterns))
    assert proposal.missing == ()
    assert [one.pattern for one in proposal.renders] == ["shield", "greeting"]
    assert proposal.package == "ledger.auth"
    assert proposal.tests == "tests/auth"
    assert proposal.secrets == {"HELLO_SECRET": 48}


def test_no_secret_goes_into_an_env_file_whose_other_reader_would_refuse_it(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    ledger = survey_folder("src_async_sqlalchemy")
    closed = replace(ledger, closed_env_file=Place("config.py", 4))
    proposal = skill.propose(situation(skill, patterns, GREET, host=closed))
    assert proposal.secrets == {}
    assert "put HELLO_SECRET into the environment, for config.py:4" in proposal.next_steps
    assert "HELLO_SECRET" not in skill.propose(situation(skill, patterns, GREET)).next_steps


def test_both_patterns_land_in_one_package_and_get_only_answers_that_they_know(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    shield, greeting = skill.propose(situation(skill, patterns)).renders
    assert shield.answers == {
        "wide": False,
        "package_path": "src/ledger/auth",
        "claims": {"shield.up": "# rule: shield.up"},
    }
    assert greeting.answers["claims"] == {"greet.hello": "# @req HEL-001"}
    assert greeting.answers["marks"] == {
        "shield.up": "@pytest.mark.requirement()",
        "greet.hello": '@pytest.mark.requirement("HEL-001")',
    }
    assert greeting.answers["package_import"] == "ledger.auth"
    assert "wide" not in greeting.answers


def test_a_pattern_installs_what_it_requires_so_only_its_own_call_is_proposed(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    edits = skill.propose(situation(skill, patterns)).edits
    assert edits == (
        AppCall(
            place=Place("src/ledger/main.py", 22),
            app="app",
            factory=False,
            module="ledger.auth.hello",
            name="install_hello",
            call="install_hello({app})",
        ),
        IgnoredPaths((".env", "shield.log", "hello.db*")),
        AddDependencies("pyproject.toml", "pep621", ("babel>=2.12",)),
    )


def test_in_a_factory_the_call_is_proposed_for_the_function(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    host = survey_folder("factory_routers")
    call = skill.propose(situation(skill, patterns, host=host)).edits[0]
    assert isinstance(call, AppCall)
    assert (call.app, call.factory, call.module) == ("create_app", True, "inventory.auth.hello")


LOUD = MANIFEST.replace(
    "SHALL answer 200 with a hello\n",
    "SHALL answer 200 with a hello\n"
    "    greet.shout:\n"
    "      ears: WHEN a visitor is deaf THEN the system SHALL shout at 90 dB\n"
    "      when: answers.loud and answers.tone == 'warm'\n",
).replace("why: many tongues", "why: many tongues, when: answers.loud")


@pytest.fixture
def loud(tmp_path: Path) -> dict[str, Pattern]:
    write_pattern(tmp_path, "greeting", LOUD)
    return {one.name: one for one in Catalogue(None, trust=tmp_path / "no", own=tmp_path).all()}


@pytest.mark.parametrize("key", ["greet.shout", None])
def test_a_promise_that_the_answers_leave_out_is_missing_with_the_answer_that_brings_it_in(
    skill: LoadedSkill, loud: dict[str, Pattern], key: str | None
) -> None:
    shout = Requirement(
        *("HEL-002", "WHEN a visitor is deaf THEN the system SHALL shout at 90 dB"),
        *("event", "a visitor is deaf", "shout at 90 dB", key, None),
    )
    without = skill.propose(situation(skill, loud, GREET, shout))
    found = missing(without, "requirements_matched")
    assert found.because == "HEL-002: the answers leave greet.shout out"
    assert found.unblock.startswith("answer loud=true; ")
    given = {"loud": (True, "story")}
    proposal = skill.propose(situation(skill, loud, GREET, shout, answers=given))
    assert proposal.missing == ()
    assert proposal.renders[0].answers["claims"]["greet.shout"] == "# @req HEL-002"


def test_only_what_counts_is_depended_on(skill: LoadedSkill, loud: dict[str, Pattern]) -> None:
    def dependencies(**answers: tuple[Any, str]) -> list[AddDependencies]:
        edits = skill.propose(situation(skill, loud, answers=answers)).edits
        return [one for one in edits if isinstance(one, AddDependencies)]

    assert dependencies() == []
    assert [one.requirements for one in dependencies(loud=(True, "story"))] == [("Babel>=2.12",)]


def test_a_flask_factory_is_extended_right_before_it_returns(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    both = {
        name: one.model_copy(
            update={
                "manifest": one.manifest.model_copy(update={"frameworks": ("fastapi", "flask")})
            }
        )
        for name, one in patterns.items()
    }
    host = survey_folder("flask_factory_sqlalchemy")
    call = skill.propose(situation(skill, both, host=host)).edits[0]
    assert isinstance(call, AppCall)
    assert (call.app, call.factory, call.at_end) == ("create_app", True, True)
    single = skill.propose(situation(skill, both, host=survey_folder("flask_single"))).edits[0]
    assert isinstance(single, AppCall)
    assert (single.app, single.factory, single.at_end) == ("app", False, False)


MOVED = MANIFEST.replace(
    "    - {kind: ignore_lines",
    "    - kind: alembic_metadata\n      import: '{{ package_import }}.models:Base'\n"
    "      as: OurBase\n      when: answers.alembic\n    - {kind: ignore_lines",
) + (
    "alembic: {type: bool, default: false, when: false}\n"
    "alembic_versions: {type: str, default: '', when: false}\n"
    "alembic_heads: {type: yaml, default: '[]', when: false}\n"
    "host_database_variable: {type: str, default: '', when: false}\n"
    "host_database_default: {type: str, default: '', when: false}\n"
)
MIGRATED = {
    "main.py": f"{APP}DATABASE_URL = 'sqlite:///./app.db'\n",
    "alembic.ini": "[alembic]\nscript_location = moves\n",
    "moves/env.py": "target_metadata = Base.metadata\n",
    "moves/versions/a.py": "revision = 'a'\n",
}


@pytest.mark.parametrize("metadata", ["Base.metadata", "None"])
def test_a_host_with_alembic_gets_a_revision_and_its_comparison_learns_of_it(
    skill: LoadedSkill, tmp_path: Path, metadata: str
) -> None:
    write_pattern(tmp_path, "greeting", MOVED)
    found = {one.name: one for one in Catalogue(None, trust=tmp_path / "no", own=tmp_path).all()}
    texts = {**MIGRATED, "moves/env.py": f"target_metadata = {metadata}\n"}
    proposal = skill.propose(situation(skill, found, host=survey({**texts})))
    (render,) = proposal.renders
    expected = {
        "alembic": True,
        "alembic_versions": "moves/versions",
        "alembic_heads": ["a"],
        "host_database_variable": "",
        "host_database_default": "sqlite:///./app.db",
    }
    assert expected.items() <= render.answers.items()
    edits = [one for one in proposal.edits if isinstance(one, ComparedTables)]
    wanted = ComparedTables("moves/env.py", "auth.models", "Base", "OurBase")
    assert edits == ([wanted] if metadata != "None" else [])


USERS = (
    "class User(Base):\n    __tablename__ = 'users'\n"
    "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    "    email: Mapped[str] = mapped_column(unique=True)\n    password_hash: Mapped[str]\n"
)


@pytest.mark.parametrize(
    ("models", "decision", "table", "missing"),
    [
        (USERS, "map", "users", []),
        (USERS.replace("unique=True", ""), "stay apart", "", ["answers_settled"]),
    ],
)
def test_users_of_the_host_are_mapped_where_that_is_asked_for_and_possible(
    skill: LoadedSkill, tmp_path: Path, models: str, decision: str, table: str, missing: list[str]
) -> None:
    asked = "users: {type: str, default: apart, choices: [apart, map]}\n"
    column = 'host_users_table: {type: str, default: "", when: false}\n'
    write_pattern(tmp_path, "greeting", f"{MANIFEST}{asked}{column}")
    found = {one.name: one for one in Catalogue(None, trust=tmp_path / "no", own=tmp_path).all()}
    texts = {"main.py": f"{APP}DATABASE_URL = 'sqlite:///./app.db'\n", "models.py": models}
    seen = situation(skill, found, answers={"users": ("map", "story")}, host=survey({**texts}))
    proposal = skill.propose(seen)
    observed = {one.subject: one for one in proposal.observations}
    assert (observed["user model"].decision, str(observed["user model"].place)) == (
        decision,
        "models.py:1",
    )
    assert proposal.renders[0].answers["host_users_table"] == table
    told = [one for one in proposal.missing if one.input == "answers_settled"]
    assert [one.input for one in told] == missing
    assert all("its column email is not unique" in one.because for one in told)


def test_a_host_without_alembic_is_not_asked_to_compare(skill: LoadedSkill, tmp_path: Path) -> None:
    write_pattern(tmp_path, "greeting", MOVED)
    found = {one.name: one for one in Catalogue(None, trust=tmp_path / "no", own=tmp_path).all()}
    proposal = skill.propose(situation(skill, found, host=survey({"main.py": APP})))
    assert proposal.renders[0].answers["alembic"] is False
    assert not [one for one in proposal.edits if isinstance(one, ComparedTables)]


def test_every_answer_is_settled_and_keeps_its_origin(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    given = {"prefix": ("/hi", "command line"), "tone": ("cold", "story")}
    proposal = skill.propose(situation(skill, patterns, answers=given))
    origins = {"prefix": "command line", "tone": "story", "loud": "default"}
    assert origins.items() <= proposal.origins.items()
    assert proposal.renders[1].answers["prefix"] == "/hi"


def test_what_memory_found_is_observed_unless_it_is_switched_off(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    on = skill.propose(situation(skill, patterns)).observations
    off = skill.propose(situation(skill, patterns, memory_integration=False)).observations
    assert [str(one.place) for one in on if one.subject == "similar code"] == [
        "src/ledger/models.py:9"
    ]
    assert [one for one in off if one.subject == "similar code"] == []
    assert [one for one in off if one.subject == "application"] != []


def test_documents_are_asked_for_in_the_words_of_the_pattern_when_they_are_wanted(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    def questions(**inputs: Any) -> tuple[Question, ...]:
        return skill.propose(situation(skill, patterns, **inputs)).questions

    assert questions(context7_search=True) == (
        Question("fastapi", "A greeting"),
        Question("Babel", "many tongues"),
    )
    without_a_reason = questions(context7_search=True, pattern="shield")
    assert without_a_reason[1] == Question("babel", "A shield")
    assert questions() == ()


def test_two_words_that_contradict_each_other_are_told(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    proposal = skill.propose(
        situation(skill, patterns, context7_search=True, documentation_retrieval=False)
    )
    assert proposal.questions == ()
    assert any("asks for none" in one.because for one in proposal.observations)


@pytest.mark.parametrize("name", ["shield", "SHIELD-001"])
def test_a_named_pattern_overrules_the_search(
    skill: LoadedSkill, patterns: dict[str, Pattern], name: str
) -> None:
    wanted = requirement("S-001", key="shield.up")
    proposal = skill.propose(situation(skill, patterns, wanted, pattern=name))
    assert [one.pattern for one in proposal.renders] == ["shield"]
    assert proposal.missing == ()


@pytest.mark.parametrize(
    ("inputs", "because", "unblock"),
    [
        ({"framework": "django"}, "no pattern for django in python", "greeting (python: fastapi)"),
        ({"language": "rust"}, "no pattern for fastapi in rust", "shield (python: fastapi)"),
        ({"pattern": "greting"}, "there is no pattern greting", "`greeting`"),
        ({"search_patterns": ["paint"]}, "no pattern is about", "pattern="),
    ],
)
def test_without_a_fitting_pattern_nothing_is_proposed_and_what_exists_is_named(
    skill: LoadedSkill,
    patterns: dict[str, Pattern],
    inputs: dict[str, Any],
    because: str,
    unblock: str,
) -> None:
    proposal = skill.propose(situation(skill, patterns, **inputs))
    found = missing(proposal, "pattern_fits")
    assert because in found.because
    assert unblock in found.unblock
    assert (proposal.renders, proposal.edits) == ((), ())


def test_a_framework_that_contradicts_the_repository_is_refused(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    host = survey({"web.py": "from flask import Flask\napp = Flask('x')\n"}, framework="fastapi")
    proposal = skill.propose(situation(skill, patterns, host=host, framework="fastapi"))
    assert "the repository uses flask" in missing(proposal, "pattern_fits").because


def test_the_framework_is_taken_from_the_repository(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    host = survey({"web.py": "from flask import Flask\napp = Flask('x')\n"})
    proposal = skill.propose(situation(skill, patterns, host=host))
    assert "no pattern for flask" in missing(proposal, "pattern_fits").because


def test_a_required_pattern_that_is_not_there_is_missing(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    del patterns["shield"]
    proposal = skill.propose(situation(skill, patterns))
    assert "SHIELD-001" in missing(proposal, "pattern_fits").because


@pytest.mark.parametrize("name", ["greeting", "shield"])
def test_an_untrusted_pattern_is_not_used(
    skill: LoadedSkill, patterns: dict[str, Pattern], name: str
) -> None:
    patterns[name] = patterns[name].model_copy(update={"trusted": False})
    proposal = skill.propose(situation(skill, patterns))
    assert "not trusted" in missing(proposal, "pattern_fits").because
    assert proposal.renders == ()


def test_a_requirement_that_nothing_answers_is_missing_by_name(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    odd = requirement("HEL-002", key="no.such.key")
    found = missing(skill.propose(situation(skill, patterns, GREET, odd)), "requirements_matched")
    assert "HEL-002" in found.because
    assert "HEL-001" not in found.because


def test_a_requirement_with_a_test_of_the_host_needs_no_pattern(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    own = requirement("HEL-002", test="tests/test_bookings.py::test_x")
    proposal = skill.propose(situation(skill, patterns, GREET, own))
    assert proposal.missing == ()
    assert proposal.requirement_map is not None
    assert proposal.requirement_map.host_tests == (("HEL-002", "tests/test_bookings.py::test_x"),)


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ({"tone": ("hot", "story")}, "tone=hot"),
        ({"no_such": (1, "story")}, "no_such"),
        ({"loud": ("yes", "command line")}, "loud=yes"),
        ({"prefix": ("/api/bookings", "story")}, "src/ledger/routes/bookings.py"),
    ],
)
def test_an_answer_that_cannot_stand_is_missing_with_the_reason(
    skill: LoadedSkill, patterns: dict[str, Pattern], given: dict[str, Any], because: str
) -> None:
    proposal = skill.propose(situation(skill, patterns, answers=given))
    assert because in missing(proposal, "answers_settled").because


def test_a_default_prefix_keeps_off_the_hosts_routes(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    host = survey({"main.py": f"{APP}@app.get('/hello/x')\ndef x(): ...\n"})
    proposal = skill.propose(situation(skill, patterns, host=host))
    assert proposal.renders[1].answers["prefix"] == "/hello-api"
    assert any(one.subject == "routes" for one in proposal.observations)


def test_test_modules_keep_apart_from_the_hosts(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    host = survey({"main.py": APP, "tests/test_hello.py": ""})
    proposal = skill.propose(situation(skill, patterns, host=host))
    assert proposal.tests == "tests/auth_tests"
    assert proposal.renders[1].answers["tests_are_package"] is True


def test_without_a_manifest_the_dependencies_are_proposed_for_a_new_one(
    skill: LoadedSkill, patterns: dict[str, Pattern]
) -> None:
    proposal = skill.propose(situation(skill, patterns, host=survey({"main.py": APP})))
    assert proposal.edits[-1] == AddDependencies(
        "requirements.txt", "requirements", ("babel>=2.12",)
    )


def test_proposing_twice_gives_the_same(skill: LoadedSkill, patterns: dict[str, Pattern]) -> None:
    one = situation(skill, patterns)
    assert skill.propose(one) == skill.propose(replace(one))


@pytest.mark.parametrize(
    ("inputs", "remedy"),
    [
        ({"operation_type": "delete"}, "implement, upgrade, remove"),
        ({"operation_type": "implment"}, "`implement`"),
        ({"quality_gate": "comprehensiv"}, "`comprehensive`"),
        ({"quality_gate": "none"}, "basic, standard, comprehensive"),
        ({"coverage_threshold": 101}, "coverage_threshold="),
        ({"coverage_threshold": "92.5"}, "coverage_threshold="),
        ({"context7_search": "yes"}, "context7_search="),
        ({"framework": "Fast API"}, "framework="),
        ({"frame_work": "fastapi"}, "`framework`"),
    ],
)
def test_inputs_are_refused_with_what_exists(
    skill: LoadedSkill, inputs: dict[str, Any], remedy: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        skill.validate(inputs)
    assert remedy in caught.value.remedy


def test_the_documented_request_is_valid(skill: LoadedSkill) -> None:
    typed = skill.validate(
        {
            "operation_type": "implement",
            "language": "python",
            "framework": "fastapi",
            "context7_search": True,
            "search_patterns": ["authentication", "jwt", "user_management"],
            "memory_integration": True,
            "documentation_retrieval": True,
            "quality_gate": "comprehensive",
        }
    )
    assert typed["coverage_threshold"] is None


def test_every_input_stands_in_the_card(skill: LoadedSkill) -> None:
    card = (bundled("skills") / "code-development" / "SKILL.md").read_text(encoding="utf-8")
    assert [name for name in skill.inputs if f"`{name}`" not in card] == []
