"""Refusals: rate limits, the three daily caps, pause.  Each is a sentence with a request id and
exact headers, and costs no provider call."""

import datetime
import re

from case import case, check_problem, eq
from client import Client, wait_for
from livesite import usd
from siteconf import INPUT_PICO, OUTPUT_PICO


@case
def requests_per_minute(site):
    user = site.user(rpm=3)
    for left in (2, 1, 0):
        reply = user.chat()
        eq(reply.status, 200, repr(reply))
        eq(reply.headers["x-ratelimit-limit-requests"], "3")
        eq(reply.headers["x-ratelimit-remaining-requests"], str(left))
    for reply in (user.chat(), user.stream(), user.get("/docs/search", q="x")):
        check_problem(reply, 429, "rate_limited")
        headers = reply.headers
        assert 1 <= int(headers["retry-after"]) <= 20, headers
        assert 0 < int(headers["retry-after-ms"]) <= 20000, headers
        eq(headers["x-ratelimit-limit-requests"], "3")
        eq(headers["x-ratelimit-remaining-requests"], "0")
        assert headers["x-ratelimit-reset-requests"], headers
        assert "r=0" in headers["ratelimit"], headers
        assert headers.get("x-should-retry") != "false", "a rate limit passes: retry is right"
    eq(site.mock.count(), 3, "provider calls")
    eq(user.spend()["calls"], 3)


@case(modes=("lighttpd", "apache-proxy"))
def hammering_costs_no_database_work(site):
    """A worker remembers a refusal until its retry time: it answers without a database.  Where the
    web server has one worker for a route, so that it is the same one each time."""
    user = site.user(rpm=1)
    eq(user.chat().status, 200)
    eq(user.chat().status, 429)
    unknown = Client(site.url, "slw_" + "A" * 43)
    eq(unknown.chat("x").status, 401)
    eq(user.get("/docs/search", q="x").status, 429)
    eq(unknown.get("/docs/search", q="x").status, 401)
    site.postgres("stop")
    try:
        for _ in range(20):
            check_problem(user.chat(), 429, "rate_limited")
            check_problem(unknown.chat("x"), 401, "unauthorized")
            check_problem(user.get("/docs/search", q="x"), 429, "rate_limited")
            check_problem(unknown.get("/docs/search", q="x"), 401, "unauthorized")
    finally:
        site.postgres("start")
    eq(site.mock.count(), 1, "provider calls")
    site.restart_workers()


UNKNOWN_KEYS = 60  # a minute and address: the default of unknown_keys_rpm


@case(modes=("lighttpd", "apache-proxy"))
def an_address_that_guesses_keys_is_refused_unasked(site):
    """After a minute's worth of unknown keys nothing from that address reaches the database but
    keys that were seen to be good; other addresses notice nothing."""
    routes = {"/chat": lambda c: c.chat("x"), "/docs/search": lambda c: c.get("/docs/search", q="x")}
    user, other = site.user(), site.user()
    for i, (path, ask) in enumerate(routes.items()):
        guesser = Client(site.url, address=f"127.0.0.{20 + i}")
        eq(ask(guesser.with_key(user.key)).status, 200, path)
        for n in range(UNKNOWN_KEYS):
            check_problem(ask(guesser.with_key(f"slw_{n:043d}")), 401, "unauthorized")
        # a slow machine has earned another try or two by now
        for n in range(UNKNOWN_KEYS, 3 * UNKNOWN_KEYS):
            if ask(guesser.with_key(f"slw_{n:043d}")).status == 429:
                break
        for key in (f"slw_{3 * UNKNOWN_KEYS:043d}", other.key):
            reply = ask(guesser.with_key(key))
            check_problem(reply, 429, "rate_limited")
            assert 0 < int(reply.headers["retry-after"]) <= 60, reply.headers
        eq(ask(guesser.with_key(user.key)).status, 200, f"{path}: a key that was seen to be good")
        eq(ask(other.http).status, 200, f"{path}: another address")
        eq(ask(Client(site.url, f"slw_{0:043d}")).status, 401, f"{path}: another address")
    site.postgres("stop")
    try:
        for i, ask in enumerate(routes.values()):
            guesser = Client(site.url, address=f"127.0.0.{20 + i}")
            for n in range(100, 110):
                check_problem(ask(guesser.with_key(f"slw_{n:043d}")), 429, "rate_limited")
    finally:
        site.postgres("start")
    site.restart_workers()


@case
def requests_per_minute_of_a_tenant(site):
    tenant = "slow " + site.server
    users = [site.user(tenant=tenant) for _ in range(3)]
    site.sql("UPDATE slipway.tenants SET rpm = 2 WHERE name = :'name'", name=tenant)
    replies = [u.chat() for u in users]
    eq([r.status for r in replies], [200, 200, 429], f"{replies}")
    eq(site.mock.count(), 2, "provider calls")


def check_cap(reply, status, code):
    body = check_problem(reply, status, code)
    headers = reply.headers
    eq(headers["x-should-retry"], "false")
    eq(body["retryable"], False)
    # The reset is the next midnight, in words and as a number of seconds.
    assert 0 < int(headers["retry-after"]) <= 86400, headers
    tomorrow = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).date()
    assert re.search(rf"on {tomorrow} at 00:00 UTC, in \d+ h \d+ min\.$", body["detail"]), body["detail"]
    return body


@case
def user_cap(site):
    user = site.user(daily_cap_pico=1000)
    for reply in (user.chat(), user.stream()):
        check_cap(reply, 429, "user_cap")
    eq(site.mock.count(), 0, "provider calls")
    eq(user.spend()["reserved"], 0)
    eq(site.user().chat().status, 200, "another user")


@case
def user_cap_of_zero(site):
    check_cap(site.user(daily_cap_pico=0).chat(), 429, "user_cap")
    eq(site.mock.count(), 0, "provider calls")


@case
def tenant_cap(site):
    tenant = "poor " + site.server
    user = site.user(tenant=tenant)
    site.sql("UPDATE slipway.tenants SET daily_cap_pico = 1000 WHERE name = :'name'", name=tenant)
    for reply in (user.chat(), user.stream()):
        check_cap(reply, 429, "tenant_cap")
    eq(site.mock.count(), 0, "provider calls")
    eq(user.spend()["reserved"], 0, "the user's reservation is undone")


@case
def system_cap(site):
    """Spend of the whole system is moved up to its cap for a moment."""
    user = site.user()
    full = 10000 * 10**12
    move = (
        "UPDATE slipway.daily_spend SET settled = settled + :by WHERE scope = 'system'"
        " AND day = (now() AT TIME ZONE 'UTC')::date"
    )
    eq(user.chat().status, 200)
    site.mock.reset()
    site.sql(move, by=full)
    try:
        for reply in (user.chat(), user.stream()):
            body = check_cap(reply, 503, "system_cap")
            assert "paused" in body["detail"], body
    finally:
        site.sql(move, by=-full)
    eq(site.mock.count(), 0, "provider calls")
    eq(user.spend()["reserved"], 0)


@case
def spent_budget_refuses(site):
    """A cap that real calls used up, not one that was never high enough."""
    site.mock.script("m", "tokens=1,in=50,out=100")
    cost = 50 * INPUT_PICO + 100 * OUTPUT_PICO
    user = site.user(daily_cap_pico=2 * cost + 1)
    answered = 0
    while (reply := user.chat(feature="fixed")).status == 200:
        answered += 1
    check_cap(reply, 429, "user_cap")
    assert 1 <= answered <= 2, answered
    assert user.spend()["settled"] <= 2 * cost + 1
    eq(site.mock.count(), answered, "provider calls")


@case
def answer_shrinks_to_the_headroom(site):
    """Too little for the longest answer: max_output_tokens is lowered to what fits."""
    site.mock.script("m", "tokens=500")
    user = site.user()
    with user.stream() as stream:
        stream.rest()
    row = user.calls()[0]
    reserved = int(row["reserved_pico"])
    input_bound = reserved - 200 * OUTPUT_PICO
    user = site.user(daily_cap_pico=input_bound + 80 * OUTPUT_PICO + 5)
    with user.stream() as stream:
        stream.rest()
        eq(stream.event("done")["finish_reason"], "length")
    eq(site.mock.last()["max_tokens"], 80, "max_tokens at the provider")
    eq(user.calls()[0]["reserved_pico"], str(input_bound + 80 * OUTPUT_PICO))
    # Below the floor of 64 it is refused.
    user = site.user(daily_cap_pico=input_bound + 60 * OUTPUT_PICO)
    check_cap(user.stream(), 429, "user_cap")


@case
def operator_pauses(site):
    """`slipway pause` stops all calls on the spot; `resume` lets them go on."""
    user = site.user()
    eq(user.chat().status, 200)
    site.mock.reset()
    # who believes that everything is paused must not be left to
    site.slipway("pause", "all", status=1)
    eq(site.slipway("pause", "--list").strip(), "nothing is paused")
    site.mock.reset()
    site.slipway("pause")
    try:
        for reply in (user.chat(), user.stream(), site.admin.chat()):
            body = check_problem(reply, 503, "paused")
            eq(reply.headers["x-should-retry"], "false")
            eq(body["retryable"], False)
        eq(site.mock.count(), 0, "provider calls")
        eq(site.http.get("/healthz").status, 200)
    finally:
        site.slipway("resume")
    eq(user.chat().status, 200)


@case
def cap_by_command(site):
    """`slipway cap` sets a user's budget."""
    user = site.user()
    eq(user.chat().status, 200)
    spent = usd(user.spend()["settled"])
    site.slipway("cap", "set", "user", user.name, "--daily-usd", str(spent))
    check_cap(user.chat(), 429, "user_cap")
