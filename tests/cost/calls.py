"""System calls of a worker for each request: `strace -c -f` over a site of its own under lighttpd.

Prints a line `NAME COUNT` for each measure: the system calls of the worker and its threads, divided by the
requests.  Those that wait stand apart (`waits.NAME`): how often a worker wakes for the same bytes is the scheduler's
doing, and a busy machine makes more of them.  --detail says which they were, too.  One request at a time, so that what
is counted is what one costs.

`cgi` is a whole process of plain CGI from its start to its end, `cgi_connect` the connections of it, `instructions.cgi` what
callgrind counts in it, as hot.py does; another such process was there within the minute before."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "bench"))

from client import wait_for  # noqa: E402
from hot import counted  # noqa: E402
from livesite import Site, end_in_order  # noqa: E402
from start import cgi  # noqa: E402

WARM_UP = 5
QUIET = """
[server]
log_level = warn
heartbeat = 15s

[database]
connect_timeout = 60s
"""
# name, route, worker, the provider's script, requests
MEASURES = (
    ("chat", "/chat", "chat", "tokens=8", 200),
    ("stream", "/chat/stream", "chat-stream", "tokens=20,pace=10", 20),
)
WAITS = {"epoll_ctl", "epoll_wait", "futex", "poll", "restart_syscall"}


def traced(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return any(x.startswith("TracerPid:") and x.split()[1] != "0" for x in f)


def counts_in(path):
    with open(path, encoding="ascii") as f:
        rows = [line.split() for line in f]
    return {r[0]: int(r[1]) for r in rows if len(r) == 2 and r[1].isdigit() and r[0] != "total"}


class Strace:
    """All system calls of a process while it is open, counted by name."""

    def __init__(self, pid, path):
        self.path = path
        self.process = subprocess.Popen(
            ["strace", "-f", "-c", "-U", "name,calls", "-o", path, "-p", str(pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        tasks = os.listdir(f"/proc/{pid}/task")
        wait_for(lambda: all(traced(f"{pid}/task/{t}") for t in tasks), "strace to follow every thread")

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return counts_in(self.path)


def send(user, route, times):
    for _ in range(times):
        if route == "/chat":
            assert user.chat("hello").status == 200
        else:
            user.stream("hello").rest()


def measure(site, route, program, script, times, at_once):
    user = site.user()
    site.mock.script("m", script)
    send(user, route, WARM_UP)
    (pid,) = site.processes(program)
    strace = Strace(pid, os.path.join(site.folder, "strace.out"))
    threads = [threading.Thread(target=send, args=(user, route, times // at_once)) for _ in range(at_once)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    user.settled(WARM_UP + times // at_once * at_once)
    counts = strace.close()
    return {name: n / times for name, n in counts.items()}


def plain_cgi(site, under):
    text, _, _ = cgi(site, "chat", "POST", "/chat", site.one_shot.key, under)
    assert b"200" in text.split(b"\r\n", 1)[0], text


def measure_cgi(site):
    """Counts by name of one process, and its instructions (0: there is no valgrind)."""
    out = os.path.join(site.folder, "cgi.out")
    site.one_shot = site.user()
    plain_cgi(site, ())
    plain_cgi(site, ("strace", "-f", "-c", "-U", "name,calls", "-o", out))
    counts = counts_in(out)
    if shutil.which("valgrind") is None or b"__asan_init" in open(os.path.join(site.build, "cgi-bin", "chat"), "rb").read():
        return counts, 0
    plain_cgi(site, ("valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={out}"))
    return counts, counted(out)


def show(name, counts, detail):
    print(f"{name} {sum(counts.values()):.2f}")
    if detail:
        rows = sorted(counts.items(), key=lambda x: -x[1])
        print("  " + " ".join(f"{k} {v:.2f}" for k, v in rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--detail", action="store_true")
    parser.add_argument("--at-once", type=int, default=1)
    options = parser.parse_args()
    end_in_order()
    site = Site("lighttpd", options.build, conf=QUIET)
    try:
        site.up()
        for name, route, program, script, times in MEASURES:
            each = measure(site, route, program, script, times, options.at_once)
            show("syscalls." + name, {k: n for k, n in each.items() if k not in WAITS}, options.detail)
            show("waits." + name, {k: n for k, n in each.items() if k in WAITS}, options.detail)
        counts, instructions = measure_cgi(site)
        show("syscalls.cgi", counts, options.detail)
        print(f"syscalls.cgi_connect {counts['connect']}")
        if instructions > 0:
            print(f"instructions.cgi {instructions}")
    finally:
        site.down()


if __name__ == "__main__":
    main()
