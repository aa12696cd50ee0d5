"""What a file says: one small file for each kind of thing."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.index.extract import known


def kinds(source: str) -> list[str]:
    return [
        f"{one.kind} {one.name}:{one.line}" for one in known(_bytes(source)).symbols if one.name
    ]


def _bytes(source: str) -> bytes:
    return textwrap.dedent(source).encode()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def pay(): ...\n", ["function pay:1"]),
        ("async def pay(): ...\n", ["function pay:1"]),
        ("class Bill:\n    def pay(self): ...\n", ["class Bill:1", "method Bill.pay:2"]),
        ("def a():\n    def b(): ...\n", ["function a:1", "function a.b:2"]),
        ("def a():\n    class B: ...\n", ["function a:1", "class a.B:2"]),
        ("if x:\n    def a(): ...\nelse:\n    def b(): ...\n", ["function a:2", "function b:4"]),
        (
            "try:\n    def a(): ...\nexcept E:\n    def b(): ...\nfinally:\n    def c(): ...\n",
            ["function a:2", "function b:4", "function c:6"],
        ),
        ("match x:\n    case 1:\n        def a(): ...\n", ["function a:3"]),
        ("class User(Base):\n    __tablename__ = 'u'\n", ["model User:1"]),
        ("class User(db.Model): ...\n", ["model User:1"]),
        ("class User(SQLModel, table=True): ...\n", ["model User:1"]),
        ("class Conf(BaseSettings):\n    url: str\n", ["settings Conf:1"]),
        ("engine = create_engine('sqlite://')\n", ["engine engine:1"]),
        ("Local: X = orm.sessionmaker()\n", ["session Local:1"]),
        ("def get_db():\n    yield Local()\n", ["session get_db:1"]),
        ("def get_db():\n    return Local()\n", ["function get_db:1"]),
        ("def make():\n    app = FastAPI()\n", ["function make:1", "application make.app:2"]),
        ("@app.exception_handler(404)\ndef lost(): ...\n", ["error handler lost:2"]),
        ("@bp.errorhandler(404)\ndef lost(): ...\n", ["error handler lost:2"]),
        ("app.register_error_handler(404, lost)\n", ["error handler register_error_handler:1"]),
        ("@app.get('/pay')\ndef pay(): ...\n", ["route /pay:1", "function pay:2"]),
        ("app.add_url_rule('/pay', view_func=pay)\n", ["route /pay:1"]),
        (
            "r = APIRouter(prefix='/v1')\n@r.get('/pay')\ndef pay(): ...\n",
            ["router r:1", "route /v1/pay:2", "function pay:3"],
        ),
        ("@mock.patch('os.path')\ndef pay(): ...\n", ["function pay:2"]),
        ("@cache.get(KEY)\ndef pay(): ...\n", ["function pay:2"]),
        ("def test_pay(): ...\n", ["test test_pay:1"]),
        (
            "class TestPay:\n    def test_it(self): ...\n",
            ["class TestPay:1", "test TestPay.test_it:2"],
        ),
        ("revision = 'ab1'\ndown_revision = None\n", ["migration ab1:1"]),
    ],
)
def test_every_kind_is_told_with_name_and_line(source: str, wanted: list[str]) -> None:
    assert kinds(source) == wanted


def test_a_symbol_has_the_first_line_of_its_docstring_and_the_words_of_its_body() -> None:
    source = _bytes('''\
        def read(token):
            """Decode it.

            More.
            """
            return JWTReader(token).decode_now()
        ''')
    (symbol,) = known(source).symbols
    assert symbol.text == "Decode it."
    words = symbol.words.split()
    assert {"jwt", "reader", "decode_now", "token", "decode"} <= set(words)
    assert "return" not in words


def test_words_of_other_scripts_and_between_any_signs_are_kept() -> None:
    (symbol,) = known("def f():\n    größe = 'naïve—Überfall';\tdb[x1]\x0c = 1\n".encode()).symbols
    assert {"größe", "db", "x1"} <= set(symbol.words.split())
    assert "überfall" in symbol.words


def test_the_imports_of_a_file_are_told_also_those_inside_functions() -> None:
    source = "import os, jwt.api\nfrom . import near\n\ndef f():\n    from flask import Flask\n"
    assert known(source.encode()).imports == (".", "flask", "jwt.api", "os")


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"def broken(:\n", "does not parse"),
        (b"x = 1\0\n", "does not parse"),
        (b"x = '\xff'\n", "does not parse"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), "does not parse"),
        (b"x = 1\n" * 200_000, "is larger than"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "does not parse"),
        (b"x = " + b"-" * 100_000 + b"1", "does not parse"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, because: str) -> None:
    found = known(content)
    assert found.unread.startswith(because)
    assert found.symbols == ()


def test_a_file_in_another_declared_encoding_is_read() -> None:
    content = "# coding: latin-1\ndef größe():\n    '''Größe.'''\n".encode("latin-1")
    (symbol,) = known(content).symbols
    assert (symbol.name, symbol.text) == ("größe", "Größe.")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_the_words(end: str) -> None:
    source = end.join(["def a():", "    alpha()", "", "def b():", "    beta()", ""])
    first, second = known(source.encode()).symbols
    assert "alpha" in first.words.split()
    assert "beta" in second.words.split()
    assert "beta" not in first.words.split()


def test_what_a_docstring_may_do_to_a_terminal_is_taken_out() -> None:
    (symbol,) = known(b"def a():\n    '\\x1b[2Jgone \\ud800 \\0 there'\n").symbols
    assert symbol.text.isprintable()
    assert "gone" in symbol.text


def test_deep_nesting_is_read_or_refused_but_never_fails() -> None:
    deep = "".join(f"{' ' * n}def f{n}():\n" for n in range(90)) + " " * 90 + "pass\n"
    assert known(deep.encode()).unread or len(known(deep.encode()).symbols) == 90
    chain = "if x: pass\n" + "elif x: pass\n" * 3000
    assert isinstance(known(chain.encode()).unread, str)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    found = known(content)
    assert not (found.unread and found.symbols)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_in_a_docstring_is_kept_as_one_printable_line(text: str) -> None:
    for symbol in known(f"def a():\n    {text!a}\n".encode()).symbols:
        assert "\n" not in symbol.text
        assert symbol.text.isprintable()
