"""What is left behind: logs, tables, the ledger's own check.  Runs last."""

import glob
import json
import os
import re
import subprocess

from case import case, eq
from cases import crash
from client import wait_for
from siteconf import AWS_SECRET_KEY, CANARY, PROVIDER_KEY
from pooler import POOL_SIZE

WHO_FIELDS = {
    "ts", "level", "event", "request_id", "trace_id", "tenant_id", "user_id", "feature", "prompt_version", "stream",
}  # fmt: skip
CALL_FIELDS = WHO_FIELDS | {"model_route", "input_tokens", "output_tokens", "cost_usd", "ttft_ms", "latency_ms"}


@case
def log_lines_have_their_fields(site):
    user = site.user()
    request_id = user.chat().json()["request_id"]
    lines = [json.loads(x) for x in site.log_text().splitlines()]
    for line in lines:
        assert {"ts", "level", "event", "service"} <= set(line), line
    about = [x for x in lines if x.get("request_id") == request_id]
    call = [x for x in about if "cost_usd" in x]
    eq(len(call), 1, f"lines of the call: {about}")
    assert CALL_FIELDS <= set(call[0]), CALL_FIELDS - set(call[0])
    eq(call[0]["user_id"], user.id)
    eq(call[0]["tenant_id"], user.tenant)
    eq(call[0]["trace_id"], user.settled()["trace_id"])


@case
def whatever_a_line_says_of_a_request_it_has_the_members_of_its_call(site):
    user = site.user()
    request_id = user.chat(feature="fallback").json()["request_id"]
    lines = [json.loads(x) for x in site.log_text().splitlines()]
    for line in lines:
        assert "req_0" not in str(line.get("msg")) or "request_id" in line, line
    tries = [x for x in lines if x.get("request_id") == request_id and x["event"] in ("retry", "fallback")]
    assert tries, "no line of what failed before the fallback"
    for line in tries:
        wanted = WHO_FIELDS | {"model_route", "error", "detail"}
        assert wanted <= set(line), wanted - set(line)
        eq(line["user_id"], user.id)


def logs(site):
    """Every log of the site's servers and workers."""
    found = {}
    for path in glob.glob(os.path.join(site.var, "log", "*")):
        with open(path, "rb") as f:
            found[os.path.basename(path)] = f.read()
    assert "slipway.jsonl" in found, found.keys()
    return found


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


@case
def nothing_secret_is_written_down(site):
    """Neither the question nor the answer, no key of a user and none of a provider: not in any
    log, not in any table."""
    user = site.user()
    site.mock.script("m", "text=answer" + CANARY)
    assert CANARY in user.chat("question " + CANARY).json()["answer"]
    with user.stream("question " + CANARY) as stream:
        stream.rest()
    user.chat("question " + CANARY, feature="nosuch")
    user.post("/chat", b'{"message":"' + CANARY.encode() + b'"')
    user.get("/docs/search", q=CANARY)
    site.mock.script("m", "status=500")
    user.chat("question " + CANARY)
    # Servers write their access log when it suits them: wait for the line after all of these.
    site.http.request("HEAD", "/about")
    access = os.path.join(site.var, "log", "access.log")
    wait_for(lambda: "HEAD /about" in read(access), "the access log to be written")
    dump = subprocess.run(
        ["pg_dump", "--data-only", "-d", site.dsn], capture_output=True, check=True
    ).stdout
    places = {"the database": dump, **logs(site)}
    for place, content in places.items():
        for what, secret in (("prompt", CANARY), ("key", user.key), ("provider", PROVIDER_KEY),
                             ("provider of kind bedrock", AWS_SECRET_KEY),
                             ("admin key", site.admin.key)):  # fmt: skip
            at = content.find(secret.encode())
            assert at < 0, f"{what} in {place}: {content[max(0, at - 200):at + 80]!r}"


@case
def every_line_of_the_worker_log_is_json(site):
    for line in site.log_text().splitlines():
        json.loads(line)


@case
def no_worker_crashed(site):
    """No failed assertion and no sanitizer's report in any log (SANITIZE=1 makes such a build)."""
    for path, content in logs(site).items():
        found = re.search(
            rb"AddressSanitizer|LeakSanitizer|runtime error:|Assertion .* failed|stack smashing"
            rb"|double free|corrupted",
            content,
        )
        assert not found, f"{path}: {content[found.start() - 200:found.start() + 3000].decode()}"


@case
def a_killed_call_is_settled_in_time(site):
    """Within 120 s of the kill that crash.py began with, by a worker that lives."""
    print(f"       settled {crash.check_killed(site):.1f} s after kill -9")


@case
def nothing_stays_reserved(site):
    # a case before may have killed its worker: the lease ends, and the next one reaps
    wait_for(lambda: not site.sql("SELECT * FROM slipway.reservations"), "the last reservation to go", 150)
    eq(site.sql("SELECT * FROM slipway.daily_spend WHERE reserved <> 0"), [])


@case
def no_call_cost_more_than_its_reservation(site):
    eq(site.sql("SELECT * FROM slipway.llm_calls WHERE over_reservation"), [])


@case
def a_pooler_carried_it_all(site):
    """When there is one, the workers had no other way to the database, and shared its sessions."""
    if site.pooler:
        assert site.pooler.transactions() > 100
        sessions = site.sql(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = 'slipway_web'")  # fmt: skip
        assert int(sessions[0]["n"]) <= POOL_SIZE, sessions


@case
def ledger_check_finds_nothing(site):
    eq(site.sql("SELECT * FROM slipway.ledger_check"), [])
