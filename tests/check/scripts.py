#!/usr/bin/env python3
"""Shell and Python scripts parse, and those with a #! line may be run."""

import os
import re
import subprocess

from house import main, need


def shell_fault(tree, path, shell):
    run = subprocess.run([shell, "-n", path], cwd=tree.root, text=True,
                         capture_output=True, check=False)
    if run.returncode == 0:
        return None
    match = re.search(r": (?:line )?(\d+): (.*)", run.stderr)
    if match:
        return int(match.group(1)), match.group(2)
    return 1, run.stderr.strip()


def python_fault(tree, path):
    try:
        compile(tree.read(path), path, "exec")
    except (SyntaxError, ValueError) as e:
        return getattr(e, "lineno", None) or 1, str(e)
    return None


def fault_of(tree, path, first):
    if path.endswith(".py") or "python" in first:
        return python_fault(tree, path)
    if path.endswith(".sh") or re.search(r"\b(ba)?sh\b", first):
        bash = "bash" in first or not first.startswith("#!")
        return shell_fault(tree, path, "bash" if bash else "sh")
    return None


def check(tree):
    need("bash")
    for path in tree.files():
        full = tree.path(path)
        if not os.path.isfile(full):
            continue
        with open(full, "rb") as f:
            first = f.readline(200).decode("utf-8", "replace")
        hashbang = first.startswith("#!")
        if not hashbang and not path.endswith((".py", ".sh")):
            continue
        fault = fault_of(tree, path, first if hashbang else "")
        if fault:
            yield path, fault[0], f"does not parse: {fault[1]}"
        if hashbang and not os.access(full, os.X_OK):
            yield path, 1, "has a #! line, but may not be run: chmod +x"


main(check, [
    ("tests/planted.sh", "#!/bin/sh\nif true; then\n", 3, "does not parse"),
    ("tests/planted.sh", "echo one\nfor x in; do )\n", 2, "does not parse"),
    ("tests/planted.py", "x = 1\ndef f(:\n", 2, "does not parse"),
    ("dist/planted", "#!/bin/bash\nx=(\n", 2, "does not parse"),
    ("dist/planted", "#!/bin/sh\ntrue\n", 1, "may not be run"),
])
