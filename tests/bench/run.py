"""The benchmark: Slipway beside its floors, interleaved in one run, medians of the rounds.

The system under test (web server, workers, PostgreSQL) has processor 0, provider and load have
processor 1.  Compare within one table: the machine decides the absolute numbers."""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import variants  # noqa: E402
from client import wait_for  # noqa: E402
from livesite import ROOT, Site  # noqa: E402

CALL = "tokens=8"
STREAM = "tokens=64,pace=20"
RAMP_MS = 1300  # about one stream
TICK = os.sysconf("SC_CLK_TCK")

CONF = """
[server]
log_level = warn
max_calls = 8000

[limits]
user_daily_usd = 100000
tenant_daily_usd = 100000
system_daily_usd = 100000
"""

FLOORS = """
server.modules = ( "mod_proxy", "mod_fastcgi" )
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{folder}/floors.log"
server.stream-response-body = 2
server.max-connections = 8192
server.max-fds = 16384
$HTTP["url"] =~ "^/v1/" {{
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => {mock} ) ) )
}}
$HTTP["url"] == "/relay" {{
    fastcgi.server = ( "" => ( (
        "socket" => "{folder}/relay.sock", "bin-path" => "{relay}", "max-procs" => 1,
        "check-local" => "disable",
        "bin-environment" => ( "RELAY_URL" => "http://127.0.0.1:{mock}/v1/chat/completions" )
    ) ) )
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pin(pid, cpu):
    subprocess.run(["taskset", "-apc", str(cpu), str(pid)], check=True, stdout=subprocess.DEVNULL)


class System:
    """Something that answers: where, with what request, and whose CPU counts."""

    def __init__(self, name, port, path, body, headers, marker, end, groups):
        self.name, self.port, self.path, self.body, self.headers = name, port, path, body, headers
        self.marker, self.end, self.groups = marker, end, groups

    def cpu(self):
        """CPU seconds so far of each group of processes."""
        return {name: sum(map(cpu_of, set(pids()))) for name, pids in self.groups.items()}

    def request_file(self, folder):
        lines = [f"POST {self.path} HTTP/1.1", "Host: bench", "Connection: close",
                 f"Content-Length: {len(self.body)}"]  # fmt: skip
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        path = os.path.join(folder, f"{self.name.replace(' ', '-')}.http")
        with open(path, "w", encoding="ascii") as f:
            f.write("\r\n".join(lines) + "\r\n\r\n" + self.body)
        return path

    def lua_file(self, folder):
        path = os.path.join(folder, f"{self.name.replace(' ', '-')}.lua")
        with open(path, "w", encoding="ascii") as f:
            f.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(self.body)}\n')
            for k, v in self.headers.items():
                f.write(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n")
        return path


def cpu_of(pid):
    """With the children that it has waited for."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rsplit(b")", 1)[1].split()
        return sum(map(int, fields[11:15])) / TICK
    except OSError:
        return 0.0


def pss_kib(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += next(int(x.split()[1]) for x in f if x.startswith("Pss:"))
        except OSError:
            pass
    return total


class Peak(threading.Thread):
    """The most memory that some processes had while it ran."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.kib, self.going = pids, 0, True

    def run(self):
        while self.going:
            self.kib = max(self.kib, pss_kib(self.pids))
            time.sleep(0.1)

    def stop(self):
        self.going = False
        self.join()
        return self.kib


def difference(before, after, n):
    """CPU seconds per 1,000 of n, of each group and of all."""
    each = {k: 1000 * (after[k] - before[k]) / n for k in before}
    return {**each, "all": sum(each.values())}


def milliseconds(text):
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60000.0)):
        if text.endswith(unit) and text[: -len(unit)].replace(".", "", 1).isdigit():
            return float(text[: -len(unit)]) * factor
    raise ValueError(text)


def run_calls(system, folder, connections, seconds):
    """wrk; every answer must be a 200."""
    before = system.cpu()
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency",
         "-s", system.lua_file(folder), f"http://127.0.0.1:{system.port}{system.path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    after = system.cpu()
    assert "Non-2xx" not in done and "Socket errors" not in done, f"{system.name}: {done}"
    words = done.split()
    n = int(words[words.index("requests") - 1])
    return {
        "calls_s": float(words[words.index("Requests/sec:") + 1]),
        "p50_ms": milliseconds(words[words.index("50%") + 1]),
        "p99_ms": milliseconds(words[words.index("99%") + 1]),
        "cpu": difference(before, after, n),
    }


def run_streams(system, folder, load, concurrent, total, worker):
    idle = pss_kib(worker)
    peak = Peak(worker)
    before = system.cpu()
    peak.start()
    done = subprocess.run(
        ["taskset", "-c", "1", load, "127.0.0.1", str(system.port), system.request_file(folder), system.marker,
         system.end, str(concurrent), str(total), str(RAMP_MS)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    after = system.cpu()
    most = peak.stop()
    seen = json.loads(done)
    return {
        "failed": seen["failed"],
        "ttft_p50_ms": seen["ttft_p50_us"] / 1000,
        "ttft_p99_ms": seen["ttft_p99_us"] / 1000,
        "gap_p50_ms": seen["gap_p50_us"] / 1000,
        "gap_p99_ms": seen["gap_p99_us"] / 1000,
        "cpu": difference(before, after, total),
        "kib_per_stream": (most - idle) / concurrent if worker else 0,
    }


def median(rows):
    """Of each figure over the rounds."""
    first = rows[0]
    return {
        k: median([r[k] for r in rows]) if isinstance(v, dict) else statistics.median(r[k] for r in rows)
        for k, v in first.items()
    }


def children(parent):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", "rb") as f:
                fields = f.read().rsplit(b")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(pid))
    return found


class Bench:
    def __init__(self, options):
        self.options = options
        self.site = Site(options.server, options.build, conf=CONF)
        self.tls = self.peer = None
        if options.variants:
            program = os.path.join(ROOT, options.build, "tests/mock/mock-provider")
            self.tls = variants.TlsProvider(program, self.site.folder)
            self.site.conf += variants.conf(self.tls)
        # what counts is durable
        self.site.make_args = [a for a in self.site.make_args if a != "FSYNC=off"]
        self.floors = None

    def up(self):
        os.sched_setaffinity(0, {0})
        self.site.up()
        pin(self.site.mock.process.pid, 1)
        if self.tls:
            pin(self.tls.process.pid, 1)
        if self.options.history:
            subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.site.dsn, "-f", os.path.join(HERE, "history.sql")],
                           check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        if self.options.peers:
            self.peer = variants.Portkey(free_port())
        self.floor_port = free_port()
        conf = self.site.write(
            "floors.conf",
            FLOORS.format(port=self.floor_port, folder=self.site.folder, mock=self.site.mock.port,
                          relay=os.path.join(self.site.build, "tests/bench/relay")),
        )  # fmt: skip
        self.floors = subprocess.Popen(["lighttpd", "-D", "-f", conf], stdin=subprocess.DEVNULL)
        wait_for(lambda: self.listening(self.floor_port), "the floors' web server")

    @staticmethod
    def listening(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def down(self):
        if self.floors is not None:
            self.floors.terminate()
            self.floors.wait(10)
        for extra in (self.peer, self.tls):
            if extra is not None:
                extra.stop()
        self.site.down()

    def postgres_pids(self):
        """Servers' children name themselves, so neither command nor environment tells whose they are."""
        return [pid for main in self.site.processes("postgres") for pid in (main, *children(main))]

    def systems(self, stream):
        body = json.dumps({"model": "m", "stream": True, "stream_options": {"include_usage": True},
                           "messages": [{"role": "user", "content": "hello"}]})  # fmt: skip
        plain = {"Content-Type": "application/json"}
        user = self.site.user()
        mine = {**plain, "Authorization": "Bearer " + user.key}
        path = "/chat/stream" if stream else "/chat"
        server = {"lighttpd": "lighttpd"}.get(self.options.server, "apache2")
        worker = "chat-stream" if stream else "chat"
        floor = {"web+relay": lambda: [self.floors.pid, *children(self.floors.pid)]}
        site = self.site
        ours = {
            "web": lambda: site.processes(server),
            "worker": lambda: site.processes(worker),
            "PostgreSQL": self.postgres_pids,
        }
        port = int(site.url.rsplit(":", 1)[1])
        systems = [
            System("provider, direct", site.mock.port, "/v1/chat/completions", body, plain, '"content":"', "[DONE]", {}),
            System("lighttpd mod_proxy", self.floor_port, "/v1/chat/completions", body, plain, '"content":"', "[DONE]", floor),
            System("bare relay", self.floor_port, "/relay", body, plain, '"content":"', "[DONE]", floor),
            System("Slipway", port, path, '{"message":"hello"}', mine, '"token":"', "event: done", ours),
        ]  # fmt: skip
        for name, feature in variants.FEATURES.items() if self.options.variants else ():
            text = json.dumps({"message": "hello", "feature": feature})
            systems.append(System(name, port, path, text, mine, '"token":"', "event: done", ours))
        if self.peer:
            asked = body if stream else body.replace('"stream": true, "stream_options": {"include_usage": true}, ', "")
            headers = {**plain, **self.peer.headers(site.mock.port)}
            if self.peer.takes(asked, headers):
                systems.append(System("Portkey", self.peer.port, "/v1/chat/completions", asked, headers,
                                      '"content":"', "[DONE]", {"node": lambda: [self.peer.process.pid]}))  # fmt: skip
        return systems

    def script(self, script):
        self.site.mock.script("m", script)
        if self.tls:
            self.tls.script("m", script)

    def calls(self, connections):
        systems = self.systems(stream=False)
        self.script(CALL)
        rows = {s.name: [] for s in systems}
        for _ in range(self.options.rounds):
            for s in systems:
                rows[s.name].append(run_calls(s, self.site.folder, connections, self.options.seconds))
        return {name: median(r) for name, r in rows.items()}

    def streams(self, concurrent):
        systems = self.systems(stream=True)
        self.script(STREAM)
        # a thread for each stream: more than its threads wait in a queue
        if concurrent > 256:
            systems = [s for s in systems if s.name != "bare relay"]
        load = os.path.join(self.site.build, "tests/bench/load")
        rows = {s.name: [] for s in systems}
        total = max(concurrent, 20)
        for _ in range(self.options.rounds):
            for s in systems:
                workers = s.groups["worker"]() if "worker" in s.groups else []
                rows[s.name].append(run_streams(s, self.site.folder, load, concurrent, total, workers))
        return {name: median(r) for name, r in rows.items()}


def print_calls(connections, table):
    print(f"\n{connections} connection{'s' if connections > 1 else ''}, POST /chat, CPU seconds per 1,000 calls")
    print(f"{'':22}{'calls/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU s':>8}")
    for name, r in table.items():
        print(f"{name:22}{r['calls_s']:10.0f}{r['p50_ms']:9.2f}{r['p99_ms']:9.2f}{r['cpu']['all']:8.3f}  {parts(r)}")


def print_streams(concurrent, table):
    direct = table["provider, direct"]
    print(f"\n{concurrent} streams at a time, 64 tokens, one each 20 ms; added to direct; CPU seconds per 1,000")
    print(f"{'':22}{'failed':>7}{'TTFT p50':>10}{'p99':>8}{'gap p50':>9}{'p99':>8}{'CPU s':>8}{'KiB each':>10}")
    for name, r in table.items():
        d = [r[k] - direct[k] for k in ("ttft_p50_ms", "ttft_p99_ms", "gap_p50_ms", "gap_p99_ms")]
        print(f"{name:22}{r['failed']:7.0f}{d[0]:10.2f}{d[1]:8.2f}{d[2]:9.2f}{d[3]:8.2f}"
              f"{r['cpu']['all']:8.3f}{r['kib_per_stream']:10.1f}  {parts(r)}")  # fmt: skip


def parts(row):
    each = {k: v for k, v in row["cpu"].items() if k != "all"}
    return " ".join(f"{k} {v:.3f}" for k, v in each.items()) if len(each) > 1 else ""


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((x.split(":")[1].strip() for x in f if x.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {"processor": model, "processors": os.cpu_count(), "commit": commit.stdout.strip(), "when": time.strftime("%Y-%m-%d")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--server", default="lighttpd")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of a round of calls")
    parser.add_argument("--connections", default="1 64")
    parser.add_argument("--streams", default="1 100 1000")
    parser.add_argument("--variants", action="store_true", help="with the guard off, and with TLS to the provider")
    parser.add_argument("--history", action="store_true", help="10 million calls and 100,000 users before the first")
    parser.add_argument("--peers", action="store_true", help="gateways that npm has: @portkey-ai/gateway")
    parser.add_argument("--json", help="where the figures go, too")
    options = parser.parse_args()
    bench = Bench(options)
    result = {**machine(), "server": options.server, "history": options.history, "calls": {}, "streams": {}}
    try:
        bench.up()
        for n in map(int, options.connections.split()):
            result["calls"][n] = bench.calls(n)
            print_calls(n, result["calls"][n])
        for n in map(int, options.streams.split()):
            result["streams"][n] = bench.streams(n)
            print_streams(n, result["streams"][n])
    finally:
        bench.down()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)
    print(f"\n{result['processor']}, {result['processors']} processors, commit {result['commit']}, {result['when']}")


if __name__ == "__main__":
    main()
