"""A log that fits itself and lies: what it lists is held against what the pattern renders."""

from __future__ import annotations

import pytest
from small_world import STORY, World, snapshot

from orchestrator.core.change.pristine import Original, blob_id, pack_bytes, read_pack
from orchestrator.core.record.evidence import pack, unpack
from orchestrator.core.record.record import FileData, decode, encode, entry_name
from orchestrator.core.text.canonical import sha256

REMOVE = "operation_type=remove"
UPGRADE = ("operation_type=upgrade", "prefix=/hi")
RATES = "billing/rates.py"
RATE = "def rate(user):\n    check_permission(user)\n    return 3\n"


def forge(world: World, path: str, original: Original, *, region: bool = False) -> None:
    """Let the newest entry list a file, with every digest right, as a committer could."""
    (entry,) = world.root.glob(f".orchestrator/log/{STORY}/*.json")
    record = decode(entry.read_bytes())
    assert record.pristine is not None
    place = world.root / ".orchestrator/evidence"
    old = place / record.pristine[:2] / record.pristine
    originals = {**read_pack(unpack(old.read_bytes())), path: original}
    name, stored = pack(pack_bytes(originals))
    (place / name[:2]).mkdir(exist_ok=True)
    (place / name[:2] / name).write_bytes(stored)
    old.unlink()
    mine = FileData(
        path=path,
        change="update" if region else "create",
        sha256=sha256(original.after),
        pristine=blob_id(original.after, record.files[0].pristine),
        region=region,
    )
    listed = [one for one in record.files if one.path != path]
    evidence = sorted({*record.evidence, name} - {record.pristine})
    forged = {"files": (*listed, mine), "pristine": name, "evidence": tuple(evidence)}
    raw = encode(record.model_copy(update=forged))
    entry.unlink()
    entry.with_name(f"{entry_name(raw)}.json").write_bytes(raw)
    world.commit("forged")


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_list_is_said_to_be_what_the_pattern_renders(after: World) -> None:
    for asked in ((REMOVE,), UPGRADE):
        done = after.execute(*asked, "--dry-run")
        assert done.code == 0, done.err
        assert "it is what greeting 1.0.0 renders from the recorded answers" in words(done.out)


@pytest.mark.parametrize("asked", [(REMOVE,), UPGRADE])
def test_a_foreign_file_that_the_log_lists_is_not_taken(
    after: World, asked: tuple[str, ...]
) -> None:
    after.write(RATES, RATE)
    after.commit("billing")
    forge(after, RATES, Original(None, RATE.encode()))
    before = snapshot(after.root / "billing")
    done = after.execute(*asked)
    assert done.code == 5, done.out
    assert f"{RATES!r}" in done.err
    assert snapshot(after.root / "billing") == before


def test_without_the_pattern_it_is_said_that_the_list_rests_on_the_log_alone(after: World) -> None:
    after.edit("templates/greeting/copier.yml", "version: 1.0.0", "version: 1.1.0")
    after.commit("a newer pattern that nobody trusts yet")
    planned = after.execute(REMOVE, "--dry-run")
    assert planned.code == 0, planned.err
    assert "it rests on the log alone: greeting 1.0.0 is not here" in words(planned.out)
    done = after.execute(REMOVE)
    assert done.code == 0, done.err
    assert "rests on the log alone" in words(done.out)
    assert after.run("verify", "--no-progress").code == 0


@pytest.mark.parametrize("asked", [(REMOVE,), UPGRADE])
def test_an_edit_that_the_log_calls_ours_stays(after: World, asked: tuple[str, ...]) -> None:
    after.edit("auth/hello.py", "knows nobody", "knows somebody")
    after.commit("ours")
    mine = (after.root / "auth/hello.py").read_bytes()
    forge(after, "auth/hello.py", Original(None, mine))
    done = after.execute(*asked)
    assert done.code == 0, done.err
    assert "knows somebody" in (after.root / "auth/hello.py").read_text()
    assert "auth/hello.py: the render counts" in words(done.out)


@pytest.mark.parametrize(
    ("path", "text", "before"),
    [
        (RATES, RATE, None),
        (RATES, RATE, b"import os\nos.system('true')\n"),
        (".github/workflows/ci.yml", "on: push\n", None),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", None),
        ("deploy.sh", "#!/bin/sh\nset -e\n", b"#!/bin/sh\n"),
    ],
)
def test_an_edit_that_no_pattern_can_have_made_is_a_forgery(
    after: World, path: str, text: str, before: bytes | None
) -> None:
    after.write(path, text)
    after.commit("the host's")
    forge(after, path, Original(before, text.encode()), region=True)
    done = after.execute(REMOVE, "--dry-run")
    assert done.code == 5, done.out
    assert f"{path!r}" in done.err


def test_lines_that_no_pattern_brings_are_not_cut_out_of_a_host_file(after: World) -> None:
    after.write(RATES, RATE)
    after.commit("billing")
    less = RATE.replace("    check_permission(user)\n", "").encode()
    forge(after, RATES, Original(less, RATE.encode()), region=True)
    done = after.execute(REMOVE)
    assert done.code == 0, done.err
    assert (after.root / RATES).read_text() == RATE
    assert "check_permission" in words(done.out)
