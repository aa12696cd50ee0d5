"""Every command in one static table, and the overview made from it; imports no command."""

# command: (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("orchestrator.cli.story", "init", "Prepare this repository (optional)."),
    "survey": (
        "orchestrator.cli.survey",
        "survey",
        "Say what fits this repository, before any story.",
    ),
    "new": ("orchestrator.cli.story", "new", "Write a story filled with a pattern's requirements."),
    "exec": ("orchestrator.cli.exec", "exec_story", "Move a story by a skill, gated and recorded."),
    "status": ("orchestrator.cli.story", "status", "List the stories and where they stand."),
    "outdated": (
        "orchestrator.cli.outdated",
        "outdated",
        "List the stories whose pattern has a newer version.",
    ),
    "show": ("orchestrator.cli.log", "show", "Print the report of a transition."),
    "log": ("orchestrator.cli.log", "log", "List the transitions of the stories; parse reports."),
    "verify": ("orchestrator.cli.log", "verify", "Re-derive every recorded figure from evidence."),
    "gate": (
        "orchestrator.cli.gate",
        "gate",
        "Measure the tree again; trust nothing committed.",
    ),
    "attack": (
        "orchestrator.cli.attack",
        "attack",
        "Try to break the module, property by property.",
    ),
    "routes": ("orchestrator.cli.routes", "routes", "List every route and what protects it."),
    "search": ("orchestrator.cli.search", "search", "Rank patterns, documents and code."),
    "memory": ("orchestrator.cli.memory", "memory", "What is known of the code; read it anew."),
    "patterns": ("orchestrator.cli.patterns", "patterns", "List, explain, add and trust patterns."),
    "skills": ("orchestrator.cli.skills", "skills", "List, explain and trust skills."),
    "docs": ("orchestrator.cli.docs", "docs", "Show documentation of a library, with its source."),
    "recover": ("orchestrator.cli.recover", "recover", "Finish or undo what a killed run left."),
    "doctor": ("orchestrator.cli.doctor", "doctor", "Say what this machine lacks, and the remedy."),
    "completion": ("orchestrator.cli.completion", "completion", "Print a shell completion script."),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Move a story", ("init", "survey", "new", "exec", "status", "outdated")),
    ("Trust it", ("show", "log", "verify", "gate", "attack", "routes")),
    ("Find and learn", ("search", "memory", "patterns", "skills", "docs")),
    ("Keep the house", ("recover", "doctor", "completion")),
)

EXAMPLES = """\
  orchestrator new AUTH-IMPLEMENT-001 --pattern jwt-auth
  orchestrator exec story=AUTH-IMPLEMENT-001 skill=code-development --dry-run
  orchestrator verify"""


def overview() -> str:
    """The top-level help: every command in its group, examples, and the exit codes."""
    blocks = [
        "Usage: orchestrator [--version] [--help] COMMAND [ARGS]...",
        "Move a story from request to code that can be trusted: every figure measured,\n"
        "recorded and re-derivable.",
    ]
    for title, names in GROUPS:
        rows = [f"  {name:<12}{COMMANDS[name][2]}" for name in names]
        blocks.append("\n".join([f"{title}:", *rows]))
    blocks += [
        f"Examples:\n{EXAMPLES}",
        "Exit codes: 0 yes, 1 no, 2 wrong usage, 3 our bug, 4 cannot answer (the remedy is\n"
        "printed), 5 integrity broken, 130 interrupted.",
        "`orchestrator COMMAND --help` explains a command; every command knows --json.",
    ]
    return "\n\n".join(blocks) + "\n"
