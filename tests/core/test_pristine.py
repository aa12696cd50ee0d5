"""The pack of pristine renders: any bytes come back, and nothing else is read."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.change.pristine import Original, blob_id, pack_bytes, read_pack
from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical

CONTENT = st.one_of(
    st.binary(max_size=60), st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
)
ORIGINALS = st.builds(Original, st.none() | CONTENT, CONTENT)


@given(st.dictionaries(st.sampled_from(["a.py", "b/c.md", "ä"]), ORIGINALS))
def test_a_pack_is_read_back_as_it_was(files: dict[str, Original]) -> None:
    assert read_pack(pack_bytes(files)) == files


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"schema": "story-orchestrator/pristine/2", "files": {}},
        {
            "schema": "story-orchestrator/pristine/1",
            "files": {"a": {"after": None, "before": None}},
        },
        {"schema": "story-orchestrator/pristine/1", "files": {"a": {"after": {"text": "x"}}}},
        {
            "schema": "story-orchestrator/pristine/1",
            "files": {"a": {"after": {"base64": "%"}, "before": None}},
        },
    ],
)
def test_what_is_no_pack_breaks_integrity(value: object) -> None:
    with pytest.raises(IntegrityBroken):
        read_pack(canonical(value))


def test_blobs_are_named_as_git_names_them() -> None:
    for content in (b"", b"hello\n", b"\xff\x00"):
        done = subprocess.run(
            ["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True
        )
        assert blob_id(content, "0" * 40) == done.stdout.decode().strip()
    assert len(blob_id(b"x", "0" * 64)) == 64
