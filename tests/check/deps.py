#!/usr/bin/env python3
"""Dependencies point one way: who may include whose headers."""

from house import code_of, main, matches

LEAF = {"base"}
LOW = LEAF | {"json", "conf"}
MIDDLE = LOW | {"http", "db", "guard", "net"}
HIGH = MIDDLE | {"auth", "docs"}
TOP = HIGH | {"llm", "ops", "api", "agent", "eval"}

ALLOWED = {
    "base": set(),
    "json": LEAF,
    "conf": LEAF,
    "http": LOW,
    "db": LOW,
    "net": LOW,
    "guard": LOW,
    "auth": MIDDLE,
    "docs": MIDDLE,
    "llm": HIGH,
    "ops": HIGH | {"llm"},
    "api": HIGH | {"llm"},
    "agent": HIGH | {"llm"},
    "eval": MIDDLE,
    "cli": TOP,
    "cgi-bin": TOP,
}


def check(tree):
    for path in tree.files(".c", ".h", under=("src/", "cgi-bin/")):
        parts = path.split("/")
        own = parts[1] if parts[0] == "src" else parts[0]
        if own not in ALLOWED:
            yield path, 1, f"src/{own} is not in the table of tests/check/deps.py"
            continue
        text = code_of(tree.read(path), strings=True)
        for line, match in matches(r'#\s*include\s*"([^"]*)"', text):
            other = match.group(1).split("/")[0]
            if "/" not in match.group(1):
                yield path, line, (f'"{match.group(1)}" needs its folder: '
                                   f'"{own}/{match.group(1)}"')
            elif other != own and other not in ALLOWED[own]:
                yield path, line, f"{own} must not depend on {other}"


main(check, [
    ("src/base/planted.c", '#include "json/json.h"\n', 1,
     "base must not depend on json"),
    ("src/json/planted.h", '\n#  include "conf/conf.h"\n', 2,
     "json must not depend on conf"),
    ("src/http/worker.c", '#include "llm/call.h"\n', 1,
     "http must not depend on llm"),
    ("src/docs/planted.c", '#include "auth/key.h"\n', 1,
     "docs must not depend on auth"),
    ("src/llm/planted.c", '/* x */ #include "ops/ready.h"\n', 1,
     "llm must not depend on ops"),
    ("src/ops/planted.c", '#include "cli/cli.h"\n', 1,
     "ops must not depend on cli"),
    ("cgi-bin/planted.c", '#include "cli/cli.h"\n', 1,
     "cgi-bin must not depend on cli"),
    ("src/db/planted.c", '#include "../llm/call.h"\n', 1,
     "db must not depend on .."),
    ("src/llm/planted.c", '#include "call.h"\n', 1, "needs its folder"),
    ("src/nosuch/planted.c", "int x;\n", 1, "not in the table"),
])
