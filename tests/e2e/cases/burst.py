"""Many requests at the same moment, and a cap with room for exactly ten of them."""

import collections
import json
import resource
import socket
import threading

from case import case, eq
from cases.faults import changed_conf
from client import TIMEOUT, wait_for
from siteconf import INPUT_PICO, OUTPUT_PICO

REQUESTS = 200
ROOM = 10
PATIENCE = 240  # seconds
# Processes that serve one request at a time run out of room before the cap does; what is
# refused for that is refused in words, too.
REFUSALS = {(429, "user_cap")}
CROWDED = {(503, "busy"), (503, "database_unavailable"), (503, "restarting")}


def reservation(site):
    """What one call of this feature sets aside, and costs in the end."""
    user = site.user()
    eq(user.chat(feature="fixed").status, 200)
    row = user.calls()[0]
    return int(row["reserved_pico"])


@case
def exactly_ten_of_two_hundred(site):
    """The ten that got in hold their money until all others have been refused: no timing decides.
    Exactly ten reach the provider, and the cap is never overshot."""
    amount = reservation(site)
    site.mock.reset()
    site.mock.script("m", "pace=gate,tokens=1")
    user = site.user(daily_cap_pico=ROOM * amount + amount // 2)
    replies = in_parallel(REQUESTS, lambda: ask(user))
    wait_for(lambda: len(replies.done) == REQUESTS - ROOM, "190 refusals", PATIENCE)
    state = site.mock.state()
    eq((state["count"], state["in_flight"]), (ROOM, ROOM), f"at the provider; {replies.done}")
    eq(user.spend(), {"reserved": ROOM * amount, "settled": 0, "calls": 0})
    refused = collections.Counter(replies.done)
    allowed = REFUSALS if site.server in ("lighttpd", "apache-proxy") else REFUSALS | CROWDED
    assert set(refused) <= allowed, refused
    site.mock.step()
    replies.join()
    eq(collections.Counter(replies.done)[(200, "done")], ROOM, f"answers; {refused}")
    eq(site.mock.count(), ROOM, "calls at the provider")
    wait_for(lambda: user.spend()["calls"] == ROOM, "ten settlements")
    eq(user.spend()["reserved"], 0)
    eq(user.spend()["settled"], ROOM * (10 * INPUT_PICO + OUTPUT_PICO))


def ask(user):
    """What became of one request, in a word."""
    # Two hundred processes at once take their time on a busy machine.
    reply = user.post("/chat", {"message": "hello", "feature": "fixed"}, timeout=PATIENCE)
    return reply.status, "done" if reply.status == 200 else reply.json()["code"]


class in_parallel:
    """n threads that call a function; .done has the results so far, exceptions too."""

    def __init__(self, n, function):
        self.done = []
        self.function = function
        self.threads = [threading.Thread(target=self._run) for _ in range(n)]
        for t in self.threads:
            t.start()

    def _run(self):
        try:
            result = self.function()
        except Exception as e:  # the case looks at it
            result = repr(e)
        self.done.append(result)

    def join(self):
        for t in self.threads:
            t.join(PATIENCE)


@case
def forty_streams_at_once(site):
    """Streams of many clients run side by side, each with its own tokens and its own bill."""
    site.mock.script("m", "pace=gate,tokens=3")
    user = site.user(daily_cap_pico=-1)
    streams = in_parallel(40, lambda: listen(user))
    site.mock.wait_in_flight(40)
    site.mock.step(3)
    streams.join()
    eq([r[0] for r in streams.done], ["t1 t2 t3 "] * 40)
    eq(len({r[1] for r in streams.done}), 40, "request ids")
    cost = 40 * (10 * INPUT_PICO + 3 * OUTPUT_PICO)
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 40})


def listen(user):
    with user.stream() as stream:
        stream.rest()
        return stream.text(), stream.event("done")["request_id"]


MESSAGES = {"model": "long", "messages": [{"role": "user", "content": "hi"}], "stream": True}


@case
def an_answer_that_comes_at_once(site):
    """A provider that says all at once fills more than the provider is held for, and the web server takes it:
    the rest comes all the same, in every dialect."""
    tokens = 20000
    site.mock.script("second", f"tokens={tokens}")
    user = site.user(daily_cap_pico=-1)
    workers = site.processes("chat-stream")
    for n, (path, body, end) in enumerate((
        ("/chat/stream", {"message": "hi", "feature": "long"}, b"event: done"),
        ("/chat/stream", {"message": "hi", "feature": "long", "resume": True}, b"event: done"),
        ("/v1/chat/completions", MESSAGES, b"data: [DONE]"),
        ("/v1/messages", {**MESSAGES, "max_tokens": tokens}, b"event: message_stop"),
        ("/v1/responses", {"model": "long", "input": "hi", "stream": True}, b"event: response.completed"),
    ), 1):  # fmt: skip
        reply = user.post(path, body)
        assert f"t{tokens} ".encode() in reply.body and end in reply.body, (path, reply.body[-400:])
        eq(user.spend()["settled"], n * (10 * INPUT_PICO + tokens * OUTPUT_PICO))
    if site.server in ("lighttpd", "apache-proxy"):
        eq(site.processes("chat-stream"), workers, "the worker that kept the long answer lives")


@case(modes=("lighttpd",))
def an_answer_that_is_too_long_to_repeat(site):
    """The events that end a stream of the Responses API say the whole text again, three times: of over 8 MiB an error comes instead."""
    tokens = 400000
    site.mock.script("second", f"tokens={tokens}")
    user = site.user(daily_cap_pico=-1)
    workers = site.processes("responses")
    body = user.post("/v1/responses", {"model": "long", "input": "hi", "stream": True}).body
    last = body.rstrip().rsplit(b"\n\n", 1)[1]
    assert last.startswith(b"event: response.failed\n") and b"response.completed" not in body, last[:400]
    json.loads(last.split(b"data: ", 1)[1])
    user.settled(1)
    eq(user.spend()["settled"], 10 * INPUT_PICO + tokens * OUTPUT_PICO)
    eq(site.processes("responses"), workers, "its worker lives")


MANY = 1500


@case(modes=("lighttpd",))
def many_streams_in_one_worker(site):
    """All of them are open at once, in one process, before the first one ends; each is whole, and each is paid."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with changed_conf(site, f"\n[server]\nmax_calls = {MANY}\n"):
        site.mock.script("m", "pace=gate,tokens=2")
        user = site.user(daily_cap_pico=-1)
        clients = [ask_raw(user) for _ in range(MANY)]
        site.mock.wait_in_flight(MANY, PATIENCE)
        eq(len(site.processes("chat-stream")), 1, "workers")
        site.mock.step(2)
        whole = [read_all(client) for client in clients]
        eq(sum(b"event: done" in text and b'"t2 "' in text for text in whole), MANY, "streams that are whole")
        wait_for(lambda: user.spend()["calls"] == MANY, "all settlements")
        eq(user.spend(), {"reserved": 0, "settled": MANY * (10 * INPUT_PICO + 2 * OUTPUT_PICO), "calls": MANY})
        site.mock.script("m", "")


def ask_raw(user, feature="chat"):
    """A socket on which a stream was asked for; what comes is not read."""
    body = json.dumps({"message": "hello", "feature": feature})
    client = socket.create_connection((user.http.host, user.http.port), TIMEOUT)
    client.sendall(
        f"POST /chat/stream HTTP/1.0\r\nHost: test\r\nAuthorization: Bearer {user.key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return client


def read_all(client):
    text = b"".join(iter(lambda: client.recv(65536), b""))
    client.close()
    return text
