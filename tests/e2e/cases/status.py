"""The status page tells the truth, also when nothing else works."""

import json
import re
import signal
import time

from case import case, eq
from client import wait_for


def served(site, path, since_ms):
    """The file, when it is the one written after since_ms: lighttpd keeps files open for a moment."""
    reply = site.http.get("/status/" + path)
    text = reply.body.decode()
    found = re.search(r'(?:"generated_ms":|data-generated-ms=")(\d+)', text)
    return reply if reply.status == 200 and found and int(found[1]) >= since_ms else None


def probe(site):
    """Look, and return what status.json and the page then say."""
    since_ms = int(time.time() * 1000)
    site.slipway("probe")
    facts = wait_for(lambda: served(site, "status.json", since_ms), "status.json").json()
    return facts, wait_for(lambda: served(site, "", since_ms), "the status page").body.decode()


def part(facts, name):
    return next(p for p in facts["components"] if p["id"] == name)["status"]


@case
def page_is_true_without_database_and_workers(site):
    number = site.slipway("incident", "open", "Known before", "--impact", "none").split()[1]
    before, text = probe(site)
    eq(part(before, "database"), "operational", f"{before}")
    assert "Known before" in text
    site.postgres("stop")
    try:
        site.signal_workers("chat", signal.SIGTERM)
        down, text = probe(site)
        eq((down["indicator"], down["banner"]), ("critical", "The service is down."))
        eq((part(down, "database"), part(down, "chat")), ("outage", "outage"))
        assert "The service is down." in text and "Known before" in text, text[:3000]
        assert site.dsn not in text and "127.0.0.1" not in text.split("<main")[1], text
    finally:
        site.postgres("start")
    site.wait_healthy()
    back, _ = probe(site)
    eq(part(back, "database"), "operational", f"{back}")
    assert back["generated_ms"] > down["generated_ms"]
    # what happened meanwhile is in the database now
    spells = site.sql("SELECT state FROM slipway.status_spells WHERE component = 'database' ORDER BY began_at")
    assert "outage" in [s["state"] for s in spells], spells
    site.slipway("incident", "resolve", number)
    assert "Known before" not in probe(site)[1]
    assert "Known before" in site.http.get("/status/history.html").body.decode()
    site.restart_workers()


@case
def upstream_is_judged_by_our_own_traffic(site):
    """That of a provider which never answers in these tests: whatever ran before, its share of failures is the same."""
    site.mock.script("b", "status=500")
    user = site.user()
    for _ in range(4):
        eq(user.chat(feature="broken").status, 502)
    site.mock.reset()
    facts, _ = probe(site)
    eq(part(facts, "upstream:broken"), "outage", f"{facts}")
    summary = json.loads(site.http.get("/status/api/v2/summary.json").body)
    eq({"page", "components", "incidents", "scheduled_maintenances", "status"}, set(summary))
    states = {c["id"]: c["status"] for c in summary["components"]}
    eq(states["upstream:broken"], "major_outage", f"{states}")


@case
def files_have_their_types(site):
    probe(site)
    for name, kind in (("", "text/html"), ("history.html", "text/html"), ("summary.json", "application/json"),
                       ("feed.xml", "application/xml"), ("badge.svg", "image/svg+xml")):  # fmt: skip
        reply = site.http.get("/status/" + name)
        eq(reply.status, 200, name)
        assert reply.headers["content-type"].startswith(kind), (name, reply.headers)
        assert "default-src 'none'" in reply.headers["content-security-policy"], name
        eq(reply.headers["cache-control"], "no-cache", name)
