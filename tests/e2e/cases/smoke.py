"""`slipway smoke` against the site: passes when all is well and on the secondary during a drill; when
something is broken it ends with 1 and says what, where, and what to do."""

import json
import os
import threading

from case import case, eq
from cases.resilience import models
from client import wait_for
from livesite import usd

CHECKS = ["live", "ready", "models", "no-session", "bad-request", "chat", "stream", "ttft", "ledger"]


def smoke(site, *args, user=None, url=None, status=0, more=""):
    """Run it; returns its lines.  more: lines of the configuration that it reads."""
    key = site.write("smoke-key", (user or site.user()).key + "\n")
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        conf = site.write("smoke.conf", f.read() + "\n[alerts]\nttft_p95 = 1h\n" + more)
    out = site.slipway(
        "-c", conf, "smoke", "--url", url or site.url, "--key-file", key, *args, status=status
    )  # fmt: skip
    return out.splitlines()


def failures(lines):
    return {x[5:].split(":")[0]: x for x in lines if x.startswith("FAIL ")}


@case
def smoke_passes(site):
    """Each check has a line, the report says the same, and it spends what it said."""
    user = site.user()
    report = os.path.join(site.folder, "smoke.json")
    lines = smoke(site, "--json", report, "--asks", "3", user=user)
    eq(lines[0], f"{site.url}: at most 4 calls of 32 output tokens")
    eq([x.split(":")[0] for x in lines[1:-1]], ["ok " + name for name in CHECKS], "\n".join(lines))
    assert "ok chat: mock/m, fallback tier 0" in lines, lines
    with open(report, encoding="utf-8") as f:
        said = json.load(f)
    eq((said["ok"], said["passed"], said["failed"], said["calls"]), (True, len(CHECKS), 0, 4))
    eq([c["name"] for c in said["checks"]], CHECKS)
    eq(said["model_route"], "mock/m")
    assert said["ttft_p95_ms"] >= 0, said
    spent = user.spend()
    eq((spent["calls"], spent["reserved"]), (4, 0))
    eq(said["cost_usd"].rstrip("0"), f"{usd(spent['settled']):f}".rstrip("0"))
    eq(lines[-1], f"{len(CHECKS)} passed, 0 failed, 0 skipped; 4 calls for {said['cost_usd']} USD")
    assert all(json.loads(c["body"])["max_tokens"] <= 32 for c in site.mock.state()["last"] if c["model"] == "m")


@case
def smoke_passes_on_the_secondary(site):
    """During a drill: the blocked provider is not asked, and the line says which one answered."""

    def by_the_secondary():
        site.mock.reset()
        lines = smoke(site, "--feature", "narrow", "--asks", "3")
        return lines if set(models(site)) == {"second"} else None

    site.slipway("drill", "--block", "narrow", "--for", "2m")
    try:
        # each process learns of it at its next look, and there are many
        lines = wait_for(by_the_secondary, "the drill to be known")
        eq(failures(lines), {}, "\n".join(lines))
        for name in ("chat", "stream"):
            assert f"ok {name}: mock/second, fallback tier 1" in lines, lines
    finally:
        site.slipway("drill", "--end", "narrow")


@case(modes=("lighttpd", "apache-fcgid"))
def smoke_finds_what_is_broken(site):
    def fails(name, *words, **how):
        how.setdefault("status", 1)
        args = how.pop("args", ())
        lines = smoke(site, *args, "--asks", "1", **how)
        line = failures(lines).get(name, "")
        assert all(w in line for w in words), (name, words, "\n".join(lines))
        return failures(lines)

    found = fails("live", "http://127.0.0.1:1/healthz does not answer", "web server", url="http://127.0.0.1:1/")
    eq(set(found), {"live"}, "the rest would say the same")
    fails("live", "is this its address?", url=f"http://127.0.0.1:{site.mock.port}")
    fails("live", "must begin with https://", url="http://slipway.example")

    class Stranger:
        key = "slw_" + "x" * 43

    for name in ("chat", "stream"):
        fails(name, "401 unauthorized", "smoke-key is not known there", "slipway key create", user=Stranger)
    found = fails("chat", "502 upstream_error", "provider-outage.html", "slipway replay req_", args=("--feature", "dead"))
    eq(set(found) - {"models"}, {"chat", "stream"})
    fails("chat", "only the last tier", args=("--feature", "decent"))
    fails("stream", "only the last tier", args=("--feature", "decent"))
    fails("chat", "404 unknown_feature", "--feature", args=("--feature", "nosuch"))
    fails("chat", "429 user_cap", "budget", user=site.user(daily_cap_pico=0))
    site.mock.script("m", "tokens=8,cut=token:4")
    fails("stream", "ends with upstream_cut", "slipway replay req_")
    site.mock.script("m", "delay=30")
    found = fails("ttft", "(p95), [alerts] ttft_p95 is 1 ms", more="\n[alerts]\nttft_p95 = 1ms\n")
    eq(set(found), {"ttft"})
    site.mock.script("m", "")
    site.slipway("pause", "--reason", "smoke")
    try:
        fails("chat", "503 paused", "slipway resume")
    finally:
        site.slipway("resume")
    lines = smoke(site, "--asks", "1", more="\n[database]\nadmin_dsn = host=127.0.0.1 port=1 dbname=x\n")
    eq(failures(lines), {})
    assert any(x.startswith("skip ledger: the database cannot be asked from here") for x in lines), lines


def loaded(site, user, *args, seconds=1, **how):
    """A load of 20 calls a second; returns its lines and the report."""
    report = os.path.join(site.folder, "load.json")
    lines = smoke(
        site, "--asks", "1", "--load", "600", "--seconds", str(seconds), "--json", report, *args, user=user, **how
    )  # fmt: skip
    with open(report, encoding="utf-8") as f:
        return lines, json.load(f)["load"]


@case(modes=("lighttpd", "apache-fcgid"))
def load_holds(site):
    """Twice the rate, at most what was said, and what the ledger says; nothing without --yes."""
    site.mock.script("m", "tokens=8,pace=5")
    user = site.user(rpm=100000)
    lines, said = loaded(site, user, status=1)
    assert "FAIL load: not started: say --yes to spend that" in lines, lines
    eq((said["calls"], said["made"], user.spend()["calls"]), (20, 0, 3))
    lines, said = loaded(site, user, "--yes")
    eq(failures(lines), {}, "\n".join(lines))
    assert any(x.startswith("ok load: 20 of 20 answered, p95 of the first words ") for x in lines), lines
    eq((said["rpm"], said["made"], said["answered"], said["errors"]), (1200, 20, 20, []))
    assert said["took_ms"] >= 950, said
    for times in (said["ttft_ms"], said["total_ms"]):
        assert 0 < times["p50"] <= times["p95"] <= times["p99"] <= times["max"], said
    assert said["ttft_ms"]["p50"] <= said["total_ms"]["p50"], said
    spent = user.spend()
    eq((spent["calls"], spent["reserved"]), (3 + 3 + 20, 0))
    one = spent["settled"] // spent["calls"]
    eq(said["cost_usd"].rstrip("0"), f"{usd(20 * one):f}".rstrip("0"))
    assert float(said["at_most_usd"]) > float(said["cost_usd"]), said
    assert any(x.endswith("USD for 20 calls in the ledger") for x in lines), lines
    # from elsewhere, without the database
    lines, said = loaded(site, user, "--yes", more="\n[database]\nadmin_dsn = host=127.0.0.1 port=1 dbname=x\n")
    eq(failures(lines), {}, "\n".join(lines))
    assert any(x.endswith("USD, by what the first one cost") for x in lines), lines
    assert any(x.endswith("USD, as the answers say") for x in lines), lines
    eq(said["cost_usd"].rstrip("0"), f"{usd(20 * one):f}".rstrip("0"))
    assert float(said["at_most_usd"]) >= float(said["cost_usd"]), said


def meanwhile(site, act):
    """Do act when the load is under way: smoke asks three times before it."""
    before = site.mock.count()

    def run():
        wait_for(lambda: site.mock.count() >= before + 8, "the load")
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def harmed(site, act, **how):
    """A load that act(its user) harms when it is under way.  Where that came too late, on a slow machine, a longer one."""
    for seconds in (1, 5, 25):
        site.mock.script("m", "")
        user = site.user(rpm=100000, daily_cap_pico=-1)
        helper = meanwhile(site, lambda u=user: act(u))
        lines, said = loaded(site, user, "--yes", seconds=seconds, status=(0, 1), **how)
        helper.join()
        if "load" in failures(lines):
            return failures(lines)["load"], said
    raise AssertionError(lines)


@case(modes=("lighttpd",))
def load_stops_at_the_first_harm(site):
    """A budget that ends, errors, our own limit: each says what and why, and nothing goes on."""
    user = site.user(rpm=100000)
    bound = int(float(loaded(site, user, status=1)[1]["at_most_usd"]) * 1e12 / 20)
    # room for the three calls before it, for one that is reserved and some that are charged
    cap = bound + 3 * user.spend()["settled"]
    user.limit(daily_cap_pico=cap)
    lines, said = loaded(site, user, "--yes", status=1)
    assert "user_cap was answered" in failures(lines)["load"], lines
    assert 0 < said["answered"] < 20 and {e["status"] for e in said["errors"]} == {429}, said
    assert user.spend()["settled"] <= cap, "the cap holds"

    why, said = harmed(site, lambda user: user.limit(rpm=1))
    assert "`slipway cap set user NAME --rpm 1200`" in why, why
    eq([e["code"] for e in said["errors"]], ["rate_limited"])

    why, said = harmed(site, lambda _: site.mock.script("m", "tokens=8,cut=token:4"))
    assert "more failed than the error budget has" in why, why
    eq([(e["status"], e["code"]) for e in said["errors"]], [(200, "upstream_cut")])


@case(modes=("lighttpd",))
def load_is_a_gate(site):
    """It is not begun where it could not hold, and it fails where the service level is missed."""
    lines, said = loaded(site, site.user(rpm=60), "--yes", status=1)
    assert "this key may ask 60 times a minute, the load 1200 times" in failures(lines)["load"], lines
    eq(said["made"], 0)
    user = site.user(rpm=100000)
    site.mock.script("m", "delay=30")
    lines, _ = loaded(site, user, "--yes", status=1, more="\n[alerts]\nttft_p95 = 1ms\n")
    assert "skip load: not while something else fails" in lines, lines
    why, said = harmed(
        site, lambda _: site.mock.script("m", "delay=2200"), more="\n[alerts]\nttft_p95 = 2s\n"
    )  # fmt: skip
    assert "[alerts] ttft_p95 is 2000 ms" in why, why
    eq((said["answered"], said["errors"]), (said["calls"], []))
    for wrong in (("--load", "0"), ("--load", "1", "--seconds", "1"), ("--seconds", "9"),
                  ("--load", "6000", "--seconds", "600")):  # fmt: skip
        site.slipway("smoke", "--url", site.url, "--key-file", "-", *wrong, status=2, stdin="slw_x\n")


@case
def smoke_wants_to_know_where_and_who(site):
    site.slipway("smoke", "--url", site.url, status=2)
    site.slipway("smoke", "--url", site.url, "--key-file", "-", status=2, stdin="two words\n")
    site.slipway("smoke", "--url", site.url, "--asks", "51", "--key-file", "-", status=2, stdin="slw_x\n")
    site.slipway("smoke", "--url", site.url, "--key-file", os.path.join(site.folder, "no-such"), status=2)
