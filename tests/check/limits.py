#!/usr/bin/env python3
"""Sizes: files of 500 lines, functions of 60, lines of 80 columns."""

import re

from house import code_of, line_of, main

MAX_FILE = 500
MAX_TEST_FILE = 1000  # a program of many cases
MAX_FUNCTION = 60
MAX_COLUMNS = 80
MAX_HEAD = 2000  # characters that name and parameters take, at most


def functions(text):
    """(line, name, lines between the braces) of each function.

    House style puts both braces of a function into the first column.
    """
    for match in re.finditer(r"(?m)^\{\n(.*?)^\}", text, re.S):
        head = text[max(0, match.start() - MAX_HEAD):match.start()].rstrip()
        name = re.search(r"(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*$", head)
        if name:
            yield (line_of(text, match.start()), name.group(1),
                   match.group(1).count("\n"))


def columns_of(line, is_test):
    """What stands in the strings of a test is data and may be long."""
    if is_test:
        line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line).rstrip("\\ \t")
    return len(line.expandtabs(8))


def check(tree):
    for path in tree.files(".c", ".h", under=("src/", "cgi-bin/", "tests/")):
        text = tree.read(path)
        lines = text.splitlines()
        is_test = path.startswith("tests/")
        most = MAX_TEST_FILE if is_test else MAX_FILE
        if path.endswith(".c") and len(lines) > most:
            yield path, len(lines), (f"{len(lines)} lines; a file has at most "
                                     f"{most}")
        for number, line in enumerate(lines, 1):
            columns = columns_of(line, is_test)
            if columns > MAX_COLUMNS:
                yield path, number, f"{columns} columns; a line has at most " \
                                    f"{MAX_COLUMNS}"
        for number, name, count in functions(code_of(text)):
            if count > MAX_FUNCTION:
                yield path, number, (f"{name}() has {count} lines; a function "
                                     f"has at most {MAX_FUNCTION}")


LONG = "static int planted(int (*fn)(int), int b)\n{\n" + "\tb++;\n" * 61 + "}\n"

main(check, [
    ("src/base/planted.c", "int x;\n" * 501, 501, "501 lines"),
    ("tests/unit/planted.c", "int x;\n" * 1001, 1001, "1001 lines"),
    ("src/base/planted_function.c", LONG, 2, "planted() has 61 lines"),
    ("tests/unit/planted_tabs.c", "\n" + "\t" * 10 + "x\n", 2, "81 columns"),
    ("tests/unit/planted_string.c", '"' + "x" * 90 + '"' + "x" * 79 + "\n", 1,
     "81 columns"),
    ("src/base/planted_string.c", '"' + "x" * 90 + '"\n', 1, "92 columns"),
    ("src/base/planted.h", "/* " + "x" * 76 + " */\n", 1, "82 columns"),
])
