"""A whole site for the tests: `make up` with a web server of the wanted kind, PostgreSQL, workers, and
the scripted provider.  One site serves all cases of a mode; cases make their own users."""

import decimal
import glob
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

from client import Client, wait_for
from mock import Mock
from pooler import Pooler
from psql import Sessions
from siteconf import (
    AWS_ACCESS_KEY, AWS_SECRET_KEY, CACHED_PICO, CONF, INPUT_PICO, METRICS_TOKEN, MODELS, OUTPUT_PICO, PROVIDER_KEY, PROVIDERS,
)  # fmt: skip
from smtp import Smtp
from tools import Tools

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

sys.path.append(os.path.join(ROOT, "tests/oidc"))
import provider as oidc  # noqa: E402


def end_in_order():
    """Whoever interrupts a run ends it, not the taking down of its site."""
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def end(number, _):
        for s in signals:
            signal.signal(s, signal.SIG_IGN)
        sys.exit(128 + number)

    for s in signals:
        signal.signal(s, end)


def usd(pico):
    """Pico-dollars as an exact number of dollars."""
    return decimal.Decimal(pico) / 10**12


class User:
    """A user with a key, and a client that uses it."""

    def __init__(self, site, name, key, ident, tenant):
        self.site, self.name, self.key, self.id, self.tenant = site, name, key, ident, tenant
        self.http = Client(site.url, key)
        self.chat, self.stream = self.http.chat, self.http.stream
        self.get, self.post = self.http.get, self.http.post

    def spend(self):
        """The row of daily_spend, as integers; zeros when there is none yet."""
        rows = self.site.sql(
            "SELECT reserved, settled, calls FROM slipway.daily_spend"
            " WHERE scope = 'user' AND scope_id = :'id'",
            id=self.id,
        )
        assert len(rows) <= 1, rows
        row = rows[0] if rows else {"reserved": 0, "settled": 0, "calls": 0}
        return {k: int(v) for k, v in row.items()}

    def calls(self):
        """The user's rows of llm_calls, oldest first."""
        return self.site.sql(
            "SELECT * FROM slipway.llm_calls WHERE user_id = :'id' ORDER BY request_id",
            id=self.id,
        )

    def reservations(self):
        return self.site.sql(
            "SELECT * FROM slipway.reservations WHERE user_id = :'id' ORDER BY request_id",
            id=self.id,
        )

    def settled(self, n=1):
        """Wait until n calls are settled and return the last one."""
        return wait_for(lambda: len(self.calls()) == n and self.calls(), f"{n} settled calls")[-1]

    def limit(self, **columns):
        """Set columns of the user's row: rpm, daily_cap_pico."""
        for column, value in columns.items():
            self.site.sql(
                f"UPDATE slipway.users SET {column} = :'value' WHERE id = :'id'",
                value=value,
                id=self.id,
            )


class Site:
    def __init__(self, server, build, keep=False, conf="", mock_args=(), pooler=False):
        """pooler: PgBouncer between the workers and the database."""
        self.server, self.keep = server, keep
        self.pooler = pooler or None
        self.conf, self.mock_args = conf, mock_args
        self.build = os.path.join(ROOT, build)
        self.users = 0
        self.mock = self.oidc = self.smtp = self.tools = self.sessions = None
        # PostgreSQL and the workers run as other users, who must get through.
        self.folder = tempfile.mkdtemp(prefix="slipway-e2e-")
        os.chmod(self.folder, 0o755)
        self.var = os.path.join(self.folder, "var")
        self.make_args = [
            f"SERVER={server}", "PORT=0", f"VAR={self.var}", "SAMPLES=none", "FSYNC=off", f"BUILD={build}",
        ]  # fmt: skip

    # Up and down

    def up(self):
        program = os.path.join(self.build, "tests/mock/mock-provider")
        self.mock = Mock(program, self.folder, *self.mock_args)
        key_file = self.write("provider-key", PROVIDER_KEY + "\n")
        self.oidc, self.smtp, self.tools = oidc.Provider(self.folder), Smtp(), Tools()
        secret_file = self.write("oidc-secret", oidc.CLIENT_SECRET + "\n")
        root = f"http://127.0.0.1:{self.mock.port}"
        text = CONF.format(
            root=root, url=root + "/v1", key_file=key_file, issuer=self.oidc.issuer,
            access_key_file=self.write("access-key", AWS_ACCESS_KEY + "\n"),
            secret_key_file=self.write("secret-key", AWS_SECRET_KEY + "\n"),
            renewed_key_file=self.write("renewed-key", AWS_SECRET_KEY + "\n"),
            renewed_token_file=self.write("renewed-token", "token-0\n"),
            metrics_file=self.write("metrics-token", METRICS_TOKEN + "\n"),
            client_id=oidc.CLIENT_ID, secret_file=secret_file, smtp_port=self.smtp.port,
            tools=self.tools.url, tool_header=self.write("tool-header", "X-Secret: " + self.tools.secret + "\n"),
        ) + self.conf  # fmt: skip
        self.make("up", "CONF=" + self.write("e2e.conf", text))
        self.dsn = self.var_file("dsn")
        self.sessions = Sessions(self.dsn)
        if self.pooler:
            self.pooler = Pooler(self)
            self.make("up", "CONF=" + self.write("e2e.conf", text + self.pooler.conf))
        self.url = self.var_file("url")
        self.admin = Client(self.url, self.var_file("api-key"))
        self.http = Client(self.url)
        self.set_prices()
        self.ingest()

    def down(self):
        """Take everything down.  Whatever is still running afterwards is a failure."""
        try:
            self.make("down")
            self.stop_helpers()
            left = wait_for(lambda: not self.processes() or None, "the site's processes to end")
            assert left
        finally:
            self.stop_helpers()
            if not self.keep:
                shutil.rmtree(self.folder, ignore_errors=True)

    def stop_helpers(self):
        if self.sessions is not None:
            self.sessions.close()
        if self.mock is not None:
            self.mock.stop()
        for helper in (self.oidc, self.smtp, self.tools):
            if helper is not None:
                helper.stop()
        if isinstance(self.pooler, Pooler):
            self.pooler.stop()
        self.mock = self.pooler = self.oidc = self.smtp = self.tools = None

    def make(self, target, *args):
        done = subprocess.run(
            ["make", "--no-print-directory", target, *self.make_args, *args],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"make {target} failed:\n{done.stdout.decode()[-3000:]}"

    def write(self, name, text):
        """A file that the workers may read and others may not."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        if os.geteuid() == 0:
            shutil.chown(path, group="www-data")
        os.chmod(path, 0o640)
        return path

    def var_file(self, name):
        with open(os.path.join(self.var, name), encoding="utf-8") as f:
            return f.read().strip()

    # Processes

    def processes(self, program=None):
        """Pids of this site's processes: those whose environment or command names its folder.
        program: only those of this name."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    about = f.read()
                with open(f"/proc/{pid}/environ", "rb") as f:
                    about += f.read()
                # somebody may build anew meanwhile
                exe = os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
                with open(f"/proc/{pid}/stat", "rb") as f:
                    state = f.read().rsplit(b")", 1)[1].split()[0]
            except OSError:
                continue
            if self.folder.encode() not in about or state == b"Z" or int(pid) == os.getpid():
                continue
            if program is None or exe == program:
                found.append(int(pid))
        return found

    def signal_workers(self, program, number):
        pids = self.processes(program)
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        return pids

    def restart_workers(self):
        """Let the workers end that have read the configuration, and wait for their successors.  Those of plain CGI
        remember in files."""
        for path in glob.glob(os.path.join(self.var, "spool", "kept-*")):
            os.unlink(path)
        old = set()
        for program in ("chat", "chat-stream", "docs-search", "ready", "openai-chat"):
            old.update(self.signal_workers(program, signal.SIGTERM))
        wait_for(lambda: not old.intersection(self.processes()), "the old workers to end")
        self.wait_served()

    def wait_served(self):
        """Wait until each route is answered by a worker of its own that is not about to end."""
        for method, path in (
            ("GET", "/ready"), ("POST", "/chat"), ("POST", "/chat/stream"), ("GET", "/docs/search"),
            ("POST", "/v1/chat/completions"),
        ):  # fmt: skip
            wait_for(lambda m=method, p=path: self._served(m, p), f"a worker for {path}")

    def _served(self, method, path):
        reply = self.http.request(method, path, b"{}" if method == "POST" else None)
        if "json" not in reply.headers.get("content-type", ""):
            return False
        body = reply.json()
        return "checks" in body or body["code"] in ("invalid_request", "unauthorized", "misconfigured")

    # Database

    def sql(self, text, **values):
        """Run SQL as the schema owner; :'name' in it is a value.  Rows are dicts of strings,
        SQL NULL is ''."""
        return self.sessions.run(text, values)

    def slipway(self, *args, status=0, stdin=""):
        """Run the slipway command; returns what it printed.  status: how it must end, or several."""
        done = subprocess.run(
            [os.path.join(self.build, "slipway"), *args],
            env={"PATH": os.environ["PATH"], "SLIPWAY_CONF": os.path.join(self.var, "slipway.conf")},
            input=stdin.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode in (status if isinstance(status, tuple) else (status,)), (
            f"slipway {' '.join(args)} ended with {done.returncode}: {done.stderr.decode()}"
        )
        return done.stdout.decode()

    def postgres(self, action):
        """Stop, crash or start the site's PostgreSQL."""
        self.sessions.close()
        program = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))[-1]
        args = [program, "-D", os.path.join(self.var, "pg"), "-w", "-s"]
        args += {
            "stop": ["-m", "fast", "stop"],
            "crash": ["-m", "immediate", "stop"],
            "start": ["-l", os.path.join(self.var, "log", "postgres.log"), "start"],
        }[action]
        if os.geteuid() == 0:
            args = ["runuser", "-u", "postgres", "--", *args]
        # No pipes: the server would keep them open.
        done = subprocess.run(
            args, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"pg_ctl {action} ended with {done.returncode}"

    def set_prices(self):
        for provider in PROVIDERS:
            for model in MODELS:
                self.set_price(provider, model)

    def set_price(self, provider, model):
        self.sql(
            "INSERT INTO slipway.prices (provider, model, valid_from, input_pico,"
            " cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico, source)"
            " VALUES (:'provider', :'model', '2020-01-01', :input, :cached, :input, :input,"
            " :output, 'e2e') ON CONFLICT DO NOTHING",
            provider=provider,
            model=model,
            input=INPUT_PICO,
            cached=CACHED_PICO,
            output=OUTPUT_PICO,
        )

    def ingest(self):
        self.slipway("ingest", os.path.join(HERE, "docs"), "--collection", "e2e")

    # What cases use

    def user(self, tenant="default", **limits):
        """A new user with a key.  limits: columns of slipway.users."""
        self.users += 1
        name = f"user{self.users}@e2e.test"
        key = "slw_" + secrets.token_urlsafe(32)
        row = self.sql(
            "INSERT INTO slipway.tenants (name) VALUES (:'tenant') ON CONFLICT DO NOTHING;"
            "WITH u AS (INSERT INTO slipway.users (tenant_id, name)"
            " SELECT id, :'name' FROM slipway.tenants WHERE name = :'tenant' RETURNING *),"
            " k AS (INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix)"
            " SELECT tenant_id, id, sha256(:'key'::bytea), 'e2e' FROM u)"
            " SELECT id, tenant_id FROM u",
            name=name,
            tenant=tenant,
            key=key,
        )[0]
        user = User(self, name, key, int(row["id"]), int(row["tenant_id"]))
        user.limit(**limits)
        return user

    def wait_healthy(self):
        """Wait until /ready is content and a question is answered."""
        wait_for(lambda: self.http.get("/ready").status == 200, "/ready to be 200")

    def log_text(self):
        """The workers' log so far."""
        with open(os.path.join(self.var, "log", "slipway.jsonl"), encoding="utf-8") as f:
            return f.read()
