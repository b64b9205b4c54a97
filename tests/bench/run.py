"""The benchmark: Slipway beside its floors, interleaved in one run, medians of the rounds.

The system under test (web server, workers, PostgreSQL) has processor 0, provider and load have
processor 1.  Compare within one table: the machine decides the absolute numbers."""

import argparse
import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import variants  # noqa: E402
from case import ALL  # noqa: E402
from client import wait_for  # noqa: E402
from livesite import ROOT, Site  # noqa: E402
from measure import System, median, run_calls, run_streams, stream_script  # noqa: E402
from processes import children, cpu_of_all, pin, server_pids  # noqa: E402
from tables import print_calls, print_machine, print_streams  # noqa: E402

CALL = "tokens=8"
# Processes that serve one request each: more at a time wait or are refused.
ONE_EACH, MOST_EACH = ("apache-fcgid", "apache-cgi"), 64
SLOW_TOKENS = 150000  # more than all sockets on the way hold
SLOW_BESIDE = 100  # streams that are read

CONF = """
[server]
log_level = warn
max_calls = 8000
write_timeout = 10m

[limits]
user_daily_usd = 100000
tenant_daily_usd = 100000
system_daily_usd = 100000

[feature bench-slow]
route = mock/second
max_output_tokens = 200000
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


def rests(pids):
    """Did these processes do nothing for half a second?"""
    before = cpu_of_all(pids)
    time.sleep(0.5)
    return cpu_of_all(pids) == before


class Bench:
    def __init__(self, options):
        self.options = options
        servers = ALL if options.server == "all" else (options.server,)
        # what is measured: name of its rows -> site
        self.sites = {f"Slipway, {s}" if len(servers) > 1 else "Slipway": self.new_site(s) for s in servers}
        self.site = next(iter(self.sites.values()))
        self.full = self.tls = self.peer = self.floors = None
        if options.history:
            self.full = self.sites["Slipway, 10 million calls"] = self.new_site(servers[0])
        if options.variants:
            program = os.path.join(ROOT, options.build, "tests/mock/mock-provider")
            self.tls = variants.TlsProvider(program, self.site.folder)
            self.site.conf += variants.conf(self.tls)

    def new_site(self, server):
        site = Site(server, self.options.build, conf=CONF)
        # what counts is durable
        site.make_args = [a for a in site.make_args if a != "FSYNC=off"]
        return site

    def up(self):
        os.sched_setaffinity(0, {0})
        for site in self.sites.values():
            site.up()
            pin(site.mock.process.pid, 1)
        if self.tls:
            pin(self.tls.process.pid, 1)
        if self.full:
            subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.full.dsn, "-f", os.path.join(HERE, "history.sql")],
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
        os.sched_setaffinity(0, {1})  # what follows only looks on

    @staticmethod
    def listening(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def down(self):
        with contextlib.ExitStack() as all_of_it:
            for site in self.sites.values():
                all_of_it.callback(site.down)
            for extra in (self.peer, self.tls):
                if extra is not None:
                    all_of_it.callback(extra.stop)
            if self.floors is not None:
                self.floors.terminate()
                self.floors.wait(10)

    def slipway(self, name, site, stream, feature="chat"):
        server = "lighttpd" if site.server == "lighttpd" else "apache2"
        worker = "chat-stream" if stream else "chat"
        groups = {
            "web": lambda: site.processes(server),
            "worker": None if site.server == "apache-cgi" else lambda: site.processes(worker),
            "PostgreSQL": lambda: server_pids(site),
        }
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + site.user().key}
        text = json.dumps({"message": "hello", "feature": feature})
        port = int(site.url.rsplit(":", 1)[1])
        most = MOST_EACH if site.server in ONE_EACH else 100000
        return System(name, port, "/chat/stream" if stream else "/chat", text, headers, groups, openai=False, most=most)

    def systems(self, stream):
        body = json.dumps({"model": "m", "stream": True, "stream_options": {"include_usage": True},
                           "messages": [{"role": "user", "content": "hello"}]})  # fmt: skip
        plain = {"Content-Type": "application/json"}
        floor = {"web+relay": lambda: [self.floors.pid, *children(self.floors.pid)]}
        path = "/v1/chat/completions"
        found = [
            System("provider, direct", self.site.mock.port, path, body, plain, {}),
            System("lighttpd mod_proxy", self.floor_port, path, body, plain, floor),
            # a thread for each stream: more than its threads wait in a queue
            System("bare relay", self.floor_port, "/relay", body, plain, floor, most=256),
        ]
        found += [self.slipway(name, site, stream) for name, site in self.sites.items()]
        for name, feature in variants.FEATURES.items() if self.options.variants else ():
            found.append(self.slipway(name, self.site, stream, feature))
        if self.peer:
            asked = body if stream else body.replace('"stream": true, "stream_options": {"include_usage": true}, ', "")
            headers = {**plain, **self.peer.headers(self.site.mock.port)}
            if self.peer.takes(asked, headers):
                found.append(System("Portkey", self.peer.port, path, asked, headers, {"node": lambda: [self.peer.process.pid]}))
        return found

    def script(self, script):
        for site in self.sites.values():
            site.mock.script("m", script)
        if self.tls:
            self.tls.script("m", script)

    def rounds(self, systems, run):
        rows = {s.name: [] for s in systems}
        for _ in range(self.options.rounds):
            for s in systems:
                rows[s.name].append(run(s))
        return {name: median(r) for name, r in rows.items()}

    def calls(self, connections):
        self.script(CALL)
        systems = [s for s in self.systems(stream=False) if connections <= s.most]
        return self.rounds(systems, lambda s: run_calls(s, self.site.folder, connections, self.options.seconds))

    def streams(self, concurrent):
        self.script(stream_script(concurrent))
        load = os.path.join(self.site.build, "tests/bench/load")
        systems = [s for s in self.systems(stream=True) if concurrent <= s.most]
        return self.rounds(systems, lambda s: run_streams(s, self.site.folder, load, concurrent))

    def beside_slow(self, readers):
        """Streams that are read, without and with others that nobody reads."""
        self.script(stream_script(SLOW_BESIDE))
        self.site.mock.script("second", f"tokens={SLOW_TOKENS}")
        load = os.path.join(self.site.build, "tests/bench/load")
        slow = f"Slipway, {readers} beside that nobody reads"
        systems = [s for s in self.systems(stream=True) if s.name in ("provider, direct", "Slipway")]
        systems.append(self.slipway(slow, self.site, True))

        def run(system):
            with contextlib.ExitStack() as clients:
                if system.name == slow:
                    for _ in range(readers):
                        clients.enter_context(self.unread())
                    wait_for(lambda: self.site.mock.state()["in_flight"] == readers, "the slow readers' calls")
                    wait_for(lambda: rests(system.worker()), "everything on their way to be full")
                return run_streams(system, self.site.folder, load, SLOW_BESIDE)

        return self.rounds(systems, run)

    @contextlib.contextmanager
    def unread(self):
        asked = self.slipway("", self.site, True, "bench-slow")
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", asked.port))
            with open(asked.request_file(self.site.folder), "rb") as f:
                client.sendall(f.read())
            yield


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((x.split(":")[1].strip() for x in f if x.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {"processor": model, "processors": os.cpu_count(), "commit": commit.stdout.strip(), "when": time.strftime("%Y-%m-%d")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--server", default="lighttpd", help="a mode of `make up`, or all of them side by side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of a round of calls")
    parser.add_argument("--connections", default="1 64")
    parser.add_argument("--streams", default="1 100 1000", help="as many as 8000")
    parser.add_argument("--slow", type=int, default=0, metavar="N", help="100 streams beside N that nobody reads")
    parser.add_argument("--variants", action="store_true", help="with the guard off, and with TLS to the provider")
    parser.add_argument("--history", action="store_true", help="beside a database with 10 million calls and 100,000 users")
    parser.add_argument("--peers", action="store_true", help="gateways that npm has: @portkey-ai/gateway")
    parser.add_argument("--json", help="where the figures go, too; tables.py prints them again")
    options = parser.parse_args()
    bench = Bench(options)
    result = {**machine(), "calls": {}, "streams": {}}
    try:
        bench.up()
        for n in map(int, options.connections.split()):
            result["calls"][n] = bench.calls(n)
            print_calls(n, result["calls"][n])
        for n in map(int, options.streams.split()):
            result["streams"][n] = bench.streams(n)
            print_streams(n, result["streams"][n])
        if options.slow:
            result["streams"]["slow readers beside 100"] = rows = bench.beside_slow(options.slow)
            print_streams(f"{SLOW_BESIDE}, with and without slow ones beside,", rows)
    finally:
        bench.down()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)
    print_machine(result)


if __name__ == "__main__":
    main()
