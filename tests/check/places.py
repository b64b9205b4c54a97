#!/usr/bin/env python3
"""Nothing that is committed knows the machine it was written on."""

import os

from house import main, matches

# Folders of a workplace; written so that this file does not match itself.
FOLDERS = r"(?<![\w.~}*)])/(?:w[o]rk|r[o]ot|w[o]rkspace|w[o]rkspaces)/\w"

# Lock files name where packages came from: only the public registry.
RESOLVED = r'"resolved": "(?!https://registry\.npmjs\.org/)([^"]*)"'


def is_text(path):
    with open(path, "rb") as f:
        return b"\0" not in f.read(8192)


def check(tree):
    for path in tree.files():
        if not os.path.isfile(tree.path(path)) or not is_text(tree.path(path)):
            continue
        text = tree.read(path)
        for line, match in matches(FOLDERS, text):
            yield path, line, f"a folder of one machine: {match.group()}…"
        if path.endswith("package-lock.json"):
            for line, match in matches(RESOLVED, text):
                yield path, line, f"not the public registry: {match.group(1)}"


main(check, [
    ("README.md", "\nSee /w" "ork/main for more.\n", 2, "a folder of one"),
    ("dist/planted.sh", "cd /ro" "ot/x\n", 1, "a folder of one machine"),
    ("tests/e2e/planted.py", "x = '/w" "orkspace/y'\n", 1, "a folder of one"),
    ("tests/planted/package-lock.json",
     '\n"resolved": "http://mirror.example/x.tgz"\n', 2, "public registry"),
])
