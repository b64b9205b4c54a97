#!/usr/bin/env python3
"""What a header of src/ offers is used by somebody else than its own file."""

import re
from collections import Counter

from house import code_of, line_of, main

# A prototype begins in the first column.
PROTOTYPE = re.compile(r"^(?!static|typedef|#)[A-Za-z][\w \t*]*?\b(\w+)\(", re.M)
MACRO = re.compile(r"^#define[ \t]+(\w+)", re.M)

# Offered for tests alone, and why.
FOR_TESTS = {
    "ledger_admit_wait": "a test waits where a worker goes on",
}


def check(tree):
    texts = {path: code_of(tree.read(path)) for path in tree.files(
        ".c", ".h", under=("src/", "cgi-bin/", "tests/"))}
    words = {path: Counter(re.findall(r"\w+", text))
             for path, text in texts.items()}
    product, tests, files = Counter(), Counter(), Counter()
    for path, count in words.items():
        (tests if path.startswith("tests/") else product).update(count)
        files.update(count.keys())
    for path, text in texts.items():
        if not path.startswith("src/") or not path.endswith(".h"):
            continue
        for match in PROTOTYPE.finditer(text):
            name, line = match.group(1), line_of(text, match.start(1))
            # the prototype and the definition are no use of it
            uses = product[name] - 2
            if uses + tests[name] < 1:
                yield path, line, f"nobody uses {name}()"
            elif uses < 1 and name not in FOR_TESTS:
                yield path, line, f"only tests use {name}()"
            elif files[name] < 3 and words[path][name] < 2:
                yield path, line, (f"{name}() is used in its own file alone, "
                                   "where it should be static")
        for match in MACRO.finditer(text):
            if product[match.group(1)] + tests[match.group(1)] < 2:
                yield (path, line_of(text, match.start(1)),
                       f"nobody uses {match.group(1)}")


main(check, [
    ("src/base/planted.h", "\nint planted(void);\n", 2,
     "nobody uses planted()"),
    ("src/base/buf.h", "ERR_MUST_USE enum err\nbuf_err(const struct buf *);\n"
     "struct str *planted_of(struct buf *b,\n\tint n);\n", 3,
     "nobody uses planted_of()"),
    ("src/base/planted.h", "#define PLANTED 1\n", 1, "nobody uses PLANTED"),
])
