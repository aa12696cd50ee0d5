"""What the templates of a pattern from elsewhere may say: read by Jinja's own parser, not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.adapters.patterns.copying import Failed

_READS_OTHERS = ("Include", "Import", "FromImport", "Extends")
# What gives the same result everywhere, and reads neither clock, chance, disk nor the machine.
_FILTERS = frozenset(
    {"abs", "b64decode", "b64encode", "batch", "bool", "capitalize", "center", "count", "d"}
    | {"default", "dictsort", "e", "escape", "first", "float", "forceescape", "format", "groupby"}
    | {"indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min"}
    | {"regex_escape", "regex_findall", "regex_replace", "regex_search", "reject", "rejectattr"}
    | {"replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string"}
    | {"striptags", "sum", "ternary", "title", "to_json", "tojson", "trim", "truncate", "unique"}
    | {"upper", "wordcount", "wordwrap", "xmlattr", "urlencode"}
)
_GLOBALS = frozenset({"range", "dict", "namespace", "joiner", "cycler"})
_ALWAYS_THERE = frozenset({"loop", "self", "caller", "varargs", "kwargs"})


def restrict_jinja() -> None:
    """Take from every environment that is made from now on what is not on the lists above.

    For a process that renders one pattern and ends: copier brings filters that list files, draw
    lots and read the clock, and gives nobody a way to leave them out.
    """
    from jinja2 import Environment

    begin = Environment.__init__

    def begin_with_less(self: Environment, *words: Any, **options: Any) -> None:
        begin(self, *words, **options)
        for name in [one for one in self.filters if one not in _FILTERS]:
            del self.filters[name]
        for name in [one for one in self.globals if one not in _GLOBALS]:
            del self.globals[name]

    Environment.__init__ = begin_with_less  # type: ignore[method-assign]


def problems(texts: Iterable[tuple[str, str]], known: Iterable[str]) -> Iterator[Failed]:
    """What is wrong with some texts, each with its name: broken syntax, tags that read other files
    than templates of the pattern, names that are neither a question nor Jinja's own."""
    from jinja2 import TemplateSyntaxError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(autoescape=True)
    # Those of copier's extension are parsed as filters too; nothing is run here.
    environment.filters.update(dict.fromkeys(_FILTERS, str))
    mine = {*known, *_GLOBALS, *_ALWAYS_THERE}
    every = tuple(texts)
    templates = {name for name, _ in every}
    for name, text in every:
        try:
            yield from _of_text(environment, name, text, mine, templates)
        except TemplateSyntaxError as error:
            reason = "tag" if "unknown tag" in str(error) else "render"
            yield Failed(reason, f"{name}:{error.lineno}: {error.message}")
        except RecursionError:
            yield Failed("depth", f"{name} nests too deeply")


def names_used(texts: Iterable[tuple[str, str]]) -> set[str]:
    """Every name that the texts use and do not set; a text that cannot be read uses none."""
    from jinja2 import TemplateSyntaxError, meta
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(autoescape=True)
    environment.filters.update(dict.fromkeys(_FILTERS, str))
    used: set[str] = set()
    for _, text in texts:
        try:
            used |= meta.find_undeclared_variables(environment.parse(text))
        except (TemplateSyntaxError, RecursionError):
            continue
    return used


def _of_text(
    environment: Any, name: str, text: str, mine: set[str], templates: set[str]
) -> Iterator[Failed]:
    from jinja2 import meta, nodes

    tree = environment.parse(text)
    for node in tree.find_all(tuple(getattr(nodes, kind) for kind in _READS_OTHERS)):
        if isinstance(node, nodes.Include) and _own(node.template, templates):
            continue
        word = type(node).__name__.lower().removeprefix("from")
        yield Failed("tag", f"{name}:{node.lineno}: the tag `{word}` reads another template")
    for found in tree.find_all(nodes.Filter):
        if found.name not in _FILTERS:
            yield Failed("filter", f"{name}:{found.lineno}: the filter `{found.name}`")
    for variable in sorted(meta.find_undeclared_variables(tree) - mine):
        line = next((n.lineno for n in tree.find_all(nodes.Name) if n.name == variable), 1)
        yield Failed("variable", f"{name}:{line}: nobody asks for `{variable}`")


def _own(node: Any, templates: set[str]) -> bool:
    """Whether an include names, in plain words, a template of the pattern, which is read too."""
    name = getattr(node, "value", None)
    return isinstance(name, str) and name in templates and name.endswith(".jinja")


def texts_of(files: Mapping[str, bytes], settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything of a pattern that Jinja renders: paths, templates, and the text of questions."""
    inside = str(settings.get("_subdirectory") or "")
    suffix = str(settings.get("_templates_suffix") or ".jinja")
    for path, content in sorted(files.items()):
        if path != "copier.yml" and path.startswith(inside):
            yield path, path
            if path.endswith(suffix):
                yield path, content.decode("utf-8", "replace")
    for question, details in settings.items():
        if not question.startswith("_"):
            yield from ((f"copier.yml: {question}", text) for text in _strings(details))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(key)
            yield from _strings(one)
