"""`slipway preflight` against the site: all that can pass passes; one thing broken at a time fails in its
row, with what to change."""

import json
import os
import subprocess

from case import case, eq
from livesite import ROOT
from proxy import Proxy, certificate

SKIPPED_HERE = {"A18 certificate", "A18 plain-http", "A18 hsts"}
CHECKS = [
    "A17 configuration", "A10 liveness", "A1 no-session", "A1 wrong-key", "A15 admin-closed", "A6 rate-limit", "A7 daily-cap",
    "A18 bad-json", "A18 too-large", "A18 not-found", "A18 wrong-method", "A1 nothing-spent", "B15 heartbeat", "A13 streaming",
    "B26 readiness", "A11 models", "A12 status-page", "A18 certificate", "A18 plain-http", "A18 hsts", "A18 headers",
    "A18 files", "C4 schema", "A17 worker-role", "A14 partitions", "A16 timers", "A14 clock", "A14 ledger", "A8 paused",
    "B23 cost-projection", "A8 system-cap", "A7 cap-order", "A6 rpm", "A4 visitors", "B23 prices", "A16 alerts", "B13 guard", "A17 cookies", "A21 about",
    "A17 secret-files", "A17 environments", "A17 docroot-keys", "A17 history-keys", "A17 log-keys",
]  # fmt: skip
# What the tests' own site lacks of an operator's.
MORE = """
[server]
operator_name = The testers
contact_email = ops@e2e.test
[limits]
user_rpm = 20
anonymous_daily_usd = 1
[alerts]
mail_to = ops@e2e.test
"""
# A key as a provider gives it out, put together so that no file of ours has one.
LEAKED = "sk-" + "proj-4kQ8vT2mZ7xR1nB6wL3c"


def conf(site, more=""):
    """A copy of the site's configuration, as an operator would have it."""
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        text = f.read().replace("mock/priceless", "mock/mod")
    return site.write("preflight.conf", text + MORE + more)


def git(folder, *args):
    who = ["-c", "user.name=e2e", "-c", "user.email=e2e@e2e.test"]
    subprocess.run(["git", *who, "-C", folder, *args], check=True, capture_output=True)


def repository(site, name, *texts):
    """A repository with a file of which each text was a version."""
    folder = os.path.join(site.folder, name)
    os.mkdir(folder)
    git(folder, "init", "-q")
    for n, text in enumerate(texts):
        with open(os.path.join(folder, "deploy.sh"), "w", encoding="utf-8") as f:
            f.write(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", f"version {n}")
    return folder


def look(site, *args, status=0):
    """Run the command; returns the lines of its checks, (verdict, text), and all that it printed."""
    out = site.slipway(*args, status=status)
    found = {}
    for line in out.splitlines():
        if line[:4] in ("PASS", "FAIL", "WARN", "SKIP"):
            check, _, text = line[5:].partition(": ")
            found[check] = (line[:4], text)
    return found, out


def preflight(site, *args, url=None, status=0, more="", pace=70):
    """The same, with what an operator has done before: timers ran, nobody is without a cap."""
    site.mock.script("m", f"tokens=12,pace={pace}")
    file = conf(site, more)
    if not getattr(site, "timers_ran", False):
        site.timers_ran = True
        for command in ("janitor", "probe", "alerts"):
            site.slipway("-c", file, command)
        site.sql("UPDATE slipway.users SET daily_cap_pico = NULL WHERE daily_cap_pico = -1")
        site.sql("UPDATE slipway.tenants SET daily_cap_pico = NULL WHERE daily_cap_pico = -1")
    return look(site, "-c", file, "preflight", url or site.url, *args, status=status)


def only(found, verdict):
    return {k: v[1] for k, v in found.items() if v[0] == verdict}


@case
def preflight_passes(site):
    """Every check has its line; what it made for the run is gone; one call stands in the ledger."""
    repo = repository(site, "clean-repo", "echo hello\n", "echo bye\n")
    report = os.path.join(site.folder, "preflight.json")
    args = ("--docroot", os.path.join(ROOT, "www"), "--repo", repo, "--expect-requests", "1000", "--send-alert")
    found, out = preflight(site, "--json", report, *args)
    eq(set(only(found, "SKIP")), SKIPPED_HERE, out)
    eq((only(found, "FAIL"), only(found, "WARN")), ({}, {}), out)
    eq(list(found), CHECKS, out)
    assert out.startswith(f"{site.url}: 1 real call of at most 64 output tokens"), out
    assert "REMINDER A9" in out, out
    with open(report, encoding="utf-8") as f:
        said = json.load(f)
    eq((said["ok"], said["failed"], said["skipped"]), (True, 0, 3))
    eq([f"{c['row']} {c['name']}" for c in said["checks"]], CHECKS)
    user = site.sql("SELECT id, disabled_at FROM slipway.users WHERE name = 'slipway-preflight'")
    assert len(user) == 1 and user[0]["disabled_at"], user
    keys = site.sql("SELECT revoked_at FROM slipway.api_keys WHERE user_id = :'id'", id=user[0]["id"])
    assert len(keys) >= 3 and all(k["revoked_at"] for k in keys), keys
    calls = site.sql("SELECT cost_pico FROM slipway.llm_calls WHERE user_id = :'id' AND cost_pico > 0", id=user[0]["id"])
    assert len(calls) == said["calls"], (calls, said)


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
    assert "proxy_buffering off" in found["A13 streaming"][1] and "; 2 calls for" in out, out
    with Proxy(site) as proxy:
        found, out = preflight(site, url=proxy.url)
    eq(found["A13 streaming"][0], "PASS", out)


@case(modes=("lighttpd",))
def preflight_looks_at_the_certificate(site):
    for days, verdict in ((90, "PASS"), (10, "WARN"), (2, "FAIL")):
        cert, key = certificate(site, days)
        with Proxy(site, tls=(cert, key)) as proxy:
            found, out = preflight(
                site, "--no-spend", "--ca-file", cert, url=proxy.url, status=1
            )
            eq(found["A18 certificate"][0], verdict, out)
            assert "secure_cookies" in only(found, "FAIL")["A17 cookies"], out
            assert "max-age=31536000" in only(found, "WARN")["A18 hsts"], out
            if days == 90:
                found, out = preflight(site, "--no-spend", url=proxy.url, status=1)
                assert "certificate" in only(found, "FAIL")["A10 liveness"], out


@case(modes=("lighttpd",))
def preflight_says_what_it_cannot_see(site):
    """Without the database and without a configuration much is skipped, and a skip is no pass."""
    site.slipway("preflight", site.url, "--expect-requests", "0", status=2)
    site.slipway("preflight", site.url, "--key-file", "/nonexistent", status=2)
    found, out = preflight(site, url="http://127.0.0.1:1", status=1)
    eq(set(only(found, "FAIL")), {"A10 liveness"}, out)
    found, out = preflight(site, "--no-spend", more="\n[database]\nadmin_dsn = host=127.0.0.1 port=1 dbname=x\n", status=0)
    skipped = only(found, "SKIP")
    for check in ("A15 admin-closed", "A6 rate-limit", "A7 daily-cap", "A18 bad-json"):
        assert "keys for this run cannot be made" in skipped[check], out
    assert "cannot be asked" in skipped["A1 nothing-spent"], out


@case(modes=("lighttpd",))
def preflight_finds_what_is_set_wrong(site):
    """One setting at a time; exactly its row fails, and says which setting of which file."""
    www = os.path.join(site.folder, "wrong-www")
    os.makedirs(os.path.join(www, "js"))
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        owner = next(x for x in f.read().splitlines() if x.startswith("admin_dsn"))[6:]
    inside = site.write("wrong-www/mail-password", "mailpassword\n")

    def wrong(check, more, *words, args=(), verdict="FAIL"):
        found, out = preflight(site, "--no-spend", *args, more=more, status=int(verdict == "FAIL"))
        eq(set(only(found, verdict)), {check}, out)
        assert all(w in found[check][1] for w in words), (words, found[check])

    wrong("A7 cap-order", "[limits]\nuser_daily_usd = 0\n", "user_daily_usd")
    wrong("A7 cap-order", "[limits]\nuser_daily_usd = 6000\n", "above tenant_daily_usd")
    wrong("A7 cap-order", "[limits]\ntenant_daily_usd = 20000\n", "above system_daily_usd")
    wrong("A6 rpm", "[limits]\nuser_rpm = 0\n", "user_rpm")
    wrong("A4 visitors", "[limits]\nanonymous_daily_usd = 10000\n", "[feature public]", "anonymous_daily_usd")
    wrong("A16 alerts", "[alerts]\nmail_to =\n", "webhook_url_file", "mail_to")
    wrong("A16 alerts", "[mail]\nsmtp_port = 1\n", "by mail was not taken", args=["--send-alert"])
    wrong("B23 prices", "[feature chat]\nroute = mock/m, mock/unknown-model\n", "mock/unknown-model", "prices import")
    wrong("A17 worker-role", f"[database]\n{owner}\npassword_file =\n", "slipway_owner", "sql/roles.sql")
    wrong("B13 guard", "[guard]\ninput = off\n", "[guard] input", verdict="WARN")
    wrong("A4 visitors", "[feature public]\ncollection = e2e\n", "[feature public]", "default/NAME", verdict="WARN")
    wrong("A21 about", "[server]\ncontact_email =\n", "contact_email", verdict="WARN")
    wrong("A21 about", "[server]\npublic_url = https://other.example\n", "other.example", verdict="WARN")
    wrong("B15 heartbeat", "[server]\nheartbeat = 5m\n", "[server] heartbeat", verdict="WARN")
    wrong("A17 secret-files", f"[mail]\npassword_file = {inside}\n", inside, args=["--docroot", www])
    wrong(
        "B23 cost-projection", "[limits]\nsystem_daily_usd = 0.01\ntenant_daily_usd = 0.01\nuser_daily_usd = 0.01\n"
        "anonymous_daily_usd = 0\n", "pauses on an ordinary day", args=["--expect-requests", "1000000"],
    )  # fmt: skip
    site.slipway("pause", "narrow", "--reason", "preflight")
    try:
        wrong("A8 paused", "", "narrow", "slipway resume", verdict="WARN")
    finally:
        site.slipway("resume", "narrow")


@case(modes=("lighttpd",))
def preflight_finds_a_secret_that_all_can_read(site):
    key = site.write("open-key", "sk-x\n")
    os.chmod(key, 0o644)
    found, out = preflight(site, "--no-spend", more=f"[provider mock]\napi_key_file = {key}\n", status=1)
    eq(set(only(found, "FAIL")), {"A17 configuration"}, out)
    assert key in found["A17 configuration"][1] and "chmod 0640" in found["A17 configuration"][1], out
    eq(found["B35 settings"][0], "SKIP", out)


@case(modes=("lighttpd",))
def preflight_finds_leaked_keys(site):
    """In the document root, in a commit that was taken back, in the log; never the key itself."""
    www = os.path.join(site.folder, "leaky-www")
    os.makedirs(os.path.join(www, "js"))
    script = site.write("leaky-www/js/app.js", f"// app\nconst key = '{LEAKED}';\n")
    repo = repository(site, "leaky-repo", f"set -e\nexport OPENAI_API_KEY={LEAKED}\n", "set -e\n")
    log = site.write("leaky.jsonl", '{"event":"x"}\n{"event":"Authorization: Bearer ' + LEAKED + '"}\n')
    site.write("leaky.jsonl.1", LEAKED + "\n")
    site.write("leaky.jsonl-20260101.gz", "not read\n")
    site.write("leaky.jsonlines", LEAKED + "\n")
    args = ("--no-spend", "--docroot", www, "--repo", repo)
    found, out = preflight(site, *args, more=f"[server]\nlog_file = {log}\n", status=1)
    failed = only(found, "FAIL")
    eq(set(failed), {"A17 docroot-keys", "A17 history-keys", "A17 log-keys"}, out)
    assert f"{script} line 2" in failed["A17 docroot-keys"], out
    assert "deploy.sh line 2" in failed["A17 history-keys"] and "git filter-repo" in failed["A17 history-keys"], out
    assert f"{log} line 2" in failed["A17 log-keys"] and "key-leak.html" in failed["A17 log-keys"], out
    assert f"{log}.1 line 1" in failed["A17 log-keys"], out
    assert "2 keys in 2 logs (1 packed ones were not read)" in failed["A17 log-keys"], out
    assert LEAKED not in out and LEAKED[3:16] not in out and "sk-pr" in out, out
    fingerprint = failed["A17 history-keys"].split("[")[1].split("]")[0]
    known = site.write("known-keys", f"{fingerprint} revoked in May\n")
    found, out = preflight(site, *args, "--known", known)
    assert "no key, 1 that --known names" in only(found, "PASS")["A17 history-keys"], out
    # one that came in with a merge, and was on none of its branches
    merge = repository(site, "merge-repo", "set -e\n")
    git(merge, "checkout", "-q", "-b", "other")
    with open(os.path.join(merge, "other.sh"), "w", encoding="utf-8") as f:
        f.write("true\n")
    git(merge, "add", "-A")
    git(merge, "commit", "-q", "-m", "other")
    git(merge, "checkout", "-q", "-")
    git(merge, "commit", "-q", "--allow-empty", "-m", "between")
    git(merge, "merge", "-q", "--no-commit", "other")
    with open(os.path.join(merge, "deploy.sh"), "a", encoding="utf-8") as f:
        f.write(f"export KEY={LEAKED}\n")
    git(merge, "commit", "-q", "-a", "-m", "merge")
    found, out = preflight(site, "--no-spend", "--repo", merge, status=1)
    assert "1 keys in 4 commits" in only(found, "FAIL")["A17 history-keys"], out
    assert "deploy.sh line 2" in found["A17 history-keys"][1], out
    found, out = preflight(site, "--no-spend", "--repo", site.folder)
    assert "git could not read" in only(found, "SKIP")["A17 history-keys"], out


@case(modes=("lighttpd",))
def preflight_from_elsewhere(site):
    """With a key and no configuration: what can be seen from outside is checked, the rest is skipped."""
    site.mock.script("m", "tokens=12,pace=70")
    key = site.write("elsewhere-key", site.user().key + "\n")
    found, out = look(site, "-c", os.path.join(site.folder, "no-such.conf"), "preflight", site.url, "--key-file", key, status=1)
    eq(set(only(found, "FAIL")), {"A17 configuration"}, out)
    assert "no-such.conf" in found["A17 configuration"][1], out
    for check in ("A1 no-session", "A1 wrong-key", "A18 bad-json", "A18 files", "A11 models", "A13 streaming"):
        eq(found[check][0], "PASS", out)
    for check in ("A15 admin-closed", "A6 rate-limit", "A1 nothing-spent", "A18 too-large", "B35 settings", "C4 database"):
        eq(found[check][0], "SKIP", out)
    with Proxy(site, gather=True) as proxy:
        found, out = look(site, "-c", os.path.join(site.folder, "no-such.conf"), "preflight", proxy.url, "--key-file", key, status=1)
    assert "nobody can tell" in only(found, "SKIP")["A13 streaming"], out
