"""Idempotency-Key: asked twice, answered and paid for once."""

import json
import secrets
import signal

from case import case, check_problem, eq
from client import TIMEOUT, Reply, wait_for
from siteconf import INPUT_PICO, OUTPUT_PICO

# Every route that spends: path, a body, and what makes it stream.
ROUTES = (
    ("/chat", {"message": "hello"}),
    ("/chat", {"message": "hello", "stream": True}),
    ("/chat/stream", {"message": "hello"}),
    ("/v1/chat/completions", {"model": "chat", "messages": [{"role": "user", "content": "hello"}]}),
    ("/v1/chat/completions",
     {"model": "chat", "stream": True, "messages": [{"role": "user", "content": "hello"}]}),
    ("/v1/messages",
     {"model": "chat", "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}),
    ("/v1/messages", {"model": "chat", "max_tokens": 50, "stream": True,
                      "messages": [{"role": "user", "content": "hello"}]}),
    ("/v1/responses", {"model": "chat", "input": "hello"}),
    ("/v1/responses", {"model": "chat", "input": "hello", "stream": True}),
)  # fmt: skip
COST = 10 * INPUT_PICO + 8 * OUTPUT_PICO


def ask(user, path, body, key):
    return user.post(path, body, {"Idempotency-Key": key})


def key():
    return secrets.token_urlsafe(20)


@case
def the_same_answer_for_the_same_money(site):
    for path, body in ROUTES:
        user, k = site.user(), key()
        first = ask(user, path, body, k)
        eq(first.status, 200, repr(first))
        assert b"t8 " in first.body, first
        assert "idempotent-replayed" not in first.headers, first.headers
        site.mock.script("m", "text=something+else")
        for _ in range(2):
            again = ask(user, path, body, k)
            eq((again.status, again.body), (200, first.body), f"{path} {body}")
            eq(again.headers["content-type"], first.headers["content-type"])
            eq(again.headers["idempotent-replayed"], "true")
        eq(site.mock.count(), 1, "provider calls")
        eq(user.spend(), {"reserved": 0, "settled": COST, "calls": 1}, path)
        site.mock.reset()


@case
def the_same_vectors_for_the_same_money(site):
    user, k = site.user(), key()
    body = {"model": "chat", "input": ["one", "two"]}
    first = ask(user, "/v1/embeddings", body, k)
    eq((first.status, len(first.json()["data"])), (200, 2), repr(first))
    spent = user.spend()
    again = ask(user, "/v1/embeddings", body, k)
    eq((again.status, again.body), (200, first.body))
    eq(again.headers["idempotent-replayed"], "true")
    check_problem(ask(user, "/v1/embeddings", {**body, "input": "one"}, k), 422,
                  "idempotency_mismatch")  # fmt: skip
    eq((site.mock.count(), user.spend()), (1, spent))


@case
def another_body_or_user_or_key(site):
    user, other, k = site.user(), site.user(), key()
    eq(ask(user, "/chat", {"message": "a"}, k).status, 200)
    for path, body in (("/chat", {"message": "b"}), ("/chat/stream", {"message": "a"})):
        reply = ask(user, path, body, k)
        first = user.calls()[0]["request_id"]
        assert first in check_problem(reply, 422, "idempotency_mismatch")["detail"]
    eq(site.mock.count(), 1, "provider calls")
    eq(ask(other, "/chat", {"message": "b"}, k).status, 200, "the keys of each user are its own")
    eq(ask(user, "/chat", {"message": "a"}, key()).status, 200, "another key")
    eq(site.mock.count(), 3, "provider calls")


@case
def keys_that_cannot_be(site):
    user = site.user()
    for bad in ("a b", "x" * 256, "\u00e4"):
        reply = user.post("/chat", {"message": "a"}, {"Idempotency-Key": bad.encode("latin-1")})
        check_problem(reply, 400, "invalid_request")
    eq(site.mock.count(), 0, "provider calls")


@case
def under_way(site):
    """The second one is told so and costs nothing; when the first is done it gets its answer."""
    site.mock.script("m", "pace=gate,tokens=2")
    user, k = site.user(), key()
    connection = user.http._send("POST", "/chat", {"message": "hi"}, {"Idempotency-Key": k}, TIMEOUT)
    wait_for(user.reservations, "the first one to be admitted")
    site.mock.wait_in_flight(1)
    body = check_problem(ask(user, "/chat", {"message": "hi"}, k), 409, "conflict")
    eq(body["retryable"], True)
    assert user.reservations()[0]["request_id"] in body["detail"], body
    site.mock.step(2)
    first = connection.getresponse().read()
    connection.close()
    eq(ask(user, "/chat", {"message": "hi"}, k).body, first)
    eq(site.mock.count(), 1, "provider calls")
    eq(user.spend()["calls"], 1)


@case
def refused_or_failed_for_nothing(site):
    """What cost nothing leaves the key free: the next try is a real one."""
    user, k = site.user(daily_cap_pico=0), key()
    check_problem(ask(user, "/chat", {"message": "hi"}, k), 429, "user_cap")
    user.limit(daily_cap_pico=-1)
    # A worker remembers a refusal by a cap for two seconds.
    wait_for(lambda: user.chat(feature="fixed").status == 200, "the cap to be looked at again")
    site.mock.reset()
    site.mock.script("m", "status=400")
    reply = ask(user, "/chat", {"message": "hi"}, k)
    assert reply.status >= 400, reply
    site.mock.script("m", "")
    eq(ask(user, "/chat", {"message": "hi"}, k).status, 200)
    eq(ask(user, "/chat", {"message": "hi"}, k).headers["idempotent-replayed"], "true")
    eq(site.mock.count(), 2, "provider calls")


@case
def broken_off_and_paid_for(site):
    """An answer that broke off after text was charged: it comes again as it was."""
    site.mock.script("m", "tokens=8,cut=token:3")
    user, k = site.user(), key()
    first = ask(user, "/chat/stream", {"message": "hi"}, k)
    assert b"event: error" in first.body, first
    site.mock.script("m", "")
    again = ask(user, "/chat/stream", {"message": "hi"}, k)
    eq((again.status, again.body), (200, first.body))
    eq(site.mock.count(), 1, "provider calls")
    eq(user.spend()["calls"], 1)


@case
def kill_9_in_between(site):
    """It was charged and nobody has the answer: that is said, and nothing is spent again."""
    site.mock.script("m", "pace=gate,tokens=4")
    user, k = site.user(), key()
    connection = user.http._send(
        "POST", "/chat/stream", {"message": "hi"}, {"Idempotency-Key": k}, TIMEOUT)  # fmt: skip
    site.mock.wait_in_flight(1)
    site.mock.step()
    site.signal_workers("chat-stream", signal.SIGKILL)
    assert site.mock.wait_closed()["closed_early"]
    connection.close()
    request_id = user.reservations()[0]["request_id"]
    site.mock.script("m", "")
    site.wait_served()
    body = check_problem(ask(user, "/chat/stream", {"message": "hi"}, k), 409, "conflict")
    site.sql("UPDATE slipway.reservations SET lease_until = now() WHERE user_id = :'id'",
             id=user.id)  # fmt: skip
    site.slipway("janitor")
    body = check_problem(ask(user, "/chat/stream", {"message": "hi"}, k), 409, "idempotency_lost")
    assert request_id in body["detail"], body
    eq(body["retryable"], False)
    eq(site.mock.count(), 1, "provider calls")
    eq(user.spend()["calls"], 1)


@case
def settled_from_the_spool(site):
    """The database is away when the answer ends: the answer is kept with the settlement."""
    site.mock.script("m", "pace=gate,tokens=2")
    user, k = site.user(), key()
    connection = user.http._send(
        "POST", "/chat/stream", {"message": "hi"}, {"Idempotency-Key": k}, TIMEOUT)  # fmt: skip
    site.mock.wait_in_flight(1)
    site.postgres("stop")
    try:
        site.mock.step(2)
        first = Reply(connection.getresponse()).body
    finally:
        site.postgres("start")
    connection.close()
    assert b"event: done" in first, first
    site.mock.script("m", "")
    wait_for(lambda: site.http.get("/ready").status == 200, "/ready to be 200")
    # under plain CGI whoever comes next replays what the dead process left
    wait_for(lambda: site.user().chat().status == 200, "an answer after the database came back")
    user.settled()
    again = wait_for(lambda: (r := ask(user, "/chat/stream", {"message": "hi"}, k)).status == 200 and r,
                     "the answer that was kept")  # fmt: skip
    eq(again.body, first)
    eq(user.spend()["calls"], 1)
    site.restart_workers()


@case
def an_answer_that_is_too_long_to_keep(site):
    site.mock.script("m", "tokens=50000")
    user, k = site.user(), key()
    body = {"message": "hi", "feature": "long"}
    site.mock.script("second", "tokens=60000")
    eq(ask(user, "/chat", body, k).status, 200)
    reply = check_problem(ask(user, "/chat", body, k), 409, "idempotency_lost")
    assert user.calls()[0]["request_id"] in reply["detail"], reply
    eq(user.spend()["calls"], 1)


@case
def a_day_later(site):
    """The key is free again, whatever it stood for, and the janitor forgets it."""
    user, k = site.user(), key()
    eq(ask(user, "/chat", {"message": "a"}, k).status, 200)
    site.sql("UPDATE slipway.idempotency SET created_at = now() - interval '25 h'"
             " WHERE user_id = :'id'", id=user.id)  # fmt: skip
    eq(ask(user, "/chat", {"message": "b"}, k).status, 200)
    eq(site.mock.count(), 2, "provider calls")
    site.sql("UPDATE slipway.idempotency SET created_at = now() - interval '25 h'"
             " WHERE user_id = :'id'", id=user.id)  # fmt: skip
    site.slipway("janitor")
    eq(site.sql("SELECT * FROM slipway.idempotency WHERE user_id = :'id'", id=user.id), [])


@case
def strangers_and_hammering(site):
    reply = site.http.with_key("slw_" + "Q" * 43).post(
        "/chat", {"message": "a"}, {"Idempotency-Key": key()})  # fmt: skip
    check_problem(reply, 401, "unauthorized")
    user, k = site.user(rpm=3), key()
    replies = [ask(user, "/chat", {"message": "a"}, k) for _ in range(4)]
    eq([r.status for r in replies], [200, 200, 200, 429], f"{replies}")
    check_problem(replies[3], 429, "rate_limited")
    eq(json.loads(replies[0].body), json.loads(replies[2].body))
    eq(site.mock.count(), 1, "provider calls")
