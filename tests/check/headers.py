#!/usr/bin/env python3
"""Every header compiles on its own, and has the guard that its path gives."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from house import main, matches, need

FLAGS = ("-std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Wall -Wextra "
         "-Werror -fsyntax-only -x c").split()


def package_flags(tree):
    """Where the headers of the packages are, as the Makefile has it."""
    run = subprocess.run(
        ["make", "-s", "--no-print-directory",
         "--eval", "package-flags: ; @echo $(PKG_INC)", "package-flags"],
        cwd=tree.root, text=True, capture_output=True, check=True)
    return run.stdout.split()


def guard_of(path):
    words = re.findall(r"\w+", path.removeprefix("src/"))
    return "SLIPWAY_" + "_".join(words).upper()


def compile_alone(tree, path, flags):
    """The compiler's first complaint about path as (line, text), or None."""
    run = subprocess.run(
        ["gcc", *FLAGS, *flags, "-Isrc", "-I" + os.path.dirname(path), "-"],
        input=f'#include "{path}"\n', cwd=tree.root, text=True,
        capture_output=True, check=False)
    if run.returncode == 0:
        return None
    for _, match in matches(r"(?m)^(\S+?):(\d+):\d+: (.*error.*)$", run.stderr):
        line = int(match.group(2)) if match.group(1) == path else 1
        return line, match.group(3)
    return 1, "does not compile alone"


def check(tree):
    need("gcc")
    need("make")
    flags = package_flags(tree)
    paths = tree.files(".h", under=("src/", "tests/"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compile_alone(tree, path, flags), paths)
    for path, result in zip(paths, results):
        if result:
            yield path, result[0], f"not self-contained: {result[1]}"
    for path in tree.files(".h", under=("src/",)):
        text = tree.read(path)
        want = f"#ifndef {guard_of(path)}\n#define {guard_of(path)}\n"
        if not text.startswith(want):
            yield path, 1, f"the guard is not {guard_of(path)}"


main(check, [
    ("src/base/planted.h",
     "#ifndef SLIPWAY_BASE_PLANTED_H\n#define SLIPWAY_BASE_PLANTED_H\n"
     "size_t planted(void);\n#endif\n", 3, "not self-contained"),
    ("src/base/guard.h", "#ifndef PLANTED\n#define PLANTED\n#endif\n", 1,
     "the guard is not SLIPWAY_BASE_GUARD_H"),
])
