"""The database goes away, the configuration is wrong: 503 and a reason, never a crash or a 401."""

import os

from case import case, check_problem, eq
from client import wait_for
from livesite import PROVIDER_KEY


@case
def database_stops_and_comes_back(site):
    user = site.user()
    eq(user.chat().status, 200)
    site.mock.reset()
    site.postgres("stop")
    try:
        for _ in range(3):
            for reply in (user.chat(), user.stream(), user.get("/docs/search", q="x")):
                check_problem(reply, 503, "database_unavailable")
                assert int(reply.headers["retry-after"]) >= 1, reply.headers
        eq(site.http.get("/healthz").status, 200)
        ready = site.http.get("/ready")
        eq(ready.status, 503)
        eq(ready.json()["ok"], False)
        eq(ready.json()["checks"]["database"]["ok"], False)
        assert ready.json()["checks"]["database"]["detail"], ready
        eq(site.mock.count(), 0, "provider calls")
    finally:
        site.postgres("start")
    wait_for(lambda: user.chat().status == 200, "an answer after the database came back", 15)
    wait_for(lambda: site.http.get("/ready").status == 200, "/ready after it", 15)


@case
def database_stops_while_an_answer_streams(site):
    """The answer goes on; what it cost is not lost."""
    site.mock.script("m", "pace=gate,tokens=3,in=50")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        eq(stream.token(), "t1 ")
        site.postgres("stop")
        try:
            site.mock.step(5)
            eq((stream.token(), stream.token()), ("t2 ", "t3 "))
        finally:
            site.postgres("start")
        frames = stream.rest()
    assert frames[-1].event in ("done", "error"), frames
    row = user.settled()
    eq(user.spend()["reserved"], 0)
    eq((row["outcome"], row["basis"]), ("done", "provider_usage"), f"{row}")
    site.wait_healthy()


def with_broken_conf(site, extra, check):
    """Append to the configuration, restart the workers, run check(/ready's body), put it back."""
    path = os.path.join(site.var, "slipway.conf")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    user = site.user()
    rewrite(path, good + extra)
    try:
        site.restart_workers()
        ready = wait_for(lambda: not_ready(site), "/ready to be 503")
        check(ready, user)
        eq(site.http.get("/healthz").status, 200)
    finally:
        rewrite(path, good)
        site.restart_workers()
    site.wait_healthy()
    wait_for(lambda: user.chat().status == 200, "an answer with the good configuration")


def rewrite(path, text):
    """In place: the file's owner and mode stay."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def not_ready(site):
    reply = site.http.get("/ready")
    return reply.json() if reply.status == 503 else None


@case
def provider_key_missing(site):
    """/ready names the provider and its setting; calls to it are 503 and free; others work."""
    missing = os.path.join(site.folder, "no-such-key")
    with open(missing, "w", encoding="utf-8"):
        pass

    def check(ready, user):
        assert "mock" in str(ready["checks"]), ready
        assert "api_key_file" in str(ready["checks"]), ready
        check_problem(user.chat(), 503, "misconfigured")
        eq(user.chat(feature="quote").status, 200)
        eq(user.settled(2)["cost_pico"], "0")

    with_broken_conf(site, f"\n[provider mock]\napi_key_file = {missing}\n", check)
    os.unlink(missing)


@case
def unknown_setting(site):
    """An unknown key is refused: one log line with file and setting, 503 for requests."""
    before = len(site.log_text())

    def check(ready, user):
        assert "no_such_setting" in str(ready), ready
        check_problem(user.chat(), 503, "misconfigured")
        check_problem(user.get("/docs/search", q="x"), 503, "misconfigured")

    with_broken_conf(site, "\n[server]\nno_such_setting = 1\n", check)
    said = [x for x in site.log_text()[before:].splitlines() if "no_such_setting" in x]
    assert said and all("slipway.conf" in x for x in said), said


@case
def migration_missing(site):
    """A schema that is older than the program: /ready says so, calls are refused."""
    row = site.sql("SELECT * FROM slipway.schema_migrations ORDER BY version DESC LIMIT 1")[0]
    user = site.user()
    site.sql("DELETE FROM slipway.schema_migrations WHERE version = :'v'", v=row["version"])
    try:
        ready = wait_for(lambda: not_ready(site), "/ready to be 503")
        assert "migrate" in str(ready["checks"]), ready
    finally:
        site.sql(
            "INSERT INTO slipway.schema_migrations (version, sha256) VALUES (:'v', :'s')",
            v=row["version"],
            s=row["sha256"],
        )
    site.wait_healthy()
    eq(user.chat().status, 200)


@case
def ready_shows_no_secret(site):
    text = site.http.get("/ready").body.decode()
    assert PROVIDER_KEY not in text and "password" not in text, text
