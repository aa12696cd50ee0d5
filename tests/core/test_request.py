"""A request is read leniently, refused with a cure, and written in one form."""

from __future__ import annotations

import shlex
from decimal import Decimal
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_value import VALUES

from orchestrator.core.errors import UsageProblem
from orchestrator.core.story.request import (
    COMMON_KEYS,
    Request,
    check_story_id,
    parse_request,
    parse_request_text,
    render_request,
)
from orchestrator.core.story.workflow import MODES
from orchestrator.core.text.value import Percent
from orchestrator.core.text.yaml_text import read_yaml

CASES = read_yaml(
    (Path(__file__).parents[1] / "cases" / "requests.yaml").read_bytes(), "cases", as_text=["ids"]
).data
MAIN = """orchestrator exec story=AUTH-IMPLEMENT-001 skill=code-development \\
  operation_type=implement language=python framework=fastapi \\
  context7_search=true search_patterns=["authentication", "jwt", "user_management"] \\
  memory_integration=true documentation_retrieval=true quality_gate=comprehensive
"""


def words(text: str) -> Request:
    return parse_request(text.split())


@pytest.mark.parametrize("case", CASES["refused"])
def test_what_is_not_a_request_is_refused_with_a_cure(case: str) -> None:
    text, says, cure = (CASES["refused"][case][key] for key in ("text", "says", "cure"))
    with pytest.raises(UsageProblem) as refusal:
        parse_request_text(text)
    assert says in refusal.value.problem
    assert cure in refusal.value.remedy


@pytest.mark.parametrize("case", CASES["ids"])
def test_a_malformed_story_id_is_refused_with_the_nearest_form(case: str) -> None:
    near = CASES["ids"][case] or ""
    with pytest.raises(UsageProblem) as refusal:
        check_story_id(case)
    assert refusal.value.remedy == (
        f"did you mean `{near}`?" if near else "write one like `AUTH-001`"
    )


@pytest.mark.parametrize("text", ["A-1", "AUTH-001", "AUTH-IMPLEMENT-001", "E2E-001", "2FA-X9-7"])
def test_a_story_id_is_itself(text: str) -> None:
    assert check_story_id(text) == text


def test_a_story_id_has_an_end() -> None:
    with pytest.raises(UsageProblem):
        check_story_id("A" * 200 + "-1")


@given(st.text(max_size=30) | st.text("A1-./\\\0\n", max_size=12))
def test_no_story_id_leaves_its_folder(text: str) -> None:
    if is_story_id(text):
        path = PurePosixPath("stories") / f"{text}.md"
        assert path.parent == PurePosixPath("stories")
        assert not {"/", "\\", "\0", "\n", "."} & set(text)


def is_story_id(text: str) -> bool:
    try:
        return check_story_id(text) == text
    except UsageProblem:
        return False


def test_the_main_command_reads_alike_from_a_file_and_from_a_shell() -> None:
    from_file = parse_request_text(MAIN)
    from_shell = parse_request(shlex.split(MAIN.replace("\\\n", " "))[2:])
    assert from_file == from_shell
    assert from_file.words == from_shell.words
    assert from_file.inputs["search_patterns"] == ("authentication", "jwt", "user_management")
    assert from_file.inputs["context7_search"] is True
    assert (from_file.mode, from_file.branch_id, from_file.actor) == ("strict", None, None)


LISTS = [
    ["k=[a,", "b,", "c]"],
    ["k=[a,b,c]"],
    ['k=["a",', '"b",', '"c"]'],
    ['k=["a", "b", "c"]'],
    ["k=['a','b','c']"],
    ["k=[", "a", ",", "b", ",", "c", "]"],
    ["k=[a, b,", "c", "]"],
    ["k=a+b+c"],
    ["k=[a,b,c,]"],
]


@pytest.mark.parametrize("given_words", LISTS, ids=" ".join)
def test_a_list_is_joined_however_the_shell_cut_it(given_words: list[str]) -> None:
    request = parse_request(["story=A-1", *given_words, "skill=x"])
    assert request.inputs == {"k": ("a", "b", "c")}
    assert request.words == ("story=A-1", "k=[a, b, c]", "skill=x")


def test_words_may_stand_in_any_order() -> None:
    assert words("a=1 skill=x story=A-1 b=2") == words("b=2 story=A-1 a=1 skill=x")


def test_dash_and_underscore_in_a_key_are_equal() -> None:
    assert words("story=A-1 skill=x quality-gate=basic").inputs == {"quality_gate": "basic"}


def test_the_first_sign_splits() -> None:
    assert words("story=A-1 skill=x a=b=c=d").inputs == {"a": "b=c=d"}


@pytest.mark.parametrize("name", ["patterns", "search_patterns"])
def test_an_alias_is_read_under_its_real_name_and_the_words_keep_it(name: str) -> None:
    request = words(f"story=A-1 skill=x {name}=[jwt]")
    assert request.inputs == {"search_patterns": ("jwt",)}
    assert request.words[-1] == f"{name}=[jwt]"
    assert request == words("story=A-1 skill=x search_patterns=[jwt]")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_read(mode: str) -> None:
    assert words(f"story=A-1 skill=x mode={mode}").mode == mode


@pytest.mark.parametrize("skill", ["code-development", "context.snapshot", "qa-e2e", "x", "a_b"])
def test_every_plain_skill_name_is_read(skill: str) -> None:
    assert words(f"story=A-1 skill={skill}").skill == skill


@pytest.mark.parametrize("branch", ["main", "de-de", "v1.2", "Market_1", "2026"])
def test_every_plain_branch_id_is_read_as_text(branch: str) -> None:
    request = words(f"story=A-1 skill=x mode=branch branch_id={branch}")
    assert request.branch_id == branch
    assert parse_request_text(render_request(request)) == request


WELL_FORMED = [
    "exec story=CTX-003 skill=context-management agents=[architect,qa] threshold=95%",
    "exec story=A-1 skill=code-implement mode=strict",
    "exec story=A-1 skill=context.snapshot mode=tolerant snapshots_section=append",
    "exec story=A-1 skill=discovery mode=branch branch_id=europe",
    "exec story=API-001 skill=qa spec_type=openapi spec_file=api/openapi.yaml load=100",
    'exec story=AUTH-001 skill=code patterns=["authentication", "jwt", "user_management"]',
    "exec story=E2E-001 skill=qa browsers=[chrome,firefox,safari] test_scope=all",
    'exec story=P-001 skill=research research_questions="What is the main need of a user?"',
    "exec story=ARCH-001 skill=planning requirements=docs/needs.md constraints=docs/limits.md",
    "exec story=P-002 skill=planning planning_type=agile actor=product-ops",
    "exec story=P-003 skill=planning planning_type=agile+architect",
    "exec story=BUG-001 skill=code tools=[browser_devtools, network_analysis] memory=true",
]


@pytest.mark.parametrize("line", WELL_FORMED)
def test_a_line_reads_alike_with_and_without_a_shell_and_round_trips(line: str) -> None:
    request = parse_request_text(line)
    assert parse_request(shlex.split(line)[1:]) == request
    assert parse_request_text(render_request(request)) == request
    again = parse_request_text(" ".join(request.words))
    assert (again, again.words) == (request, request.words)


def test_a_file_may_hold_comments_line_ends_and_a_mark() -> None:
    text = "\ufeff# the story\r\nstory=A-1 \\\r\n  skill=x # why\r\n\tq=[a, # no comment\r\n b]\r\n"
    request = parse_request_text(text)
    assert request.inputs == {"q": ("a", "# no comment b")}


def test_quotes_in_a_file_keep_blanks_and_may_stand_around_the_word() -> None:
    request = parse_request_text(
        """story=A-1 skill=x a="x  y" 'b=[p, "q  r"]' c=["s  t",\n "u#v"]"""
    )
    assert request.inputs == {"a": "x  y", "b": ("p", "q  r"), "c": ("s  t", "u#v")}


def test_numbers_percentages_and_quoted_text_stay_apart() -> None:
    request = parse_request_text('story=A-1 skill=x a=5 b="5" c=5% d=5.0 e=true f="true"')
    assert request.inputs == {
        "a": 5,
        "b": "5",
        "c": Percent(Decimal(5)),
        "d": "5.0",
        "e": True,
        "f": "true",
    }


def test_words_that_are_not_text_are_refused() -> None:
    with pytest.raises(UsageProblem, match=r"U\+DCFF"):
        parse_request(["story=A-1", "skill=x", "a=\udcff"])
    with pytest.raises(UsageProblem, match="more than 65536"):
        parse_request_text("a" * 70000)


KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda key: key not in (*COMMON_KEYS, "patterns")
)
IDS = st.from_regex(r"[A-Z0-9]{1,5}(-[A-Z0-9]{1,5}){0,2}-[0-9]{1,4}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}([-_][a-z0-9]{1,4}){0,2}", fullmatch=True)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    mode = draw(st.sampled_from(MODES))
    return Request(
        story=draw(IDS),
        skill=draw(NAMES),
        mode=mode,
        branch_id=draw(st.none() | NAMES) if mode == "branch" else None,
        actor=draw(st.none() | NAMES),
        inputs=draw(st.dictionaries(KEYS, VALUES, max_size=5)),
    )


@given(requests())
def test_a_rendered_request_is_read_back(request: Request) -> None:
    line = render_request(request)
    read = parse_request_text(line)
    assert read == request
    assert render_request(read) == line


@given(st.text(max_size=80) | st.text("story=A-1 skill=x []\"'\\\n#,+%", max_size=60))
def test_any_text_is_a_request_or_a_usage_problem(text: str) -> None:
    problem = usage_problem(text)
    assert problem is None or (problem.problem and problem.remedy)


def usage_problem(text: str) -> UsageProblem | None:
    try:
        parse_request_text(text)
    except UsageProblem as problem:
        return problem
    return None
