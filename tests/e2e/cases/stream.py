"""POST /chat/stream: tokens reach the client as they come.

The mock's gate makes this exact without a clock: it says token n + 1 only after the test has
read token n at the client's end."""

import decimal
import time

from case import case, check_ids, check_problem, eq
from client import TIMEOUT, wait_for
from livesite import usd
from siteconf import INPUT_PICO, OUTPUT_PICO


@case
def tokens_arrive_one_by_one(site):
    site.mock.script("m", "pace=gate,tokens=6,in=11")
    user = site.user()
    cost = 11 * INPUT_PICO + 6 * OUTPUT_PICO
    with open_gated(site, user) as stream:
        for n in range(1, 7):
            eq(site.mock.last()["tokens"], n - 1, "said so far")
            site.mock.step()
            eq(stream.token(), f"t{n} ")
        frames = stream.rest()
        names = [f.event or "token" for f in frames]
        eq(names, ["start", *["token"] * 6, "usage", "done"])
        assert stream.reads >= 6, f"{stream.reads} reads"
        start, done, usage = (stream.event(n) for n in ("start", "done", "usage"))
        check_ids(stream, start["request_id"])
        eq(start["feature"], "chat")
        eq((usage["input_tokens"], usage["output_tokens"]), (11, 6))
        eq(decimal.Decimal(usage["cost_usd"]), usd(cost))
        eq(usage["basis"], "provider_usage")
        eq(done["request_id"], start["request_id"])
        eq((done["model_route"], done["finish_reason"]), ("mock/m", "stop"))
        eq(done["fallback_tier"], 0)
    # Settled before the client saw `done`: no waiting here.
    row = user.calls()[0]
    eq((row["cost_pico"], row["stream"], row["request_id"]), (str(cost), "t", start["request_id"]))
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})


def open_gated(site, user, **members):
    """A stream whose call has reached the mock, which waits at its gate.

    The workers send the head with the first text or heartbeat, so opening blocks until then."""
    stream = user.stream("hello", **members)
    eq(stream.status, 200, repr(stream))
    return stream


@case
def response_headers(site):
    with site.user().stream() as stream:
        headers = stream.headers
        stream.rest()
    assert headers["content-type"].startswith("text/event-stream"), headers
    assert "no-store" in headers["cache-control"], headers
    eq(headers["x-accel-buffering"], "no")
    assert "content-encoding" not in headers, headers


@case
def heartbeats_in_silence(site):
    """While the provider is silent, comments keep the connection open: before the first token
    and between two."""
    site.mock.script("m", "pace=gate,tokens=2")
    with open_gated(site, site.user()) as stream:
        for n in (1, 2):
            seen = len(stream.frames)
            stream.until(lambda f: f.comment is not None)
            assert all(f.comment or f.event == "start" for f in stream.frames[seen:])
            site.mock.step()
            eq(stream.token(), f"t{n} ")
        stream.rest()
        eq(stream.frames[-1].event, "done")


@case
def error_after_text(site):
    """The text stands, one error event ends the stream, what was said is charged."""
    site.mock.script("m", "tokens=8,error=after:3")
    user = site.user()
    with user.stream() as stream:
        frames = stream.rest()
        eq(stream.text(), "t1 t2 t3 ")
        check_error_is_last(stream, frames, "upstream_error")
    check_partial(user, 3)


def check_error_is_last(stream, frames, code):
    eq(frames[-1].event, "error", "the terminal event")
    assert all(f.event != "done" for f in frames), frames
    problem = stream.event("error")
    eq(problem["code"], code)
    eq(problem["request_id"], stream.headers["x-request-id"])
    eq(problem["incident_id"], problem["request_id"])
    assert problem["detail"] and problem["error"]["message"], problem
    return problem


def check_partial(user, tokens, outcome="partial"):
    """Charged for the input bound and at least the tokens that were said."""
    row = user.settled()
    eq((row["outcome"], row["basis"]), (outcome, "partial"), f"{row}")
    said = int(row["output_tokens"])
    assert tokens <= said <= tokens + 2, f"{said} tokens charged, {tokens} were said"
    cost = int(row["input_tokens"]) * INPUT_PICO + said * OUTPUT_PICO
    eq(int(row["cost_pico"]), cost)
    assert cost <= int(row["reserved_pico"]), row
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})
    return row


@case
def stream_cut_after_text(site):
    for script in ("cut=token:4", "cut=mid-chunk", "cut=reset"):
        site.mock.script("m", "tokens=8," + script)
        user = site.user()
        with user.stream() as stream:
            frames = stream.rest()
            eq(stream.text(), "t1 t2 t3 t4 ", script)
            check_error_is_last(stream, frames, "upstream_cut")
        check_partial(user, 4)


@case
def broken_frame_after_text(site):
    site.mock.script("m", "tokens=8,garbage=mid")
    user = site.user()
    with user.stream() as stream:
        frames = stream.rest()
        eq(stream.text(), "t1 t2 t3 t4 ")
        check_error_is_last(stream, frames, "upstream_error")
    check_partial(user, 4)


@case
def provider_goes_silent_after_text(site):
    site.mock.script("k", "tokens=8,hang=mid")
    user = site.user()
    with user.stream(feature="silent-openai") as stream:
        frames = stream.rest()
        eq(stream.text(), "t1 t2 t3 t4 ")
        check_error_is_last(stream, frames, "upstream_timeout")
    check_partial(user, 4)
    assert site.mock.wait_closed()["closed_early"]


@case
def provider_that_does_not_hang_up(site):
    """[DONE] ends the answer, whatever the connection does."""
    site.mock.script("m", "tokens=2,hang=close")
    with site.user().stream() as stream:
        stream.rest()
        eq(stream.event("done")["finish_reason"], "stop")


@case
def client_leaves_while_the_provider_talks(site):
    site.mock.script("m", "tokens=2000,pace=10")
    user = site.user()
    with user.stream() as stream:
        stream.token()
    call = site.mock.wait_closed()
    assert call["closed_early"] and call["tokens"] < 150, call
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("client_gone", "partial"), f"{row}")
    assert 1 <= int(row["output_tokens"]) <= call["tokens"] + 1, (row, call)
    eq(user.spend()["reserved"], 0)
    eq(user.spend()["settled"], int(row["cost_pico"]))


@case
def client_leaves_while_the_provider_is_silent(site):
    site.mock.script("m", "pace=gate,tokens=9")
    user = site.user()
    with open_gated(site, user) as stream:
        site.mock.step()
        stream.token()
    call = site.mock.wait_closed()
    eq((call["closed_early"], call["tokens"]), (True, 1), f"{call}")
    check_partial(user, 1, "client_gone")


@case
def client_of_chat_leaves(site):
    """/chat writes nothing until its answer is complete: the provider's work is settled all the
    same, whether the server tells that the client left or not."""
    site.mock.script("m", "pace=gate,tokens=2")
    user = site.user()
    connection = user.http._send("POST", "/chat", {"message": "hi"}, None, TIMEOUT)
    site.mock.wait_in_flight(1)
    connection.close()
    site.mock.step(5)
    site.mock.wait_in_flight(0)
    row = user.settled()
    assert row["outcome"] in ("client_gone", "done"), row
    eq(user.spend()["reserved"], 0)
    eq(user.spend()["settled"], int(row["cost_pico"]))


@case
def slow_reader_delays_nobody(site):
    """A client that does not read holds up its own provider call and no other; when it reads at last,
    every byte is there."""
    tokens = 500000
    site.mock.script("second", f"tokens={tokens}")
    user = site.user(daily_cap_pico=-1)
    with open_gated(site, user, feature="long") as slow:
        slow.token()
        for _ in range(3):
            eq(user.chat().status, 200)
        with user.stream() as other:
            other.rest()
            eq(other.text(), "t1 t2 t3 t4 t5 t6 t7 t8 ")
        held = [c for c in site.mock.state()["last"] if c["model"] == "second"]
        eq(held[0]["state"], "open", "the provider waits for the slow reader")
        rest = slow.buffer + slow.response.read()
        eq(rest.count(b'data: {"token":"t'), tokens - 1, "tokens after the first")
        assert f'"t{tokens} "'.encode() in rest and b"event: done" in rest, rest[-400:]
    eq(user.calls()[-1]["outcome"], "done")


@case(modes=("lighttpd", "apache-proxy"))
def a_reader_who_leaves_while_the_provider_is_held(site):
    """How far it went on, nobody sees, and who does not read would pay for less than the provider made: the whole
    reservation is charged."""
    site.mock.script("second", "tokens=500000")
    user = site.user(daily_cap_pico=-1)
    with open_gated(site, user, feature="long") as slow:
        slow.token()
        wait_for(lambda: is_held(site), "the provider to be held")
    row = user.settled()
    eq((row["outcome"], row["basis"], row["cost_pico"]), ("client_gone", "pessimistic", row["reserved_pico"]))


def is_held(site):
    """Has the provider stood still for two seconds?"""
    seen = [site.mock.last()["tokens"]]
    while len(seen) < 20 and seen[-1] == seen[0]:
        time.sleep(0.1)
        seen.append(site.mock.last()["tokens"])
    return seen[-1] == seen[0] > 0


@case
def refusal_before_the_stream_is_plain_json(site):
    check_problem(site.user().stream(feature="nosuch"), 404, "unknown_feature")
