#!/usr/bin/env python3
"""The C code is as clang-format would write it."""

import re
import subprocess

from house import main, need


def check(tree):
    need("clang-format")
    paths = tree.files(".c", ".h", under=("src/", "cgi-bin/", "tests/"))
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths],
                         cwd=tree.root, text=True, capture_output=True,
                         check=False)
    seen = set()
    for match in re.finditer(r"(?m)^(\S+?):(\d+):\d+: error: ", run.stderr):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield (match.group(1), int(match.group(2)),
                   "run clang-format -i on this file")
    if run.returncode != 0 and not seen:
        yield ".clang-format", 1, run.stderr.strip()


main(check, [
    ("src/base/planted.c", "int x;\nint  y;\n", 2, "run clang-format"),
    ("cgi-bin/planted.c", "int f(void) {\n\treturn 1;\n}\n", 1,
     "run clang-format"),
])
