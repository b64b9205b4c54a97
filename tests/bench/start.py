"""What a worker costs before it does anything: from fork to the first answer, and a whole call as a plain CGI program.

    make -s all mock && python3 tests/bench/start.py [--build BUILD] [--starts 30] [--pooler] [--json FILE]

Wall is from fork until the answer was read, CPU that of the worker (by wait4), PostgreSQL that of its server and all
backends, divided by the starts.  The site is one of `make up` with fsync on; nothing else runs on processor 0.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from fastcgi import Worker  # noqa: E402
from livesite import Site  # noqa: E402
from processes import cpu_of_all, server_pids  # noqa: E402
from tables import print_starts  # noqa: E402

CONF = """
[server]
log_level = warn

[limits]
user_daily_usd = 100000
tenant_daily_usd = 100000
system_daily_usd = 100000
"""
# name, program, method, path, is it a call
STARTS = (
    ("health", "health", "GET", "/healthz", False),
    ("chat, refused (no key)", "chat", "POST", "/chat", False),
    ("chat, answered", "chat", "POST", "/chat", True),
    ("chat-stream, answered", "chat-stream", "POST", "/chat/stream", True),
)
BODY = b'{"message":"hello"}'


def cgi(site, program, method, path, key, under=()):
    """Fork to the end of its output, as apache-conf/cgi.conf has it; the kernel's account of it.  under: the command that runs it."""
    env = {"REQUEST_METHOD": method, "REQUEST_URI": path, "CONTENT_LENGTH": str(len(BODY)), "PATH": os.environ["PATH"],
           "GATEWAY_INTERFACE": "CGI/1.1", "SLIPWAY_CONF": os.path.join(site.var, "slipway.conf"),
           "GNUTLS_NO_IMPLICIT_INIT": "1"}  # fmt: skip
    if key:
        env["HTTP_AUTHORIZATION"] = "Bearer " + key
    (stdin, body), (answer, stdout) = os.pipe(), os.pipe()
    os.write(body, BODY)
    os.close(body)
    command = [*under, os.path.join(site.build, "cgi-bin", program)]
    begun = time.monotonic()
    pid = os.posix_spawnp(
        command[0], command, env,
        file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)],
    )  # fmt: skip
    os.close(stdin)
    os.close(stdout)
    with open(answer, "rb") as f:
        text = f.read()
    wall = time.monotonic() - begun
    _, _, used = os.wait4(pid, 0)
    return text, wall, used.ru_utime + used.ru_stime


def fastcgi(site, program, method, path, key):
    """Fork to the first answer."""
    begun = time.monotonic()
    worker = Worker(site, program)
    try:
        text = worker.request(method, path, key, BODY).until()
        wall = time.monotonic() - begun
        tasks = f"/proc/{worker.process.pid}/task"
        cpu = sum(int(one_line(f"{tasks}/{t}/schedstat").split()[0]) for t in os.listdir(tasks))
        return text, wall, cpu / 1e9
    finally:
        worker.stop()


def one_line(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def wanted(text, method, is_call):
    status = text.split(b"\r\n", 1)[0]
    good = b"200" in status if is_call or method == "GET" else b"401" in status
    assert good, text


def database_cpu(site):
    pooler = [site.pooler.process.pid] if site.pooler else []
    return cpu_of_all([*server_pids(site), *pooler])


def measure(site, how, row, starts):
    _, program, method, path, is_call = row
    key = site.user().key if is_call else ""
    how(site, program, method, path, key)  # its files are in memory now
    before = database_cpu(site)
    taken = []
    for _ in range(starts):
        text, wall, cpu = how(site, program, method, path, key)
        wanted(text, method, is_call)
        taken.append((wall, cpu))
    # a backend that ends is counted when its server has waited for it
    time.sleep(0.5)
    database = (database_cpu(site) - before) / starts
    return {
        "wall_ms": 1000 * statistics.median(t[0] for t in taken),
        "cpu_ms": 1000 * statistics.median(t[1] for t in taken),
        "database_ms": 1000 * database,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--starts", type=int, default=30)
    parser.add_argument("--pooler", action="store_true", help="PgBouncer between; its CPU counts as PostgreSQL's")
    parser.add_argument("--json", help="where the figures go, too")
    options = parser.parse_args()
    site = Site("lighttpd", options.build, conf=CONF, pooler=options.pooler)
    site.make_args = [a for a in site.make_args if a != "FSYNC=off"]
    table = {}
    with contextlib.ExitStack() as stack:
        stack.callback(site.down)
        site.up()
        os.sched_setaffinity(0, {0})
        for row in STARTS:
            for name, how in (("plain CGI", cgi), ("FastCGI", fastcgi)):
                table[f"{row[0]}, {name}"] = measure(site, how, row, options.starts)
    print_starts(table)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({"starts": table}, f, indent=1)


if __name__ == "__main__":
    main()
