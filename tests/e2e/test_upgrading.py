"""Bringing a story up to a newer pattern: edits survive, conflicts are marked and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import (
    MANIFEST,
    MODULE,
    STORY,
    World,
    plant_pattern,
    snapshot,
    trust_folder,
)

UPGRADE = "operation_type=upgrade"
HELLO = "auth/hello.py"
NEW_MODULE = MODULE.replace(
    '    return f"hello from', '    # Politely.\n    return f"hello from'
).replace(
    '"""Says hello; knows nobody by name."""', '"""Says hello; knows nobody by name, really."""'
)
CHANGES = """\
  changes:
    - {version: 1.1.0, summary: Greets politely, repairs: [LOG-03], advisories: [CVE-2026-0001]}
"""


def release(world: World, *, module: str = NEW_MODULE, version: str = "1.1.0") -> None:
    """A newer version of the pattern, trusted and committed."""
    plant_pattern(world, module=module)
    manifest = MANIFEST.replace("version: 1.0.0", f"version: {version}")
    text = manifest.replace("  documents: []\n", f"  documents: []\n{CHANGES}")
    world.write("templates/greeting/copier.yml", text)
    trust_folder(world, world.root / "templates" / "greeting")
    world.commit(f"greeting {version}")


def told(text: str) -> str:
    """A report with its line breaks undone."""
    return " ".join(text.split())


def test_an_untouched_module_becomes_the_newer_one(after: World) -> None:
    release(after)
    done = after.execute(UPGRADE, "--json")
    assert done.code == 0, done.err
    assert "# Politely." in (after.root / HELLO).read_text()
    assert (done.document["from"], done.document["to"]) == ("IMPLEMENTED", "IMPLEMENTED")
    changes = {one["path"]: one["change"] for one in done.document["files"]}
    assert changes[HELLO] == "update"
    assert changes["auth/__init__.py"] == "same"
    assert changes["main.py"] == "same"
    verified = after.run("verify", "--no-progress")
    assert verified.code == 0, verified.out + verified.err
    report = told(after.run("show", STORY).out)
    assert "greeting: from 1.0.0 to 1.1.0" in report
    assert "repairs LOG-03, CVE-2026-0001" in report


def test_outdated_names_what_an_upgrade_repairs_until_it_is_done(after: World) -> None:
    fresh = after.run("outdated")
    assert (fresh.code, fresh.out) == (0, f"up to date: {STORY}\n")
    release(after)
    done = after.run("outdated", "--json")
    assert done.code == 1
    (one,) = done.document["outdated"]
    assert (one["story"], one["used"], one["available"]) == (STORY, "1.0.0", "1.1.0")
    assert one["repairs"] == ["LOG-03", "CVE-2026-0001"]
    assert "operation_type=upgrade" in after.run("outdated").out
    assert after.execute(UPGRADE).code == 0
    assert after.run("outdated").code == 0
    release(after, module=MODULE)
    assert after.run("outdated", "--json").document["outdated"][0]["why"] == "changed"
    after.git("rm", "-rq", "templates")
    assert after.run("outdated", "--json").document["outdated"][0]["why"] == "missing"


def test_nothing_in_place_is_not_outdated(world: World) -> None:
    done = world.run("outdated")
    assert (done.code, done.out) == (0, "no story has code in place\n")


def test_edits_survive_an_upgrade_and_the_one_after_it(after: World) -> None:
    after.write(HELLO, (after.root / HELLO).read_text() + "\n\nOURS = 1\n")
    after.commit("ours")
    release(after)
    done = after.execute(UPGRADE)
    assert done.code == 0, done.err
    text = (after.root / HELLO).read_text()
    assert "# Politely." in text
    assert "OURS = 1" in text
    assert "its edits were merged with those of the pattern" in told(done.out)
    release(after, module=NEW_MODULE.replace("# Politely.", "# Very politely."), version="1.2.0")
    again = after.execute(UPGRADE)
    assert again.code == 0, again.err
    text = (after.root / HELLO).read_text()
    assert "# Very politely." in text
    assert "OURS = 1" in text
    assert after.run("verify", "--no-progress").code == 0


def test_the_base_of_the_merge_is_found_after_history_was_squashed_away(after: World) -> None:
    after.write(HELLO, (after.root / HELLO).read_text() + "\n\nOURS = 1\n")
    after.commit("ours")
    after.git("checkout", "-q", "--orphan", "squashed")
    after.commit("everything at once")
    after.git("branch", "-q", "-D", "main")
    after.git("reflog", "expire", "--expire=now", "--all")
    after.git("gc", "-q", "--prune=now")
    release(after)
    done = after.execute(UPGRADE)
    assert done.code == 0, done.err
    text = (after.root / HELLO).read_text()
    assert "# Politely." in text
    assert "OURS = 1" in text


def test_a_conflict_is_kept_on_a_branch_and_goes_on_once_it_is_settled(after: World) -> None:
    after.edit(HELLO, '    return f"hello from', '    # Rudely.\n    return f"hello from')
    after.commit("ours")
    release(after)
    head = after.head()
    before = snapshot(after.root / "auth")
    stopped = after.execute(UPGRADE, "--json")
    assert stopped.code == 1
    assert stopped.document["blocked"]["missing_inputs"] == ["merge_clean"]
    assert after.head() == head
    assert snapshot(after.root / "auth") == before
    branch = f"story/{STORY}/upgrade"
    assert f"git merge {branch}" in stopped.err
    marked = after.git("show", f"{branch}:{HELLO}")
    assert "<<<<<<< yours\n    # Rudely." in marked
    assert ">>>>>>> the new render" in marked
    assert after.execute(UPGRADE).code == 1
    assert after.git("branch", "--list", "story/*").split() == [branch]

    after.git("merge", "-q", branch)
    early = after.execute(UPGRADE, f"resolved={HELLO}")
    assert early.code == 1
    assert "merge_clean" in early.err
    settled = (
        after.git("show", f"{head}:{HELLO}")
        .replace("# Rudely.", "# Firmly.")
        .replace("by name.", "by name, really.")
    )
    after.write(HELLO, settled)
    after.commit("settled")
    done = after.execute(UPGRADE, f"resolved=[{HELLO}]")
    assert done.code == 0, done.err
    assert (after.root / HELLO).read_text() == settled
    release(after, module=NEW_MODULE.replace("# Politely.", "# Very politely."), version="1.2.0")
    assert after.execute(UPGRADE).code == 1


def test_what_was_deleted_by_hand_stays_deleted(after: World) -> None:
    after.git("rm", "-q", "tests/auth/test_hello.py")
    after.write(
        "tests/auth/test_mine.py",
        ("import pytest\n\n\n@pytest.mark.requirement('GREET-001')\ndef test_it():\n    pass\n"),
    )
    after.commit("ours")
    for version in ("1.1.0", "1.2.0"):
        release(after, version=version, module=NEW_MODULE.replace("Politely", f"V{version}"))
        done = after.execute(UPGRADE, "mode=tolerant")
        assert not (after.root / "tests/auth/test_hello.py").exists(), version
        assert "deleted by hand" in told(done.out)


def test_what_became_a_link_is_left_to_the_person_who_made_it(after: World) -> None:
    (after.root / "auth/__init__.py").rename(after.root / "empty.py")
    (after.root / "auth/__init__.py").symlink_to("../empty.py")
    after.commit("a link")
    for version, changed in (("1.1.0", MODULE), ("1.2.0", MODULE + "\n\nMORE = 1\n")):
        release(after, version=version, module=changed)
        done = after.execute(UPGRADE, "--json")
        assert done.code == 0, done.err
        report = told(after.run("show", STORY).out)
        assert "it became a link, which is not followed: it is yours now" in report
        assert (after.root / "auth/__init__.py").readlink() == Path("../empty.py")
        assert after.run("verify", "--no-progress").code == 0


def test_nothing_newer_is_nothing_to_do(after: World) -> None:
    head = after.head()
    done = after.execute(UPGRADE)
    assert done.code == 1
    assert "nothing would change" in done.err
    assert after.head() == head


def test_an_answer_can_change_with_an_upgrade(after: World) -> None:
    done = after.execute(UPGRADE, "prefix=/hi")
    assert done.code == 0, done.err
    assert "hello from /hi" in (after.root / HELLO).read_text()
    assert "prefix=/hi (command line)" in told(done.out)


def test_recorded_answers_are_answered_again(world: World) -> None:
    assert world.execute("prefix=/hi").code == 0
    release(world)
    done = world.execute(UPGRADE)
    assert done.code == 0, done.err
    assert "hello from /hi" in (world.root / HELLO).read_text()
    assert "prefix=/hi (record)" in told(done.out)


def test_a_story_without_code_has_nothing_to_upgrade(world: World) -> None:
    done = world.execute(UPGRADE)
    assert done.code == 1
    assert "code.upgrade starts from IMPLEMENTED" in done.err


def test_a_pattern_that_is_gone_is_named(after: World) -> None:
    after.git("rm", "-qr", "templates")
    after.commit("gone")
    done = after.execute(UPGRADE)
    assert done.code == 1
    assert "greeting 1.0.0, which is not here any more" in done.err


def test_an_upgrade_whose_tests_fail_is_not_published(after: World) -> None:
    release(after, module=MODULE.replace("hello from", "goodbye from"))
    head = after.head()
    done = after.execute(UPGRADE)
    assert done.code == 1
    assert "tests-failed" in done.err
    assert after.head() == head


@pytest.mark.parametrize("word", ["resolved=nowhere.py", "resolved=main.py"])
def test_a_file_that_cannot_be_settled_is_wrong_usage(after: World, word: str) -> None:
    release(after)
    done = after.execute(UPGRADE, word)
    assert done.code == 2
    assert "no file of" in done.err


def test_a_module_is_removed_after_an_upgrade_as_if_it_had_never_been(
    original: World, after: World
) -> None:
    release(after)
    assert after.execute(UPGRADE).code == 0
    assert after.execute("operation_type=remove").code == 0
    for path in ("main.py", ".gitignore", "requirements.txt"):
        assert (after.root / path).read_bytes() == (original.root / path).read_bytes()
    assert not (after.root / "auth").exists()
    assert not (after.root / "tests/auth").exists()


def test_two_branches_that_upgrade_one_story_are_a_conflict_of_its_log(after: World) -> None:
    release(after)
    after.git("branch", "other")
    assert after.execute(UPGRADE).code == 0
    after.git("checkout", "-q", "other")
    assert after.execute(UPGRADE, "prefix=/hi").code == 0
    after.git("checkout", "-q", "main")
    after.git("merge", "-q", "-X", "ours", "other")
    verified = after.run("verify", "--no-progress")
    assert verified.code == 5
    assert "two branches of the log" in verified.out
    for words in (UPGRADE, "operation_type=remove"):
        done = after.execute(words)
        assert done.code == 5
        assert "keep one of them" in done.err


def test_a_file_whose_line_ends_a_person_changed_is_still_merged(after: World) -> None:
    after.write(".gitattributes", "*.py -text\n")
    path = after.root / HELLO
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    after.commit("other line ends")
    release(after)
    done = after.execute(UPGRADE)
    assert done.code == 0, done.err
    assert b"# Politely.\r\n" in path.read_bytes()
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


def test_a_dependency_that_the_newer_pattern_does_without_leaves(world: World) -> None:
    def with_dependency(name: str) -> str:
        line = f"  dependencies: [{{name: {name}, floor: '3', why: encodes}}]\n"
        return MANIFEST.replace("  documents: []\n", f"  documents: []\n{line}")

    def plant(text: str) -> None:
        world.write("templates/greeting/copier.yml", text)
        trust_folder(world, world.root / "templates" / "greeting")
        world.commit("dependencies")

    before = (world.root / "requirements.txt").read_bytes()
    plant(with_dependency("idna"))
    assert world.execute().code == 0
    assert "idna>=3" in (world.root / "requirements.txt").read_text()
    plant(with_dependency("certifi").replace("version: 1.0.0", "version: 1.1.0"))
    done = world.execute(UPGRADE)
    assert done.code == 0, done.err
    text = (world.root / "requirements.txt").read_text()
    assert "certifi>=3" in text
    assert "idna" not in text
    removed = world.execute("operation_type=remove")
    assert removed.code == 0, removed.err
    assert (world.root / "requirements.txt").read_bytes() == before


def test_several_conflicts_are_settled_in_the_words_of_the_remedy(after: World) -> None:
    after.edit(HELLO, '    return f"hello from', '    # Rudely.\n    return f"hello from')
    after.edit("auth/__init__.py", "A greeting", "Mine")
    after.commit("ours")
    release(after)
    after.edit("templates/greeting/template/{{ package_path }}/__init__.py", "A greeting", "Theirs")
    trust_folder(after, after.root / "templates" / "greeting")
    after.commit("theirs")
    after.git("branch", f"story/{STORY}")
    beside = after.execute(UPGRADE)
    assert beside.code == 4
    assert f"rename that one, e.g. `git branch -m story/{STORY}" in beside.err
    after.git("branch", "-D", f"story/{STORY}")
    stopped = after.execute(UPGRADE)
    assert stopped.code == 1
    word = f"resolved=auth/__init__.py+{HELLO}"
    assert f"run the same with {word}" in stopped.err
    assert after.execute(UPGRADE, f"resolved={HELLO}").code == 1
    done = after.execute(UPGRADE, word)
    assert done.code == 0, done.err
    assert "# Rudely." in (after.root / HELLO).read_text()


def test_a_conflict_in_a_dry_run_writes_nothing(after: World) -> None:
    after.edit("auth/__init__.py", "A greeting", "Mine")
    after.commit("ours")
    release(after)
    after.edit("templates/greeting/template/{{ package_path }}/__init__.py", "A greeting", "Theirs")
    trust_folder(after, after.root / "templates" / "greeting")
    after.commit("theirs")
    before = snapshot(after.root)
    assert after.execute(UPGRADE, "--dry-run").code == 1
    assert snapshot(after.root) == before
