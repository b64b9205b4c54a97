"""Instructions of the hot paths, by callgrind.

Prints a line `NAME COUNT` for each path of hot.c: instructions for one time.  What libc does is left out: it has other
code for each kind of processor; and so is what libpcre2 makes at run time."""

import glob
import os
import re
import subprocess
import sys
import tempfile

TIMES = 1000
LEFT_OUT = re.compile(r"/(libc|ld-linux[^/]*|libm)[.-][^/]*$|^\?\?\?$")
COST = re.compile(r"^(?:[+*-]?\d*|0x[0-9a-f]+) (\d+)$")


def counted(path):
    """Instructions in a callgrind file, of the objects that count."""
    names, total, counts, called = {}, 0, False, False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith(("ob=", "cob=")):
                kind, _, value = line.partition("=")
                ident, _, name = value.partition(" ")
                name = names.setdefault(ident, name)
                counts = LEFT_OUT.search(name) is None if kind == "ob" else counts
            elif line.startswith("calls="):
                called = True  # the next line is what the callee cost, counted there
            elif (cost := COST.match(line)) is not None:
                total += int(cost.group(1)) if counts and not called else 0
                called = False
    return total


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "-q", "--dump-before=mark", f"--callgrind-out-file={out}",
             program, str(TIMES)], check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        names = done.stdout.split()
        dumps = sorted(glob.glob(out + ".*"), key=lambda p: int(p.rpartition(".")[2]))
        # what was counted until the first mark of each path, and from there to the second
        assert len(dumps) >= 2 * len(names), dumps
        for i, name in enumerate(names):
            print(f"instructions.{name} {counted(dumps[2 * i + 1]) / TIMES:.0f}")


if __name__ == "__main__":
    main()
