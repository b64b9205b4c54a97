"""The runner: for each server mode, bring the site up, run the cases, take it down."""

import argparse
import datetime
import importlib
import os
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mock_cases
from case import ALL, CASES
from livesite import ROOT, Site, end_in_order
from mock import Mock

MODULES = (
    "anonymous",
    "crash", "health", "input", "auth", "accounts", "own_keys", "agent", "agent_attacks", "agent_watch", "chat", "stream", "money",
    "limits", "scopes",
    "burst", "providers", "failures",
    "docs", "faults", "workers", "admin", "size", "status", "resilience", "page", "openai", "api", "anthropic",
    "thinking",
    "signup", "oidc", "guard", "moderation", "canary", "surfaces", "privacy", "idempotency", "demo", "smoke",
    "preflight", "evals", "records",
)  # fmt: skip


class Report:
    def __init__(self):
        self.passed, self.failed = 0, []

    def run(self, server, name, function, *args):
        start = time.monotonic()
        try:
            function(*args)
            word = "ok"
            self.passed += 1
        except Exception:  # a failed case must not end the run
            word = "FAILED"
            self.failed.append(f"{server}: {name}")
            traceback.print_exc(file=sys.stdout)
        print(f"{word:6} {server}: {name} ({time.monotonic() - start:.1f} s)", flush=True)
        return word == "ok"


def run_mock(report, options):
    """The mock's own cases.  Returns whether all passed."""
    with tempfile.TemporaryDirectory(prefix="slipway-e2e-") as folder:
        mock = Mock(os.path.join(ROOT, options.build, "tests/mock/mock-provider"), folder)
        try:
            for function in mock_cases.CASES:
                mock.reset()
                report.run("mock", function.__name__, function, mock)
        finally:
            mock.stop()
    return not report.failed


def run_mode(report, server, options):
    site = Site(server, options.build, options.keep, pooler=options.pooler)
    try:
        if not report.run(server, "the site comes up", site.up):
            return
        for function, modes in CASES:
            name = f"{function.__module__.removeprefix('cases.')}: {function.__name__}"
            if server not in modes or not any(part in name for part in options.only):
                continue
            report.run(server, name, one, function, site)
        if options.keep:
            print(f"kept: {site.folder}, {site.url}")
    finally:
        report.run(server, "the site goes down and leaves no process", site.down)


def one(function, site):
    day = today()
    try:
        once(function, site)
    except Exception:
        # budgets are of one day: a case in which it ended says nothing
        if today() == day:
            raise
        traceback.print_exc(file=sys.stdout)
        print("the day ended meanwhile: once more", flush=True)
        once(function, site)


def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


def once(function, site):
    site.mock.reset()
    site.oidc.reset()
    try:
        function(site)
    except Exception:
        print("the mock then:", site.mock.state(), flush=True)
        raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", default=" ".join(ALL))
    parser.add_argument("--build", default="build")
    parser.add_argument("--keep", action="store_true", help="keep the site's folder")
    parser.add_argument("--pooler", action="store_true", help="PgBouncer before the database")
    parser.add_argument("--no-mock", action="store_true", help="without the mock's own cases")
    parser.add_argument("-k", dest="only", action="append", help="only cases with this in the name")
    options = parser.parse_args()
    options.only = options.only or [""]
    end_in_order()
    for name in MODULES:
        importlib.import_module("cases." + name)
    servers = options.servers.split()
    if unknown := set(servers) - set(ALL):
        sys.exit(f"unknown server modes {unknown}; known: {' '.join(ALL)}")
    report = Report()
    if options.no_mock or run_mock(report, options):
        for server in servers:
            run_mode(report, server, options)
    for name in report.failed:
        print("failed:", name)
    print(f"{report.passed} passed, {len(report.failed)} failed")
    sys.exit(1 if report.failed or report.passed == 0 else 0)


if __name__ == "__main__":
    main()
