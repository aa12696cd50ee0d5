"""Find misuse of tokens and keys in Python text by its syntax; imports none of what it reads.

Each rule is one method, named with its id; the sources are RFC 8725 (algorithms, claims) and the
advisories of the libraries.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_SECRET = re.compile(
    r"(?:^|_)(?:secret|secret_key|signing_key|private_key|api_key|jwt_key|encryption_key|pepper"
    r"|password|passwd|passphrase|access_key|master_key)$",
    re.IGNORECASE,
)
_LENGTH = 6
_OLD_LIBRARIES = {
    "jose": "python-jose accepts tokens without a stated algorithm; use PyJWT",
    "passlib": "passlib has no release that works with bcrypt 5; use bcrypt directly",
}


class Rules(ast.NodeVisitor):
    """Collects `(rule, severity, line, message)` over one module."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, int, str]] = []
        self._modules: set[str] = {"jwt"}
        self._functions: dict[str, str] = {}
        self._tables: dict[str, ast.Dict] = {}

    def _add(self, rule: str, severity: str, node: ast.AST, message: str) -> None:
        self.found.append((rule, severity, getattr(node, "lineno", 0), message))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            self._library(top, node)
            if top == "jwt":
                self._modules.add(alias.asname or top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        top = (node.module or "").split(".")[0] if not node.level else ""
        self._library(top, node)
        for alias in node.names:
            if top == "jwt" and alias.name in ("decode", "encode"):
                self._functions[alias.asname or alias.name] = alias.name
            if alias.name == "jwt":
                self._modules.add(alias.asname or alias.name)

    def _library(self, name: str, node: ast.AST) -> None:
        if name in _OLD_LIBRARIES:
            self._add("OLD-LIBRARY", "medium", node, _OLD_LIBRARIES[name])

    def visit_Call(self, node: ast.Call) -> None:
        match self._jwt_function(node.func):
            case "decode":
                self._decode(node)
            case "encode":
                self._encode(node)
        self._environment_default(node)
        self._secret_argument(node)
        self._time(node)
        self._logged_url(node)
        self.generic_visit(node)

    def _jwt_function(self, function: ast.expr) -> str:
        match function:
            case ast.Name(id=name):
                return self._functions.get(name, "")
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self._modules:
                return name
        return ""

    def _decode(self, node: ast.Call) -> None:
        named = {word.arg: word.value for word in node.keywords}
        spread = None in named
        algorithms = named.get("algorithms") or (node.args[2] if len(node.args) > 2 else None)
        if algorithms is None and not spread:
            self._add("JWT-ALGORITHMS", "high", node, "decode without a list of algorithms")
        elif algorithms is not None and any(_is_none(one) for one in ast.walk(algorithms)):
            self._add("JWT-NONE", "high", node, "decode accepts the algorithm none")
        if _is_false(named.get("verify")):
            self._add("JWT-UNVERIFIED", "high", node, "decode without verifying the signature")
        self._options(node, named.get("options"), spread=spread)

    def _options(self, node: ast.Call, options: ast.expr | None, *, spread: bool) -> None:
        if isinstance(options, ast.Name) and options.id in self._tables:
            named = _constant_items(self._tables[options.id]) or {}
            if _is_false(named.get("verify_signature")):
                self._add("JWT-UNVERIFIED", "high", node, "decode without verifying the token")
        given = _constant_items(options) if isinstance(options, ast.Dict) else None
        if options is None and not spread:
            given = {}
        if given is None:
            return
        if any(_is_false(given.get(name)) for name in ("verify_signature", "verify_exp")):
            self._add("JWT-UNVERIFIED", "high", node, "decode without verifying the token")
            return
        required = given.get("require")
        literal = isinstance(required, ast.List | ast.Tuple | ast.Set)
        names = {one.value for one in ast.walk(required) if isinstance(one, ast.Constant)} if (
            required is not None and literal
        ) else set()  # fmt: skip
        if required is None or (literal and "exp" not in names):
            self._add("JWT-NO-EXPIRY", "medium", node, "decode accepts a token without exp")

    def _encode(self, node: ast.Call) -> None:
        named = {word.arg: word.value for word in node.keywords}
        key = named.get("key") or (node.args[1] if len(node.args) > 1 else None)
        if isinstance(key, ast.Constant) and isinstance(key.value, str | bytes):
            self._add("HARD-CODED-KEY", "high", node, "a token is signed with a key in the code")
        algorithm = named.get("algorithm") or (node.args[2] if len(node.args) > 2 else None)
        if algorithm is not None and _is_none(algorithm):
            self._add("JWT-NONE", "high", node, "a token is made with the algorithm none")

    def _environment_default(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if called not in ("os.environ.get", "os.getenv", "environ.get", "getenv"):
            return
        match node.args:
            case [ast.Constant(value=str(name)), default] if _SECRET.search(name):
                if _literal(default):
                    self._add("HARD-CODED-KEY", "high", node, f"{name} has a default in the code")

    def _secret_argument(self, node: ast.Call) -> None:
        for word in node.keywords:
            if word.arg and _SECRET.search(word.arg) and _secret_value(word.value):
                text = f"the argument {word.arg} is a literal"
                self._add("HARD-CODED-KEY", "high", word.value, text)

    def _time(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _NAIVE:
            self._add("NAIVE-TIME", "medium", node, f"{node.func.attr} gives a time without zone")

    def _logged_url(self, node: ast.Call) -> None:
        function = node.func
        if not (isinstance(function, ast.Attribute) and function.attr in _LOGGING):
            return
        if "log" not in ast.unparse(function.value).lower():
            return
        nodes = [one for argument in node.args for one in ast.walk(argument)]
        parts = {id(one.value) for one in nodes if isinstance(one, ast.Attribute)}
        if any(_is_request_url(one) for one in nodes if id(one) not in parts):
            self._add("LOGGED-URL", "medium", node, "a whole URL is logged, query and all")

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assigned(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assigned(node.target, node.value)
        self.generic_visit(node)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        name = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
        if isinstance(value, ast.Dict):
            self._tables[name] = value
        if name and _SECRET.search(name) and _secret_value(value):
            self._add("HARD-CODED-KEY", "high", value, f"{name} is a literal")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for argument, default in _defaults(node.args):
            if _SECRET.search(argument.arg) and _secret_value(default):
                self._add(
                    "HARD-CODED-KEY", "high", default, f"{argument.arg} has a literal default"
                )
        self._truth_of_lifetime(node)
        self.generic_visit(node)

    def _truth_of_lifetime(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        lifetimes = {
            one.arg
            for one in (*node.args.args, *node.args.kwonlyargs)
            if one.annotation is not None and "timedelta" in ast.unparse(one.annotation)
        }
        for inner in ast.walk(node):
            match inner:
                case ast.If(test=ast.Name(id=name)) | ast.IfExp(test=ast.Name(id=name)):
                    if name in lifetimes:
                        text = f"`if {name}` takes a lifetime of zero for none given"
                        self._add("ZERO-LIFETIME", "medium", inner, text)


_NAIVE = ("utcnow", "utcfromtimestamp")
_LOGGING = ("debug", "info", "warning", "error", "exception", "critical", "log")


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() == "none"


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_request_url(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "url" and "req" in ast.unparse(node)


def _constant_items(node: ast.Dict) -> dict[str, ast.expr] | None:
    if any(not isinstance(key, ast.Constant) for key in node.keys):
        return None
    return {
        str(key.value): value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def _literal(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and bool(node.value)
    )


def _secret_value(node: ast.expr) -> bool:
    """A literal that could be a key: not empty, not the name of a setting, not a plain word."""
    match node:
        case ast.Constant(value=str(text)):
            return len(text) >= _LENGTH and _could_be_key(text)
        case ast.Constant(value=bytes(data)):
            return len(data) >= _LENGTH
        case ast.Call(func=function, args=[inner, *_]) if ast.unparse(function).endswith(
            "SecretStr"
        ):
            return _secret_value(inner)
    return False


def _could_be_key(text: str) -> bool:
    if re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", text):
        return False
    return " " not in text or len(text.split()) <= 2


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[::-1], arguments.defaults[::-1], strict=False)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default


def main() -> int:
    report, *files = sys.argv[1:]
    findings: list[dict[str, object]] = []
    examined: list[str] = []
    unread: list[str] = []
    for path in files:
        try:
            module = ast.parse(Path(path).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            unread.append(f"{path}: {type(problem).__name__}")
            continue
        rules = Rules()
        rules.visit(module)
        examined.append(path)
        findings += [
            {"rule": rule, "severity": severity, "path": path, "line": line, "message": message}
            for rule, severity, line, message in sorted(rules.found, key=lambda one: one[2:])
        ]
    result = {"examined": examined, "findings": findings, "unread": unread}
    Path(report).write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
