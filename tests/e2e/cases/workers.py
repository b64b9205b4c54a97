"""Workers that are ended in the middle of an answer."""

import json
import os
import resource
import signal

from case import case, eq
from client import TIMEOUT, wait_for
from fastcgi import Worker
from siteconf import INPUT_PICO, OUTPUT_PICO

FASTCGI = ("lighttpd", "apache-proxy", "apache-fcgid")


@case(modes=FASTCGI)
def sigterm_lets_the_answer_finish(site):
    """A worker that is told to end serves what it has begun; new requests go to a new one."""
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        eq(stream.token(), "t1 ")
        assert site.signal_workers("chat-stream", signal.SIGTERM)
        site.mock.step(4)
        stream.rest()
        eq(stream.text(), "t1 t2 t3 t4 ")
        eq(stream.frames[-1].event, "done")
    eq(user.settled()["outcome"], "done")
    next_worker_streams(site, user)


def next_worker_streams(site, user):
    """After a moment, streams work again."""
    site.mock.script("m", "")
    site.wait_served()
    with user.stream() as stream:
        stream.rest()
        eq(stream.frames[-1].event, "done")


@case(modes=FASTCGI)
def sigterm_ends_an_endless_answer(site):
    """After the drain time the answer is broken off in words and settled."""
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        stream.token()
        site.signal_workers("chat-stream", signal.SIGTERM)
        frames = stream.rest()
        eq(frames[-1].event, "error")
        eq(frames[-1].data["code"], "restarting")
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("partial", "partial"), f"{row}")
    assert site.mock.wait_closed()["closed_early"]
    next_worker_streams(site, user)


@case(modes=("apache-cgi",))
def sigterm_of_a_cgi_worker_settles(site):
    """mod_cgid ends a program whose client left with SIGTERM: it settles and is gone."""
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        stream.token()
        assert site.signal_workers("chat-stream", signal.SIGTERM)
        row = user.settled()
    eq(row["basis"], "partial", f"{row}")
    assert row["outcome"] in ("partial", "client_gone"), row
    assert site.mock.wait_closed()["closed_early"]
    wait_for(lambda: not site.processes("chat-stream"), "the worker to end")


@case
def kill_9_leaves_a_reservation_that_the_janitor_settles(site):
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        stream.token()
        site.signal_workers("chat-stream", signal.SIGKILL)
        assert site.mock.wait_closed()["closed_early"]
        row = user.reservations()[0]
        amount = int(row["amount_pico"])
        eq(user.spend(), {"reserved": amount, "settled": 0, "calls": 0})
    site.slipway("janitor")
    eq(len(user.reservations()), 1, "before the lease ends nothing is settled")
    site.sql("UPDATE slipway.reservations SET lease_until = now() WHERE request_id = :'id'",
             id=row["request_id"])  # fmt: skip
    site.slipway("janitor")
    call = user.settled()
    eq((call["outcome"], call["basis"]), ("abandoned", "pessimistic"), f"{call}")
    eq(call["cost_pico"], str(amount))
    assert amount > 200 * OUTPUT_PICO
    eq(user.spend(), {"reserved": 0, "settled": amount, "calls": 1})
    eq(user.reservations(), [])
    site.slipway("janitor")
    eq(user.spend()["calls"], 1, "a second janitor finds nothing")
    next_worker_streams(site, user)


@case(modes=FASTCGI)
def a_worker_that_was_only_slow(site):
    """It stands still until its lease is over and the reaper charges the call in full; then it
    goes on, and what it settles takes the place of that charge."""
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    with user.stream() as stream:
        site.mock.step()
        eq(stream.token(), "t1 ")
        site.signal_workers("chat-stream", signal.SIGSTOP)
        try:
            site.sql("UPDATE slipway.reservations SET lease_until = now() - interval '1 s'"
                     " WHERE user_id = :'id'", id=user.id)  # fmt: skip
            site.slipway("janitor")
            row = user.settled()
            eq((row["outcome"], row["basis"]), ("abandoned", "pessimistic"), f"{row}")
            eq(user.spend(), {"reserved": 0, "settled": int(row["reserved_pico"]), "calls": 1})
        finally:
            site.signal_workers("chat-stream", signal.SIGCONT)
        site.mock.step(4)
        stream.rest()
        eq(stream.frames[-1].event, "done")
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("done", "provider_usage"), f"{row}")
    cost = 10 * INPUT_PICO + 4 * OUTPUT_PICO
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})
    next_worker_streams(site, user)


@case
def kill_9_while_chat_waits(site):
    """The client of a killed worker gets an error in JSON, not the server's own page."""
    site.mock.script("m", "pace=gate,tokens=4")
    user = site.user()
    connection = user.http._send("POST", "/chat", {"message": "hi"}, None, TIMEOUT)
    site.mock.wait_in_flight(1)
    site.signal_workers("chat", signal.SIGKILL)
    response = connection.getresponse()
    body = response.read()
    assert response.status >= 500, (response.status, body)
    eq(response.getheader("content-type"), "application/problem+json", repr(body))
    connection.close()
    site.sql("UPDATE slipway.reservations SET lease_until = now() WHERE user_id = :'id'",
             id=user.id)  # fmt: skip
    site.slipway("janitor")
    eq(user.spend()["reserved"], 0)
    site.mock.script("m", "")
    site.wait_served()
    eq(user.chat().status, 200)


@case
def provider_connections_are_closed(site):
    """After all that, the mock holds no call."""
    site.mock.wait_in_flight(0)


@case(modes=("lighttpd",))
def open_files_run_out(site):
    """What the limit allows is served, more is 503 in words at once, and afterwards all is as before."""
    site.mock.script("m", "pace=gate,tokens=2")
    user = site.user(daily_cap_pico=-1)
    body = b'{"message":"hello"}'
    worker = Worker(site, "chat-stream", files=64)
    try:
        room = 16
        streams = [worker.request("POST", "/chat/stream", user.key, body) for _ in range(room)]
        site.mock.wait_in_flight(room)
        refused = [worker.request("POST", "/chat/stream", user.key, body).until() for _ in range(room)]
        for text in refused:
            head, _, problem = text.partition(b"\r\n\r\n")
            assert b"Status: 503" in head and b"Retry-After" in head, text
            eq(json.loads(problem)["code"], "busy")
        site.mock.step(2)
        for stream in streams:
            assert b"event: done" in stream.until(), "a stream that had begun"
        assert "server.max-fds" in site.log_text(), "the log says what to change"
        site.mock.script("m", "")
        assert b"event: done" in worker.request("POST", "/chat/stream", user.key, body).until()
    finally:
        worker.stop()


@case(modes=("lighttpd",))
def nothing_can_be_accepted(site):
    """A worker whose limit was taken away while it ran waits, without turning in circles, and goes on afterwards."""
    user = site.user()
    worker = Worker(site, "chat-stream", files=256)
    try:
        ask = lambda: worker.request("POST", "/chat/stream", user.key, b'{"message":"hello"}')  # noqa: E731
        assert b"event: done" in ask().until()
        pid = worker.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 256))
        waiting = ask()
        wait_for(lambda: '"no_files"' in site.log_text(), "the log to say so")
        before = switches(pid)
        wait_for(lambda: switches(pid) - before >= 10, "ten more tries")
        eq(site.log_text().count('"no_files"'), 1, "said once, not at each try")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (256, 256))
        assert b"event: done" in waiting.until()
    finally:
        worker.stop()


def switches(pid):
    """How often the threads of a process have gone to sleep; one that turns in circles never does."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as f:
            total += next(int(x.split()[1]) for x in f if x.startswith("voluntary_ctxt_switches"))
    return total
