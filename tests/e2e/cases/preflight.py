"""`slipway preflight` against the site: all that can pass passes; one thing broken at a time fails in its
row, with what to change."""

import json
import os

from case import case, eq
from proxy import Proxy, certificate

SKIPPED_HERE = {"A18 certificate", "A18 plain-http", "A18 hsts"}
CHECKS = [
    "A10 liveness", "A1 no-session", "A1 wrong-key", "A15 admin-closed", "A6 rate-limit", "A7 daily-cap", "A18 bad-json",
    "A18 too-large", "A18 not-found", "A18 wrong-method", "A1 nothing-spent", "B15 heartbeat", "A13 streaming",
    "B26 readiness", "A11 models", "A12 status-page", "A18 certificate", "A18 plain-http", "A18 hsts", "A18 headers",
    "A18 files",
]  # fmt: skip


def conf(site, more=""):
    """A copy of the site's configuration, as an operator would have it."""
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        return site.write("preflight.conf", f.read() + more)


def preflight(site, *args, url=None, status=0, more="", pace=40):
    """Run it; returns its lines by check, (verdict, text), and all that it printed."""
    site.mock.script("m", f"tokens=16,pace={pace}")
    out = site.slipway("-c", conf(site, more), "preflight", url or site.url, *args, status=status)
    found = {}
    for line in out.splitlines():
        if line[:4] in ("PASS", "FAIL", "WARN", "SKIP"):
            check, _, text = line[5:].partition(": ")
            found[check] = (line[:4], text)
    return found, out


def only(found, verdict):
    return {k: v[1] for k, v in found.items() if v[0] == verdict}


@case
def preflight_passes(site):
    """Every check has its line; what it made for the run is gone; one call stands in the ledger."""
    site.slipway("probe")
    report = os.path.join(site.folder, "preflight.json")
    found, out = preflight(site, "--json", report)
    eq(set(only(found, "SKIP")), SKIPPED_HERE, out)
    eq((only(found, "FAIL"), only(found, "WARN")), ({}, {}), out)
    eq(list(found), CHECKS, out)
    assert out.startswith(f"{site.url}: 1 real call of at most 64 output tokens"), out
    assert "REMINDER A9" in out, out
    with open(report, encoding="utf-8") as f:
        said = json.load(f)
    eq((said["ok"], said["failed"], said["skipped"], said["calls"]), (True, 0, 3, 1))
    eq([f"{c['row']} {c['name']}" for c in said["checks"]], CHECKS)
    user = site.sql("SELECT id, disabled_at FROM slipway.users WHERE name = 'slipway-preflight'")
    assert len(user) == 1 and user[0]["disabled_at"], user
    keys = site.sql("SELECT revoked_at FROM slipway.api_keys WHERE user_id = :'id'", id=user[0]["id"])
    assert len(keys) >= 3 and all(k["revoked_at"] for k in keys), keys
    calls = site.sql("SELECT cost_pico FROM slipway.llm_calls WHERE user_id = :'id' AND cost_pico > 0", id=user[0]["id"])
    eq(len(calls), 1)


@case(modes=("lighttpd",))
def preflight_spends_nothing_when_told(site):
    before = len(site.mock.state()["last"])
    found, out = preflight(site, "--no-spend")
    assert out.startswith(f"{site.url}: no real call is made"), out
    assert "--no-spend" in only(found, "SKIP")["A13 streaming"], out
    assert "; 0 calls for 0.00 USD" in out, out
    eq(len(site.mock.state()["last"]), before)


@case(modes=("lighttpd",))
def preflight_finds_a_bad_way_in(site):
    """What stands before the site breaks one thing at a time."""

    def fails(check, *words, **wrong):
        with Proxy(site, **wrong) as proxy:
            found, out = preflight(site, "--no-spend", url=proxy.url, status=1)
        eq(set(only(found, "FAIL")), {check}, out)
        assert all(w in found[check][1] for w in words), (words, found[check])

    fails("A18 files", "/.env, /slipway.sql", "document root", canned={"/.env": b"A=1", "/slipway.sql": b"--"})
    fails("A18 files", "/vendor/", "-Indexes", canned={"/vendor/": b"<title>Index of /vendor/</title>"})
    fails("A18 headers", "content-security-policy", "mod_headers", drop=["content-security-policy"])
    fails("A12 status-page", "slipway probe", canned={"/status/status.json": b'{"generated_ms":1}'})
    fails("A18 not-found", "404", canned={"/no-such-page-of-slipway": b"<h1>Oops</h1>"})
    fails("A7 daily-cap", "x-should-retry", drop=["x-should-retry"])
    with Proxy(site, say={"Server": "Apache/2.4.57 (Debian)"}) as proxy:
        found, out = preflight(site, "--no-spend", url=proxy.url)
        assert "ServerTokens Prod" in only(found, "WARN")["A18 headers"], out
        preflight(site, "--no-spend", "--strict", url=proxy.url, status=1)


@case(modes=("lighttpd",))
def preflight_finds_an_open_door(site):
    """Something before the site adds a key: whoever comes is let in, and spends."""
    user = site.user()
    with Proxy(site, add={"Authorization": "Bearer " + user.key}) as proxy:
        found, out = preflight(site, "--no-spend", url=proxy.url, status=1, pace=0)
    wrong = only(found, "FAIL")
    assert "POST /chat 200" in wrong["A1 no-session"] and "POST /v1/messages 200" in wrong["A1 no-session"], out
    assert "POST /chat 200" in wrong["A1 wrong-key"], out
    assert "reached a model" in wrong["A1 nothing-spent"] and "slipway replay req_" in wrong["A1 nothing-spent"], out


@case(modes=("lighttpd",))
def preflight_finds_gathered_streams(site):
    with Proxy(site, gather=True) as proxy:
        found, out = preflight(site, url=proxy.url, status=1)
    eq(set(only(found, "FAIL")), {"A13 streaming"}, out)
    assert "proxy_buffering off" in found["A13 streaming"][1], out
    with Proxy(site) as proxy:
        found, out = preflight(site, url=proxy.url)
    eq(found["A13 streaming"][0], "PASS", out)


@case(modes=("lighttpd",))
def preflight_looks_at_the_certificate(site):
    for days, verdict in ((90, "PASS"), (10, "WARN"), (2, "FAIL")):
        cert, key = certificate(site, days)
        with Proxy(site, tls=(cert, key)) as proxy:
            found, out = preflight(
                site, "--no-spend", "--ca-file", cert, url=proxy.url, status=1 if verdict == "FAIL" else 0
            )
            eq(found["A18 certificate"][0], verdict, out)
            assert "max-age=31536000" in only(found, "WARN")["A18 hsts"], out
            if days == 90:
                found, out = preflight(site, "--no-spend", url=proxy.url, status=1)
                assert "certificate" in only(found, "FAIL")["A10 liveness"], out


@case(modes=("lighttpd",))
def preflight_says_what_it_cannot_see(site):
    """From elsewhere there is no configuration: much is skipped, and a skip is no pass."""
    site.slipway("preflight", site.url, "--expect-requests", "0", status=2)
    site.slipway("preflight", site.url, "--key-file", "/nonexistent", status=2)
    found, out = preflight(site, url="http://127.0.0.1:1", status=1)
    eq(set(only(found, "FAIL")), {"A10 liveness"}, out)
    found, out = preflight(site, "--no-spend", more="\n[database]\nadmin_dsn = host=127.0.0.1 port=1 dbname=x\n", status=0)
    skipped = only(found, "SKIP")
    for check in ("A15 admin-closed", "A6 rate-limit", "A7 daily-cap", "A18 bad-json"):
        assert "keys for this run cannot be made" in skipped[check], out
    assert "cannot be asked" in skipped["A1 nothing-spent"], out
