"""What an author is told: one fault at a time, in a pattern in which nothing else is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.app.patterns.authoring import chosen, lint_pattern, try_example
from orchestrator.compose import Silent, Workshop, pattern_at
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.gate.check import Outcome
from orchestrator.core.pattern_lint.subject import Remark

MANIFEST = """\
_subdirectory: template
_templates_suffix: .jinja
_pattern:
  id: GREET-001
  title: A greeting
  version: 1.0.0
  language: python
  frameworks: [flask]
  usage: Says hello.
  keywords: [greeting]
  provides:
    greet.hello:
      ears: WHEN a visitor asks for a greeting THEN the system SHALL answer 200 with a hello
    greet.loud:
      ears: WHEN a visitor asks for a loud greeting THEN the system SHALL answer 200 in capitals
      when: answers.loud
  documents:
    - {title: Hello, url: https://example.org/hello, claim: Politeness., checked_on: TODAY}
  dependencies:
    - {name: packaging, floor: "24", why: to compare versions}
  examples: [{}, {loud: true}]
prefix: {type: str, default: hello}
loud: {type: bool, default: false}
package_path: {type: str, default: src/hello, when: false}
package_import: {type: str, default: src.hello, when: false}
tests_path: {type: str, default: tests/hello, when: false}
claims: {type: yaml, default: "{}", when: false}
marks: {type: yaml, default: "{}", when: false}
"""
MODULE = '''\
"""Says hello."""


{{ claims["greet.hello"] }}
def hello() -> str:
    """A greeting."""
    return "{{ prefix }}"
{%- if loud %}


{{ claims["greet.loud"] }}
def loud() -> str:
    """A greeting in capitals."""
    return hello().upper()
{%- endif %}
'''
TESTS = '''\
"""The greeting."""

import pytest

from {{ package_import }}.hello import hello{% if loud %}, loud{% endif %}


{{ marks["greet.hello"] }}
def test_it_greets() -> None:
    assert hello()


{{ marks["greet.hello"] }}
def test_it_is_short() -> None:
    assert len(hello()) < 10
{%- if loud %}


{{ marks["greet.loud"] }}
def test_it_is_loud() -> None:
    assert loud().isupper()


{{ marks["greet.loud"] }}
def test_it_is_the_same_in_capitals() -> None:
    assert loud().lower() == hello()
{%- endif %}
'''
MANIFEST_FILE = "copier.yml"
MODULE_FILE = "template/{{ package_path }}/hello.py.jinja"
TESTS_FILE = "template/{{ tests_path }}/test_hello.py.jinja"

Write = Callable[..., Path]


@pytest.fixture
def house(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, Silent())


@pytest.fixture
def write(tmp_path: Path, house: Workshop) -> Write:
    """Write the pattern, with `old` in one file replaced by `new`."""

    def written(name: str = "", old: str = "", new: str = "", *, more: str = "") -> Path:
        today = str(house.clock.now().date())
        files = {
            MANIFEST_FILE: MANIFEST.replace("TODAY", today),
            MODULE_FILE: MODULE,
            TESTS_FILE: TESTS,
            "template/{{ package_path }}/__init__.py.jinja": "",
        }
        if name:
            old = old.replace("TODAY", today)
            assert old in files[name]
            files[name] = files[name].replace(old, new)
        if more:
            files[more] = "{{ prefix }}\n"
        for path, text in files.items():
            place = tmp_path / "greeting" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return tmp_path / "greeting"

    return written


def lint(house: Workshop, folder: Path) -> tuple[Remark, ...]:
    return lint_pattern(house, pattern_at(folder.parent, Path(folder.name)))


def test_there_is_nothing_to_mend_in_a_good_pattern(house: Workshop, write: Write) -> None:
    assert lint(house, write()) == ()


LOUD = "greet.loud"


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "where", "message"),
    [
        (MANIFEST_FILE, "200 with a hello", "quickly", "ears", "copier.yml:12", "quickly"),
        (MANIFEST_FILE, "SHALL answer 200 with a hello", "may", "ears", "copier.yml:12", ""),
        (MANIFEST_FILE, "      when: answers.loud", "      properties: [XXX-99]\n"
         "      when: answers.loud", "property", "copier.yml:14", "XXX-99"),
        (MANIFEST_FILE, "checked_on: TODAY", "checked_on: 2020-01-01", "document",
         "copier.yml:18", "2020-01-01"),
        (MANIFEST_FILE, "checked_on: TODAY", "checked_on: 2999-01-01", "document",
         "copier.yml:18", "future"),
        (MANIFEST_FILE, "https://example.org", "http://example.org", "document",
         "copier.yml:18", "https"),
        (MANIFEST_FILE, 'floor: "24"', 'floor: ">=24,<25"', "floor", "copier.yml:20", "packaging"),
        (MANIFEST_FILE, ", why: to compare versions", "", "floor", "copier.yml:20", "why"),
        (MANIFEST_FILE, "  examples: [{}, {loud: true}]\n", "", "examples", "copier.yml:3",
         "no examples"),
        (MANIFEST_FILE, ", {loud: true}", "", "examples", "copier.yml:14", LOUD),
        (MANIFEST_FILE, "prefix: {", "tone: {type: str, default: warm}\nprefix: {", "answer",
         "copier.yml:22", "tone"),
        (MANIFEST_FILE, "examples: [{}, ", "examples: [{}, {prefix: '{{'}, ", "text", "src/hello",
         ""),
        (MODULE_FILE, '{{ claims["greet.hello"] }}\n', "", "claim", "copier.yml:12",
         "no code claims greet.hello"),
        (MODULE_FILE, "{{ prefix }}", "{{ nobody }}{{ prefix }}", "variable", "template", "nobody"),
        (MODULE_FILE, '{{ claims["greet.hello"] }}',
         '{{ claims["greet.hello"] }}\n{{ claims["greet.none"] }}', "claim", "copier.yml",
         "greet.none"),
        (MODULE_FILE, "def hello", "def  hello", "format", "src/hello/hello.py", "otherwise"),
        (MODULE_FILE, '"""Says hello."""\n', '"""Says hello."""\n\nimport os\n', "F401",
         "src/hello/hello.py:3", "os"),
        (MODULE_FILE, '"""A greeting."""', '"""A greeting."""   ', "text", "src/hello/hello.py",
         "blanks"),
        (TESTS_FILE, "test_it_is_short", "test_it_greets", "name", "tests", "test_it_greets"),
        (TESTS_FILE, '{{ marks["greet.hello"] }}\ndef test_it_is_short',
         "def test_it_is_short", "proof", "copier.yml:12", "1 tests prove greet.hello"),
        (TESTS_FILE, '{{ marks["greet.hello"] }}\ndef test_it_is_short',
         "def test_it_is_short", "mark", "tests/hello/test_hello.py", "test_it_is_short"),
        (TESTS_FILE, '{{ marks["greet.loud"] }}\ndef test_it_is_loud',
         '{{ marks["greet.none"] }}\ndef test_it_is_loud', "proof", "copier.yml", "greet.none"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(
    house: Workshop,
    write: Write,
    name: str,
    old: str,
    new: str,
    rule: str,
    where: str,
    message: str,
) -> None:
    remarks = lint(house, write(name, old, new))
    found = [one for one in remarks if one.rule == rule and one.where.startswith(where)]
    assert any(message in one.message for one in found), remarks


def test_a_template_of_another_name_is_named(house: Workshop, write: Write) -> None:
    (remark, *_) = lint(house, write(more="template/{{ package_path }}/notes.txt"))
    assert (remark.rule, remark.path) == ("suffix", "template/{{ package_path }}/notes.txt")


def test_an_example_that_does_not_render_is_a_remark_and_not_the_end(
    house: Workshop, write: Write
) -> None:
    old = "{loud: true}]\nprefix: {type: str, default: hello}"
    rule = "{% if prefix == 'x' %}not this{% endif %}"
    new = f'{{loud: true}}, {{prefix: x}}]\nprefix: {{default: hello, validator: "{rule}"}}'
    remarks = lint(house, write(MANIFEST_FILE, old, new))
    assert [one.rule for one in remarks] == ["render"]
    assert "example 2" in remarks[0].message


def test_a_manifest_that_cannot_be_read_is_told_with_its_line(
    house: Workshop, write: Write
) -> None:
    with pytest.raises(CannotAnswer, match=r"copier\.yml:6: .*version"):
        lint(house, write(MANIFEST_FILE, "version: 1.0.0", "version: one"))


def test_a_pattern_that_requires_another_needs_it(house: Workshop, write: Write) -> None:
    folder = write(MANIFEST_FILE, "  usage:", "  requires: [NOBODY-001]\n  usage:")
    remarks = ()
    with pytest.raises(CannotAnswer, match="NOBODY-001"):
        remarks = lint(house, folder)
    assert remarks == ()
    folder = write(MANIFEST_FILE, "  usage:", "  requires: [SECURITY-001]\n  usage:")
    assert lint(house, folder) == ()


def test_the_tests_of_an_untrusted_pattern_do_not_run(house: Workshop, write: Write) -> None:
    pattern = pattern_at(write().parent, Path("greeting"))
    assert not pattern.trusted
    with pytest.raises(CannotAnswer, match="not trusted") as caught:
        try_example(house, pattern, 0, {})
    assert pattern.digest in caught.value.remedy


def test_an_example_is_chosen_by_its_number(write: Write) -> None:
    pattern = pattern_at(write().parent, Path("greeting"))
    assert chosen(pattern, None) == ((0, {}), (1, {"loud": True}))
    assert chosen(pattern, 1) == ((1, {"loud": True}),)
    for number in (-1, 2):
        with pytest.raises(UsageProblem, match="no example"):
            chosen(pattern, number)


@pytest.mark.slow
def test_the_tests_of_an_example_run_as_the_gate_runs_them_and_can_fail(
    house: Workshop, write: Write
) -> None:
    good = pattern_at(write().parent, Path("greeting")).model_copy(update={"trusted": True})
    tried = try_example(house, good, 1, {"loud": True})
    assert tried.result.outcome is Outcome.PASSED, tried.result
    assert {one.id: one.num for one in tried.result.figures}["passed"] == 4
    folder = write(MODULE_FILE, "return hello().upper()", 'return "quiet"')
    bad = pattern_at(folder.parent, Path("greeting")).model_copy(update={"trusted": True})
    tried = try_example(house, bad, 1, {"loud": True})
    assert tried.result.outcome is Outcome.FAILED
    assert any("test_it_is_loud" in one.message for one in tried.result.findings)
