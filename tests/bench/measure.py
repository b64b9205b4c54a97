"""One round of calls or of streams at one system, and what it took."""

import json
import os
import re
import statistics
import subprocess

from processes import Peak, busy, cpu_of_all, pss_kib

RAMP_MS = 1300  # about one stream
STREAM_TOKENS, PACE_MS = 64, 20
KEEP_ALIVE = 100  # Apache's MaxKeepAliveRequests


class System:
    """Something that answers: where, with what request, and whose CPU counts.

    groups: name -> function that finds the processes; None: processes too short-lived to be asked, which have
    what is left of the processor's time.  most: of streams that it takes at a time."""

    def __init__(self, name, port, path, body, headers, groups, openai=True, most=100000):
        self.name, self.port, self.path, self.body, self.headers = name, port, path, body, headers
        self.groups, self.most = groups, most
        self.marker, self.end = ('"content":"', "[DONE]") if openai else ('"token":"', "event: done")

    def cpu(self):
        """CPU seconds so far of each group of processes."""
        total = busy(0)
        each = {name: cpu_of_all(pids()) for name, pids in self.groups.items() if pids}
        each.update({name: total - sum(each.values()) for name, pids in self.groups.items() if not pids})
        return each

    def memory(self):
        """MiB of each group."""
        return {name: pss_kib(set(pids())) / 1024 for name, pids in self.groups.items() if pids}

    def worker(self):
        find = self.groups.get("worker")
        return find() if find else []

    def request_file(self, folder):
        lines = [f"POST {self.path} HTTP/1.1", "Host: bench", "Connection: close",
                 f"Content-Length: {len(self.body)}"]  # fmt: skip
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        path = os.path.join(folder, "request.http")
        with open(path, "w", encoding="ascii") as f:
            f.write("\r\n".join(lines) + "\r\n\r\n" + self.body)
        return path

    def lua_file(self, folder):
        path = os.path.join(folder, "request.lua")
        with open(path, "w", encoding="ascii") as f:
            f.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(self.body)}\n')
            for k, v in self.headers.items():
                f.write(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n")
        return path


def difference(before, after, n):
    """CPU seconds per 1,000 of n, of each group and of all."""
    each = {k: 1000 * (after[k] - before[k]) / n for k in before}
    return {**each, "all": sum(each.values())}


def milliseconds(text):
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60000.0)):
        if text.endswith(unit) and text[: -len(unit)].replace(".", "", 1).isdigit():
            return float(text[: -len(unit)]) * factor
    raise ValueError(text)


def failures(done, n):
    """Of wrk's own count.  Apache ends a connection after 100 requests, which wrk calls a read error where the answer is chunked."""
    found = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done)
    connect, read, write, timeout = map(int, found.groups()) if found else (0, 0, 0, 0)
    return connect + write + timeout + max(0, read - n // KEEP_ALIVE) + done.count("Non-2xx")


def run_calls(system, folder, connections, seconds):
    """wrk; every answer must be a 200."""
    before = system.cpu()
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency",
         "-s", system.lua_file(folder), f"http://127.0.0.1:{system.port}{system.path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    after = system.cpu()
    words = done.split()
    n = int(words[words.index("requests") - 1])
    assert failures(done, n) == 0, f"{system.name}: {done}"
    return {
        "calls_s": float(words[words.index("Requests/sec:") + 1]),
        "p50_ms": milliseconds(words[words.index("50%") + 1]),
        "p99_ms": milliseconds(words[words.index("99%") + 1]),
        "cpu": difference(before, after, n),
        "mib": system.memory(),
    }


def pace(concurrent):
    """Of more than 1,000 streams each is slower, so that as many tokens a second flow; and begins later."""
    factor = max(1.0, concurrent / 1000)
    return int(PACE_MS * factor), int(RAMP_MS * factor)


def stream_script(concurrent):
    return f"tokens={STREAM_TOKENS},pace={pace(concurrent)[0]}"


def run_streams(system, folder, load, concurrent):
    total = max(concurrent, 20)
    idle = pss_kib(system.worker())
    peak = Peak(system.worker)
    before = system.cpu()
    peak.start()
    done = subprocess.run(
        ["taskset", "-c", "1", load, "127.0.0.1", str(system.port), system.request_file(folder), system.marker,
         system.end, str(concurrent), str(total), str(pace(concurrent)[1])],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    after = system.cpu()
    most = peak.stop()
    seen = json.loads(done)
    row = {k.replace("_us", "_ms"): seen[k] / 1000 for k in ("ttft_p50_us", "ttft_p99_us", "gap_p50_us", "gap_p99_us")}
    return {
        "failed": seen["failed"],
        "at_once": seen["at_once"],
        **row,
        "cpu": difference(before, after, total),
        "mib": system.memory(),
        "worker_rest_mib": idle / 1024,
        "worker_peak_mib": most / 1024,
        "kib_per_stream": (most - idle) / concurrent if system.worker() else 0,
    }


def median(rows):
    """Of each figure over the rounds."""
    first = rows[0]
    return {
        k: median([r[k] for r in rows]) if isinstance(v, dict) else statistics.median(r[k] for r in rows)
        for k, v in first.items()
    }
