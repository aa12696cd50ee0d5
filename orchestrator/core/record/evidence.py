"""Evidence as stored: deflated content named by the hash of its stored bytes; trusts no blob."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import sha256

LARGEST = 64 * 1024 * 1024

Reader = Callable[[str], bytes | None]


def pack(content: bytes) -> tuple[str, bytes]:
    """The name and the stored bytes of some content; the name is the SHA-256 of what is stored."""
    stored = zlib.compress(content, 9)
    return sha256(stored), stored


def unpack(stored: bytes) -> bytes:
    """The content of stored bytes, at most 64 MiB. Raises IntegrityBroken for anything else."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(stored, LARGEST + 1)
    except zlib.error as error:
        raise IntegrityBroken(f"does not inflate: {error}") from error
    if len(content) > LARGEST:
        raise IntegrityBroken(f"inflates to more than {LARGEST} bytes")
    if not inflater.eof:
        raise IntegrityBroken("ends too early")
    if inflater.unused_data:
        raise IntegrityBroken("carries bytes after its end")
    return content


class Annotations(BaseModel):
    """Where a described content is stored, and how many bytes it has when inflated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stored: str
    size: int


class Digest(BaseModel):
    """The SHA-256 of a content, in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str


class Descriptor(BaseModel):
    """An in-toto resource descriptor of one piece of evidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: Digest
    annotations: Annotations


@dataclass
class Pile:
    """Evidence being collected: stored name to stored bytes; equal content is stored once."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> Descriptor:
        """Store content under its hash and describe it by a name for people."""
        stored_name, stored = pack(content)
        self.blobs[stored_name] = stored
        return Descriptor(
            name=name,
            digest=Digest(sha256=sha256(content)),
            annotations=Annotations(stored=stored_name, size=len(content)),
        )


def fetch(read: Reader, name: str) -> bytes:
    """The content of a stored name. Raises IntegrityBroken when it is missing or not itself."""
    stored = read(name)
    if stored is None:
        raise IntegrityBroken(f"evidence {name[:16]} is missing")
    if sha256(stored) != name:
        raise IntegrityBroken(f"evidence {name[:16]} does not have the hash that it is named by")
    try:
        return unpack(stored)
    except IntegrityBroken as error:
        raise IntegrityBroken(f"evidence {name[:16]} {error.problem}") from error


def described(read: Reader, descriptor: Descriptor) -> bytes:
    """The content of a descriptor. Raises IntegrityBroken when digest or size disagree."""
    content = fetch(read, descriptor.annotations.stored)
    digest, size = descriptor.digest.sha256, descriptor.annotations.size
    if sha256(content) != digest or len(content) != size:
        raise IntegrityBroken(f"{descriptor.name} is not the content that its statement describes")
    return content
