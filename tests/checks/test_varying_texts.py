"""Of a text that varies by itself, what all of it has in common must stay, and nothing else."""

from __future__ import annotations

import pytest

from orchestrator.checks.answers import Other, Process, differences
from orchestrator.checks.texts import keeps

PAGE = '<html>\n<h1>{name}</h1>\n<p>Title: <b>{job}</b></p>\n<a href="{site}">web</a>\n</html>\n'
PEOPLE = (
    {"name": "Ada Lovelace", "job": "Programmer", "site": "https://ada.com/"},
    {"name": "Bob Ray", "job": "Engineer, civil (consulting)", "site": "https://ray.org/"},
    {"name": "Cy Young", "job": "Clerk", "site": "https://cy-young.com/"},
    {"name": "Dee Dee", "job": "Museum/gallery curator", "site": "https://dee.net/"},
)
BEFORE = [PAGE.format(**one) for one in PEOPLE]
ANOTHER = {
    "name": "Dr. Eve Moor PhD",
    "job": "Surveyor, land/geomatics",
    "site": "http://eve.info/",
}


def test_other_values_of_what_varies_are_no_change() -> None:
    assert keeps(BEFORE, PAGE.format(**ANOTHER))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<html>", "<html lang='en'>"),
        ("Title:", "Job:"),
        ("</b></p>", "</b> or so</p>"),
        (">web</a>", ">site</a>"),
        ("</html>\n", "</html>\n<script>1</script>\n"),
        ("<html>\n", "<html>\n<p>new</p>\n"),
        ("</html>\n", ""),
        ("<h1>", "<h2>"),
        ("\n</html>", "\n\n</html>"),
    ],
)
def test_a_change_beside_what_varies_is_found(old: str, new: str) -> None:
    page = PAGE.format(**ANOTHER)
    assert old in page
    assert not keeps(BEFORE, page.replace(old, new))


def test_where_the_texts_have_as_many_words_each_that_stays_is_compared() -> None:
    before = ["<i>token 1, user, token 2</i>", "<i>token 3, user, token 4</i>"]
    assert keeps(before, "<i>token 5, user, token 6</i>")
    assert not keeps(before, "<i>token 5, admin, token 6</i>")


def answer(text: str) -> dict[str, object]:
    return {"status": 200, "headers": [], "body": {"text": text}}


def compared(now: str) -> tuple[list[str], list[str]]:
    first, second, third, fourth = ({"GET /": answer(one)} for one in BEFORE)
    before = [Process(first, second), Process(third, fourth)]
    after = Process({"GET /": answer(now)}, {"GET /": answer(now)})
    found, volatile = differences("GET /", before, after)
    return [one.what for one in found], volatile


def test_a_page_of_random_words_is_volatile_and_no_difference() -> None:
    assert compared(PAGE.format(**ANOTHER)) == ([], ["body"])


def test_a_page_of_random_words_that_loses_a_line_differs() -> None:
    assert compared(PAGE.format(**ANOTHER).replace("</html>\n", "")) == (["body"], [])


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("404", "410", "404 before, 410 now"),
        ("", "DENY", "nothing before, DENY now"),
        (
            BEFORE[0],
            BEFORE[0].replace("</a>", "</A>"),
            '">web</a> </html> before, ...om/">web</A> </html> now',
        ),
        ("x" * 50, "y" * 50, f"{'x' * 37}... before, {'y' * 37}... now"),
    ],
)
def test_a_difference_is_shown_from_where_it_begins(was: str, now: str, told: str) -> None:
    assert told in Other("GET /", "body", was, now).sentence
