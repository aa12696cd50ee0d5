"""A story is read with lines and remedies, and edited byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.story.front_matter import split_story, state_span
from orchestrator.core.story.story import (
    check_state,
    log_entries,
    log_section,
    parse_story,
    subject_bytes,
    subject_digest,
    with_log_entry,
    with_state,
)

NAME = "stories/AUTH-IMPLEMENT-001.md"
TEXT = """---
# who and what
id: AUTH-IMPLEMENT-001   # the id
title: "Anmeldung - für alle"
state: DESIGNED          # now
owner: tech-lead
specs: [SPEC-001]
decisions:
  - DEC-001
norms: []
answers: {framework: fastapi, minutes: 15, form: true, scopes: [a, b], ratio: 0.5}
verified_by:
  AUTH-003: tests/test_host.py::test_it[a-1]
---

# Title

## Brief

What is *wanted*.

```
## Requirements
- AUTH-009: The system SHALL hide
```

## Requirements

- AUTH-001 [login.success]: WHEN a user logs in
  THEN the system SHALL answer 200
- AUTH-002: The system SHALL wait
<!-- not now
- AUTH-008: The system SHALL not be read
-->
- AUTH-003: The system SHALL rest
- no id

## Notes

- not a requirement
"""
RAW = TEXT.encode()


def changed(old: str, new: str) -> bytes:
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode()


def test_a_story_is_read_whole() -> None:
    story = parse_story(NAME, RAW)
    assert (story.id, story.title) == ("AUTH-IMPLEMENT-001", "Anmeldung - für alle")
    assert (story.state, story.state_line, story.owner) == ("DESIGNED", 5, "tech-lead")
    assert story.workflow == "delivery"
    assert (story.specs, story.decisions, story.norms) == (("SPEC-001",), ("DEC-001",), ())
    assert story.answers == {
        "framework": "fastapi",
        "minutes": 15,
        "form": True,
        "scopes": ("a", "b"),
        "ratio": 0.5,
    }
    assert story.brief.startswith("What is *wanted*.")
    assert [(one.id, one.key, one.line, one.verified_by) for one in story.requirements] == [
        ("AUTH-001", "login.success", 29, None),
        ("AUTH-002", None, 31, None),
        ("AUTH-003", None, 35, "tests/test_host.py::test_it[a-1]"),
    ]
    assert [(one.line, one.rule) for one in story.problems] == [(36, "id")]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
def test_a_mark_and_line_ends_change_nothing_of_what_is_read(bom: bytes, eol: bytes) -> None:
    assert parse_story(NAME, bom + RAW.replace(b"\n", eol)) == parse_story(NAME, RAW)


def test_only_id_title_and_state_are_needed() -> None:
    story = parse_story("A-1.md", b"---\nid: A-1\ntitle: 2026\nstate: on\n---")
    assert (story.title, story.state, story.owner, story.requirements) == ("2026", "on", "", ())


@pytest.mark.parametrize(
    ("raw", "problem", "remedy"),
    [
        (b"", f"{NAME}:1: no front matter", "start the file with `---`"),
        (b"# A\n", f"{NAME}:1: no front matter", "start the file with `---`"),
        (b"---\nid: A\n", f"{NAME}:1: no front matter", "start the file with `---`"),
        (b"\n---\nid: A\n---\n", f"{NAME}:1: no front matter", "start the file with `---`"),
        (RAW + b"\xff", f"{NAME}:41: this is not UTF-8", "UTF-8"),
        (changed("owner: tech-lead", "owner: [a"), f"{NAME}:7: ", "mend the YAML"),
        (changed("owner: tech-lead", "owner: a: b"), f"{NAME}:6: mapping", "mend the YAML"),
        (changed("owner: tech-lead", "id: X"), f"{NAME}:6: the key `id`", "keep one"),
        (changed("owner: tech-lead", "owner: &a b"), f"{NAME}:6: an anchor", "remove it"),
        (changed("state: DESIGNED", "# state:"), f"{NAME}:3: the story has no", "add `state: D"),
        (changed("state: DESIGNED", "state:"), f"{NAME}:5: the story has no", "add `state: D"),
        (changed("state: DESIGNED  ", "state: |\n  X #"), f"{NAME}:5: the state is", "`state: D"),
        (changed("state: DESIGNED", "state: [X]"), f"{NAME}:5: the state is not", "`state: D"),
        (changed("owner: tech-lead", "onwer: x"), f"{NAME}:6: unknown key `onwer`", "`owner`?"),
        (changed("owner: tech-lead", "owner: [x]"), f"{NAME}:6: owner: Input", "correct `owner`"),
        (changed('title: "Anmeldung - für alle"', ""), f"{NAME}:3: the key `title`", "add `title"),
        (changed('"Anmeldung - für alle"', '" "'), f"{NAME}:4: title: String", "correct `title`"),
        (changed("id: AUTH-IMPL", "id: OTHER-IMPL"), f"{NAME}:3: the id `OTHER-", "`id: AUTH-IMP"),
        (changed("id: AUTH-IMPL", "id: auth-IMPL"), f"{NAME}:3: `auth-IMP", "did you mean `AUTH-"),
        (changed("AUTH-003: tests", "AUTH-0O3: tests"), f"{NAME}:13: no requirement", "`AUTH-003`"),
        (changed("tests/test_host.py", "../test_host.py"), f"{NAME}:13: verified_by", "correct"),
        (changed("tests/test_host.py", "-x/test_host.py"), f"{NAME}:13: verified_by", "correct"),
        (changed("tests/test_host.py", "/etc/test_host.py"), f"{NAME}:13: verified_by", "correct"),
        (RAW + b"```\n", f"{NAME}:41: a code fence", "close it"),
        (RAW + b"## Lifecycle Log\n## lifecycle log\n", f"{NAME}:42: a second", "keep one"),
    ],
)
def test_a_story_that_cannot_be_read_is_refused_with_line_and_remedy(
    raw: bytes, problem: str, remedy: str
) -> None:
    with pytest.raises(CannotAnswer) as refusal:
        parse_story(NAME, raw)
    assert refusal.value.problem.startswith(problem)
    assert remedy in refusal.value.remedy


def test_an_unknown_state_is_refused_with_the_nearest_one() -> None:
    story = parse_story(NAME, changed("DESIGNED", "DESINGED"))
    with pytest.raises(CannotAnswer, match=f"{NAME}:5: unknown state `DESINGED`") as refusal:
        check_state(story, ("DRAFT", "DESIGNED"))
    assert refusal.value.remedy == "did you mean `DESIGNED`?"
    check_state(parse_story(NAME, RAW), ("DRAFT", "DESIGNED"))


def test_a_problem_item_may_still_be_verified_by_a_host_test() -> None:
    raw = changed("AUTH-003: The system SHALL rest", "AUTH-003: The system rests")
    assert [one.id for one in parse_story(NAME, raw).problems] == ["AUTH-003", ""]


SPELLINGS = [
    b"state: DESIGNED",
    b"state:   DESIGNED   # c",
    b"state: 'DESIGNED' # c",
    b'state: "DESIGNED"',
    b'"state": DESIGNED',
    b"state: \n  DESIGNED",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_new_state_replaces_the_word_and_nothing_else(
    bom: bytes, eol: bytes, spelling: bytes
) -> None:
    raw = bom + RAW.replace(b"state: DESIGNED", spelling).replace(b"\n", eol)
    after = with_state(raw, "IMPLEMENTED")
    assert after == raw.replace(b"DESIGNED", b"IMPLEMENTED", 1)
    assert parse_story(NAME, after).state == "IMPLEMENTED"


@pytest.mark.parametrize("state", ["", "A B", "A\n", "A: B", "'A", "#", "1"])
def test_what_is_not_one_word_is_refused_as_a_state(state: str) -> None:
    with pytest.raises(CannotAnswer, match="cannot be written as a state"):
        with_state(RAW, state)


def test_the_first_entry_makes_the_section_and_the_next_ones_follow() -> None:
    first = with_log_entry(RAW, "[T]\nline\n")
    assert first == RAW + b"\n## Lifecycle Log\n\n```text\n[T]\nline\n```\n"
    second = with_log_entry(first, "two")
    assert second == first + b"\n```text\ntwo\n```\n"
    assert log_entries(second) == ("[T]\nline", "two")
    assert log_section(second) == "\n```text\n[T]\nline\n```\n\n```text\ntwo\n```\n"
    assert (log_entries(RAW), log_section(RAW)) == ((), "")


def test_an_entry_goes_into_its_section_also_when_others_follow() -> None:
    raw = RAW + b"## Lifecycle Log\nold words\n\n## After\nx\n"
    after = with_log_entry(raw, "r")
    assert after == RAW + b"## Lifecycle Log\nold words\n\n```text\nr\n```\n\n## After\nx\n"
    assert with_log_entry(after, "r") == after


@pytest.mark.parametrize(
    ("report", "fence"),
    [("a", "```"), ("```", "````"), ("x ```` y", "`````"), ("~~~", "```"), ("", "```")],
)
def test_no_report_breaks_out_of_its_fence(report: str, fence: str) -> None:
    after = with_log_entry(RAW, report)
    assert f"\n{fence}text\n".encode() in after
    assert log_entries(after) == (report,)


def test_a_report_that_is_not_text_is_refused() -> None:
    for report in ("a\0b", "a\ud800"):
        with pytest.raises(CannotAnswer, match="not text"):
            with_log_entry(RAW, report)


REPORTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60
) | st.text("`~#<!- \n[]T", max_size=30)
BODIES = st.lists(
    st.sampled_from(
        ["", "text", "## Brief", "## Lifecycle Log", "# T", "```\n## no\n```", "- A-1: x", "é"]
    ),
    max_size=6,
).filter(lambda rows: rows.count("## Lifecycle Log") < 2)


@st.composite
def stories(draw: st.DrawFn) -> bytes:
    spelling = draw(st.sampled_from(SPELLINGS[:5])).decode()
    rows = ["---", "id: A-1 # é", spelling, "title: t", "---", *draw(BODIES)]
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    end = draw(st.sampled_from(["", "\n", "\n\n"]))
    return (bom + ("\n".join(rows) + end).replace("\n", eol)).encode()


@given(stories(), st.from_regex(r"[A-Z][A-Z_]{0,12}", fullmatch=True))
def test_with_state_changes_no_other_byte(raw: bytes, state: str) -> None:
    after = with_state(raw, state)
    start, end = state_span(split_story("s", raw), raw)
    assert after == raw[:start] + state.encode() + raw[end:]
    assert subject_bytes(after) == subject_bytes(raw)
    assert with_state(after, "DESIGNED") == raw


@given(stories(), REPORTS, REPORTS)
def test_with_log_entry_only_appends_inside_its_section(raw: bytes, one: str, two: str) -> None:
    first = with_log_entry(raw, one)
    both = with_log_entry(first, two)
    at = common(raw, first)
    assert first[:at] + first[len(first) - (len(raw) - at) :] == raw
    assert log_section(first).encode().startswith(log_section(raw).encode().rstrip())
    entries = tuple(dict.fromkeys((one.rstrip("\n"), two.rstrip("\n"))))
    assert log_entries(both)[-len(entries) :] == entries
    assert with_log_entry(both, one) == both
    assert subject_digest(both) == subject_digest(raw)
    assert parse_story("A-1.md", both) == parse_story("A-1.md", raw)


def common(before: bytes, after: bytes) -> int:
    for at, (a, b) in enumerate(zip(before, after, strict=False)):
        if a != b:
            return at
    return len(before)


@pytest.mark.parametrize("part", [b"SHALL wait", b"What is", b"fastapi", b"not a requirement"])
def test_any_other_change_is_another_subject(part: bytes) -> None:
    assert subject_digest(RAW.replace(part, b"other")) != subject_digest(RAW)


def test_a_heading_that_hides_in_a_fence_starts_no_log() -> None:
    raw = RAW + b"```\n## Lifecycle Log\n```\n"
    assert log_entries(raw) == ()
    assert subject_bytes(raw).endswith(b"```\n## Lifecycle Log\n```\n")
    assert with_log_entry(raw, "r").startswith(raw + b"\n## Lifecycle Log\n")
