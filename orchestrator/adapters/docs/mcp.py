"""Ask Context7 by MCP, started as a command or at an address; needs the extra `mcp`."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from orchestrator.adapters.docs.key import ApiKey, is_address
from orchestrator.adapters.docs.refused import MOST_BYTES, Refused, oversized
from orchestrator.core.documents.context7_answers import Answer, Provenance, fetched, read_text
from orchestrator.core.documents.context7_libraries import (
    Chosen,
    choose_library,
    library_path,
    moved,
    named_library,
    read_library_list,
)
from orchestrator.core.documents.context7_refusals import failed_status, failed_text
from orchestrator.core.documents.documents import Failure, Fetched, Origin, Question, stamp
from orchestrator.core.text.harmless import harmless_line
from orchestrator.ports.surroundings import Clock

logging.getLogger("mcp").addHandler(logging.NullHandler())

# Tools by the newest name first, and what each of their arguments is called.
_RESOLVE, _ASK = ("resolve-library-id",), ("query-docs", "get-library-docs")
_TOPIC = frozenset({"query", "topic", "userQuery", "question"})
_LIBRARY = frozenset({"libraryId", "libraryID", "context7CompatibleLibraryID"})
_OUTSIDE_THE_PROTOCOL = frozenset({401, 402, 403, 429})
_PASSED_ON = (
    "CONTEXT7_API_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
)


@dataclass(frozen=True)
class McpSource:
    """Context7 behind MCP: `place` is an http(s) address or a command line."""

    place: str
    key: ApiKey
    clock: Clock
    environment: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = "context7-mcp"

    def fetch(self, question: Question, deadline: float) -> Fetched | Failure:
        """The documents for a question; `deadline` is a moment of `time.monotonic`."""
        if self._remote and not is_address(self.place):
            return Failure("unreachable", "CONTEXT7_MCP is no plain http or https address")
        problem = self.key.problem(self.place) if self._remote else None
        if problem is not None:
            return problem
        try:
            return asyncio.run(self._within(question, deadline - time.monotonic()))
        except Exception as error:
            return self._failure(error)

    @property
    def _remote(self) -> bool:
        return self.place.startswith(("http://", "https://"))

    async def _within(self, question: Question, seconds: float) -> Fetched:
        async with asyncio.timeout(seconds), AsyncExitStack() as stack:
            transport = await self._transport(stack, seconds)
            client = await stack.enter_async_context(
                Client(transport, read_timeout_seconds=max(seconds, 0.01))
            )
            return await self._fetched(client, question)

    async def _transport(self, stack: AsyncExitStack, seconds: float) -> Any:
        if self._remote:
            http = httpx2.AsyncClient(
                headers=self.key.header(),
                timeout=max(seconds, 0.01),
                event_hooks={"response": [_checked]},
            )
            return streamable_http_client(
                self.place, http_client=await stack.enter_async_context(http)
            )
        command, *words = shlex.split(self.place)
        passed = {name: self.environment[name] for name in _PASSED_ON if name in self.environment}
        # Not in the repository: what lies there must not decide which program a name means.
        started = StdioServerParameters(
            command=command, args=words, env={**passed, **self.key.variable()}, cwd="/"
        )
        nowhere = stack.enter_context(open(os.devnull, "w"))  # noqa: SIM115, PTH123
        return stdio_client(started, errlog=nowhere)

    async def _fetched(self, client: Client, question: Question) -> Fetched:
        tools = {one.name: one.input_schema for one in (await client.list_tools()).tools}
        chosen = named_library(question)
        if chosen is None:
            chosen = _chosen(await self._called(client, tools, _RESOLVE, question, ""), question)
        notes: tuple[str, ...] = ()
        answer = await self._documents(client, tools, chosen, question)
        if isinstance(answer, Failure) and answer.library:
            there = moved(answer.library, chosen)
            notes = (f"{chosen.id} has moved to {there.id}, which was asked instead",)
            chosen, answer = there, await self._documents(client, tools, there, question)
        if isinstance(answer, Failure):
            raise Refused(answer)
        return fetched(answer, chosen.because, notes)

    async def _documents(
        self, client: Client, tools: Mapping[str, Any], chosen: Chosen, question: Question
    ) -> Answer | Failure:
        text = await self._called(client, tools, _ASK, question, library_path(chosen))
        marks = Provenance(chosen.id, chosen.edition, self.origin, stamp(self.clock.now()))
        return read_text(text, marks)

    async def _called(
        self,
        client: Client,
        tools: Mapping[str, Any],
        names: Iterable[str],
        question: Question,
        library: str,
    ) -> str:
        """The text that a tool answers. Raises Refused for what it flags, or that is no text."""
        name = next((one for one in names if one in tools), None)
        if name is None:
            wanted, there = " or ".join(names), ", ".join(sorted(tools)[:5]) or "none"
            told = harmless_line(f"the server has no tool {wanted}; it has {there}", 300)
            raise Refused(Failure("not_started", told))
        arguments = dict(_arguments(tools[name], question, library))
        result = await client.call_tool(name, arguments)
        texts = [getattr(one, "text", "") for one in result.content]
        text = self.key.cut_out("\n".join(texts))
        if len(text) > MOST_BYTES:
            raise Refused(oversized())
        if result.is_error:
            said = harmless_line(text, 200)
            raise Refused(failed_text(text) or Failure("server_error", f"the tool says “{said}”"))
        return text

    def _failure(self, error: BaseException) -> Failure:
        """The name of what went wrong, whatever the library wrapped it in."""
        causes = list(_causes(error))
        for one in causes:
            if isinstance(one, Refused):
                return one.failure
        if any(isinstance(one, TimeoutError | httpx2.TimeoutException) for one in causes):
            return Failure("timed_out", "the MCP server did not answer in time")
        why = harmless_line(self.key.cut_out(str(causes[-1])), 160) or type(causes[-1]).__name__
        if any(isinstance(one, MCPError) for one in causes):
            return Failure("server_error", f"the MCP server says “{why}”")
        if self._remote:
            return Failure("unreachable", f"the MCP server cannot be reached: {why}")
        return Failure("not_started", f"the MCP server cannot be used: {why}")


def _chosen(text: str, question: Question) -> Chosen:
    found = read_library_list(text)
    chosen = found if isinstance(found, Failure) else choose_library(found, question)
    if isinstance(chosen, Failure):
        raise Refused(chosen)
    return chosen


def _arguments(schema: Any, question: Question, library: str) -> Iterator[tuple[str, str]]:
    """The arguments that a tool declares and we know. Raises Refused for a required other."""
    known = schema if isinstance(schema, Mapping) else {}
    declared, required = known.get("properties") or {}, known.get("required") or ()
    for name in declared:
        if name in _TOPIC:
            yield name, question.topic
        elif name in _LIBRARY:
            yield name, library
        elif name == "libraryName":
            yield name, library or question.library
        elif name in required:
            told = harmless_line(f"the tool wants `{name}`, which we do not know", 200)
            raise Refused(Failure("not_started", told))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors inside of groups, outermost first."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield error


class _Counted(httpx2.AsyncByteStream):
    """A stream that ends with Refused when it becomes too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream, self._size = stream, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._size += len(part)
            if self._size > MOST_BYTES:
                raise Refused(oversized())
            yield part

    async def aclose(self) -> None:
        """Close what it reads from."""
        await self._stream.aclose()


async def _checked(response: httpx2.Response) -> None:
    """Raise Refused for a status that the protocol gives no meaning of its own; count the bytes."""
    status = response.status_code
    if status in _OUTSIDE_THE_PROTOCOL or status >= 500:
        raise Refused(failed_status(status, None, response.headers.get("Retry-After", "")))
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Counted(response.stream)
