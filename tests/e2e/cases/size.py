"""Small stays small."""

import os
import shutil
import subprocess

from case import case
from client import wait_for

MEBIBYTE = 1 << 20
# A build with sanitizers (SANITIZE=1) is neither small nor meant to be.
SANITIZED = bool(os.environ.get("SANITIZE"))


@case(modes=() if SANITIZED else ("lighttpd", "apache-proxy", "apache-fcgid"))
def idle_worker_memory(site):
    """Private memory of every worker that has served a request and now waits."""
    user = site.user()
    for _ in range(3):
        user.chat()
        with user.stream() as stream:
            stream.rest()
    user.get("/docs/search", q="x")
    for path in ("/healthz", "/ready", "/about", "/nothing"):
        site.http.get(path)
    site.mock.wait_in_flight(0)
    seen = 0
    for name in programs(site):
        for pid in site.processes(name):
            private = wait_for(lambda p=pid: private_bytes(p), f"smaps of {name}")
            assert private < 8 * MEBIBYTE, f"{name}: {private / MEBIBYTE:.1f} MiB private"
            seen += 1
    assert seen >= 5, f"{seen} workers seen"


def programs(site):
    return [n for n in os.listdir(os.path.join(site.build, "cgi-bin")) if "." not in n]


def private_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        lines = [line.split() for line in f if line.startswith("Private_")]
    return sum(int(fields[1]) for fields in lines) * 1024


@case(modes=() if SANITIZED else ("lighttpd",))
def stripped_binaries(site):
    for name in programs(site):
        copy = os.path.join(site.folder, "stripped")
        shutil.copy(os.path.join(site.build, "cgi-bin", name), copy)
        subprocess.run(["strip", copy], check=True)
        size = os.stat(copy).st_size
        assert size < MEBIBYTE, f"{name}: {size} bytes"
