"""Instructions of a worker's loop thread for each streamed call and each token, by callgrind: `/chat/stream`, 100 streams
of 16 tokens and 100 of 80, in FastCGI without a web server.  Kernel and other threads are left out, libc and libcurl are not.

    make -s all mock && python3 tests/cost/worker.py [--build BUILD] [--keep FOLDER]

--keep leaves what callgrind wrote there, for callgrind_annotate."""

import argparse
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from fastcgi import Worker  # noqa: E402
from livesite import Site  # noqa: E402

FEW, MANY, STREAMS, AT_ONCE, WARM_UP = 16, 80, 100, 10, 10
QUIET = """
[server]
log_level = warn
heartbeat = 15s
"""


def stream(worker, key, times):
    for _ in range(times):
        answer = worker.request("POST", "/chat/stream", key, b'{"message":"hello"}').until()
        assert b"event: done" in answer, answer


def total(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("totals:"))


def count(site, key, tokens, out):
    site.mock.script("m", f"tokens={tokens},pace=2")
    worker = Worker(site, "chat-stream", under=("valgrind", "--tool=callgrind", "-q", "--toggle-collect=loop_run",
                                                f"--callgrind-out-file={out}"))  # fmt: skip
    try:
        stream(worker, key, WARM_UP)
        subprocess.run(["callgrind_control", "-z", str(worker.process.pid)], check=True, capture_output=True)
        threads = [threading.Thread(target=stream, args=(worker, key, STREAMS // AT_ONCE)) for _ in range(AT_ONCE)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        worker.stop()
    return total(out) / STREAMS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--keep", metavar="FOLDER", help="where to leave what callgrind wrote")
    options = parser.parse_args()
    site = Site("lighttpd", options.build, conf=QUIET)
    try:
        site.up()
        key = site.user().key
        folder = options.keep or site.folder
        few, many = (count(site, key, n, os.path.join(folder, f"callgrind.{n}")) for n in (FEW, MANY))
        token = (many - few) / (MANY - FEW)
        print(f"a token {token:.0f}, a call beside its tokens {few - FEW * token:.0f}")
    finally:
        site.down()


if __name__ == "__main__":
    main()
