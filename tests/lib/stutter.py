#!/usr/bin/env python3
"""Run a suite while its processes stand still at random moments: what fails then was a matter of a quick machine.

    tests/lib/stutter.py [--most SECONDS] [--gap SECONDS] [--seed N] COMMAND...

for example tests/lib/stutter.py tests/browser/run.sh talk.  One process, all of one program, or all of them are stopped
for up to --most seconds, and go on for up to --gap seconds.  Ends with the status of the command.  Root sees the
processes of other users, too.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading


def processes(mark):
    """(pid, program) of those that have the mark in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if mark not in f.read():
                    continue
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                found.append((int(pid), f.read().strip()))
        except OSError:
            pass  # it has ended
    return found


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def chosen(found, r):
    """The pids that are stopped this time."""
    kind = r.random()
    if kind < 0.4:
        program = r.choice(sorted({name for _, name in found}))
        return [pid for pid, name in found if name == program]
    if kind < 0.8:
        return [r.choice(found)[0]]
    return [pid for pid, _ in found]


def stutter(mark, options, over):
    r = random.Random(options.seed)
    while not over.wait(r.uniform(0.02, options.gap)):
        pids = chosen(processes(mark) or [(0, "")], r)
        if pids == [0]:
            continue  # not there yet
        send(pids, signal.SIGSTOP)
        try:
            over.wait(r.uniform(0.1, options.most))
        finally:
            send(pids, signal.SIGCONT)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=float, default=1.2)
    parser.add_argument("--gap", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("which suite?")
    over = threading.Event()
    with tempfile.TemporaryDirectory(prefix="slipway-stutter-") as folder:
        os.chmod(folder, 0o755)  # users of servers must get through
        process = subprocess.Popen(options.command, env={**os.environ, "TMPDIR": folder})
        thread = threading.Thread(target=stutter, args=(f"TMPDIR={folder}".encode(), options, over))
        thread.start()
        try:
            status = process.wait()
        except KeyboardInterrupt:
            status = process.wait()  # it was told, too
        finally:
            over.set()
            thread.join()
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
