"""Small pattern folders that tests write, whole or broken on purpose."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """\
_subdirectory: template
_templates_suffix: .jinja
_pattern:
  id: GREET-001
  title: A greeting
  version: 1.0.0
  language: python
  frameworks: [fastapi]
  usage: Says hello.
  keywords: [greeting, hello]
  provides:
    greet.hello:
      ears: WHEN a visitor asks for a greeting THEN the system SHALL answer 200 with a hello
  documents:
    - title: Hello
      url: https://example.org/hello
      claim: A greeting is polite.
      checked_on: 2026-01-01
  dependencies:
    - {name: Babel, floor: "2.12", why: many tongues}
  edits:
    - kind: call_after_app
      import: "{{ package_import }}.hello:install_hello"
      call: install_hello({app})
    - {kind: ignore_lines, lines: [".env", "hello.db*"]}
  env:
    - {name: HELLO_SECRET, kind: secret, bytes: 48}
  recommendations:
    - {text: Greet over HTTPS only., source: https://example.org/hello}
prefix:
  type: str
  default: /hello
  help: Where it answers.
loud:
  type: bool
  default: false
tone:
  type: str
  default: warm
  choices: [warm, cold]
package_path:
  type: str
  default: src/hello
  when: false
package_import: {type: str, default: src.hello, when: false}
tests_path: {type: str, default: tests/hello, when: false}
tests_are_package: {type: bool, default: false, when: false}
claims: {type: yaml, default: "{}", when: false}
marks: {type: yaml, default: "{}", when: false}
"""

TEMPLATE = """\
import sys
import os
{{ claims["greet.hello"] }}
def hello(): return {'prefix': '{{ prefix }}', "loud": {{ loud }}, "at": os.sep, "to": sys.path}
"""

TEST_TEMPLATE = """\
import pytest
from {{ package_import }}.hello import hello


{{ marks["greet.hello"] }}
def test_hello():
    assert hello()
"""


def write_pattern(
    parent: Path, name: str = "greeting", manifest: str = MANIFEST, template: str = TEMPLATE
) -> Path:
    """A pattern's folder: one module, its test, and a text that is copied as it is."""
    folder = parent / name
    body = folder / "template" / "{{ package_path }}"
    tests = folder / "template" / "{{ tests_path }}"
    body.mkdir(parents=True)
    tests.mkdir(parents=True)
    (folder / "copier.yml").write_text(manifest, encoding="utf-8")
    (body / "hello.py.jinja").write_text(template, encoding="utf-8")
    (body / "plain.txt").write_text("{{ not rendered }}\n", encoding="utf-8")
    (tests / "test_hello.py.jinja").write_text(TEST_TEMPLATE, encoding="utf-8")
    return folder
