"""The database goes away, the configuration is wrong: 503 and a reason, never a crash or a 401."""

import contextlib
import os
import re

from case import case, check_problem, eq
from client import Stream, wait_for
from siteconf import PROVIDER_KEY


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
        ready = wait_for(lambda: not_ready(site), "/ready to be 503")
        eq(ready["ok"], False)
        eq(ready["checks"]["database"]["ok"], False)
        assert ready["checks"]["database"]["detail"], ready
        eq(site.mock.count(), 0, "provider calls")
    finally:
        site.postgres("start")
    # Each of the workers comes back by itself, and soon.
    for ask in (user.chat, lambda: whole(user.stream()), lambda: user.get("/docs/search", q="x")):
        wait_for(lambda a=ask: a().status == 200, "an answer after the database came back")
    wait_for(lambda: site.http.get("/ready").status == 200, "/ready after it")
    # Of mod_fcgid's many workers some may still wait to try again.
    site.restart_workers()


def whole(reply):
    """Read a stream to its end."""
    if isinstance(reply, Stream):
        reply.rest()
        reply.close()
    return reply


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
    # A worker that is gone by now has left its settlement on disk, for the next one.
    site.mock.script("m", "")
    other = site.user()
    wait_for(lambda: other.chat().status == 200, "an answer after the database came back")
    row = user.settled()
    eq(user.spend()["reserved"], 0)
    eq((row["outcome"], row["basis"]), ("done", "provider_usage"), f"{row}")
    site.restart_workers()


@contextlib.contextmanager
def changed_conf(site, extra):
    """The site with this at the end of its configuration, for the length of a block."""
    path = os.path.join(site.var, "slipway.conf")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    rewrite(path, good + extra)
    try:
        site.restart_workers()
        yield
    finally:
        rewrite(path, good)
        site.restart_workers()
    site.wait_healthy()
    eq(site.user().chat().status, 200, "with the good configuration")


def with_broken_conf(site, extra, check):
    """Run check(/ready's body, a user) with a configuration that is wrong."""
    user = site.user()
    with changed_conf(site, extra):
        ready = wait_for(lambda: not_ready(site), "/ready to be 503")
        check(ready, user)
        eq(site.http.get("/healthz").status, 200)


def rewrite(path, text):
    """In place: the file's owner and mode stay."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


@case(modes=("lighttpd", "apache-proxy"))
def worker_that_is_full_says_so(site):
    """More than max_calls at a time: 503 at once, to be tried again; nothing waits in a queue."""
    with changed_conf(site, "\n[server]\nmax_calls = 2\n"):
        site.mock.script("m", "pace=gate,tokens=2")
        user = site.user()
        with user.stream() as one, user.stream() as two:
            reply = user.stream()
            check_problem(reply, 503, "busy")
            assert int(reply.headers["retry-after"]) >= 1, reply.headers
            eq(site.mock.count(), 2, "provider calls")
            eq(len(user.reservations()), 2)
            site.mock.step(2)
            for stream in (one, two):
                stream.rest()
                eq(stream.text(), "t1 t2 ")
        site.mock.script("m", "")
        with user.stream() as stream:
            stream.rest()


@case(modes=("lighttpd",))
def as_large_a_question_as_allowed(site):
    """With max_body raised for images, one that several models fail to answer ends in an answer, not in the
    end of the worker and of everybody's streams in it."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * (12 << 20)}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    with changed_conf(site, """
[server]
max_body = 16m
max_message = 16m
body_timeout = 60s

[feature heavy]
route = mock/f, mock/q, mock/second
"""):
        for model in ("f", "q"):
            site.mock.script(model, "status=500")
        user = site.user()
        reply = user.post("/v1/chat/completions", {"model": "heavy", "messages": messages})
        eq(reply.status, 200, repr(reply))
        eq(reply.headers["x-slipway-model-route"], "mock/second")


def not_ready(site):
    """The body of /ready when it is 503."""
    reply = site.http.get("/ready")
    body = reply.json()
    return body if reply.status == 503 and "checks" in body else None


@case
def provider_key_missing(site):
    """/ready names the provider and its setting; calls to it are 503 and free; others work."""

    def check(ready, user):
        eq(ready["checks"]["config"]["ok"], True, "the rest of the configuration")
        detail = ready["checks"]["keys"]["detail"]
        assert "E2E_NO_SUCH_KEY" in detail and "mock" in detail, detail
        check_problem(user.chat(), 503, "misconfigured")
        eq(user.settled()["cost_pico"], "0")
        eq(user.chat(feature="quote").status, 200)
        eq(site.mock.count(), 0, "provider calls")

    with_broken_conf(site, "\n[provider mock]\napi_key_file =\napi_key_env = E2E_NO_SUCH_KEY\n", check)


@case
def provider_key_file_unreadable(site):
    """A file that is named and cannot be read, or is empty, is a mistake: nothing is guessed."""
    empty = site.write("empty-key", "")

    def check(ready, user):
        detail = ready["checks"]["config"]["detail"]
        assert "api_key_file" in detail and empty in detail, detail
        check_problem(user.chat(), 503, "misconfigured")

    with_broken_conf(site, f"\n[provider mock]\napi_key_file = {empty}\n", check)


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
def what_only_the_guard_understands(site):
    """A pattern or list that cannot be used is refused like any setting, by /ready and `slipway config`, too."""
    for broken, said in (
        ("\n[pattern staff]\nmatch = EMP-(\n", "[pattern staff] match: missing closing parenthesis"),
        ("\n[guard]\nblocklist_file = /nonexistent/x\n", "[guard] blocklist_file: could not read /nonexistent/x"),
    ):

        def check(ready, user, said=said):
            detail = ready["checks"]["config"]["detail"]
            assert re.match(r"/\S+:\d+: " + re.escape(said), detail), detail
            check_problem(user.chat(), 503, "misconfigured")
            site.slipway("config", status=1)

        with_broken_conf(site, broken, check)


@case
def nowhere_to_keep_settlements(site):
    """Should PostgreSQL go away, calls under way would be lost: /ready says so before."""

    def check(ready, user):
        eq(ready["checks"]["config"]["ok"], True)
        detail = ready["checks"]["state_dir"]["detail"]
        assert "/nonexistent" in detail and "state_dir" in detail, detail

    with_broken_conf(site, "\n[server]\nstate_dir = /nonexistent\n", check)


@case
def migration_missing(site):
    """A schema that is older than the program: /ready says what to run, calls are refused."""
    row = site.sql("SELECT * FROM slipway.schema_migrations ORDER BY version DESC LIMIT 1")[0]
    user = site.user()
    site.sql("DELETE FROM slipway.schema_migrations WHERE version = :'v'", v=row["version"])
    try:
        site.restart_workers()
        check_problem(user.chat(), 503, "misconfigured")
        ready = wait_for(lambda: not_ready(site), "/ready to be 503")
        assert "slipway migrate" in ready["checks"]["database"]["detail"], ready
        eq(site.mock.count(), 0, "provider calls")
    finally:
        site.sql(
            "INSERT INTO slipway.schema_migrations (version, sha256) VALUES (:'v', :'s')",
            v=row["version"],
            s=row["sha256"],
        )
        site.restart_workers()
    site.wait_healthy()
    eq(user.chat().status, 200)


@case
def ready_shows_no_secret(site):
    text = site.http.get("/ready").body.decode()
    assert PROVIDER_KEY not in text and "password" not in text, text
