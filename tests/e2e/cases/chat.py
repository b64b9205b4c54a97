"""POST /chat: one JSON answer."""

import decimal
import json

from case import case, check_ids, check_problem, eq
from livesite import usd
from siteconf import CACHED_PICO, INPUT_PICO, OUTPUT_PICO, PROVIDER_KEY


@case
def plain_answer_with_its_exact_cost(site):
    """The cost in the answer, in llm_calls and in daily_spend is the same exact number."""
    site.mock.script("m", "tokens=7,in=123,out=45")
    user = site.user()
    reply = user.chat("What is a slipway?")
    eq(reply.status, 200, repr(reply))
    body = reply.json()
    cost = 123 * INPUT_PICO + 45 * OUTPUT_PICO
    eq(body["answer"], "t1 t2 t3 t4 t5 t6 t7 ")
    check_ids(reply, body["request_id"])
    eq(body["feature"], "chat")
    eq(body["model_route"], "mock/m")
    eq(body["citations"], [])
    eq(body["usage"]["input_tokens"], 123)
    eq(body["usage"]["output_tokens"], 45)
    assert isinstance(body["cost_usd"], str), body
    eq(decimal.Decimal(body["cost_usd"]), usd(cost), "cost_usd")
    eq((body["basis"], body["finish_reason"]), ("provider_usage", "stop"))
    eq(body["fallback_tier"], 0)
    row = user.settled()
    for column, value in {
        "request_id": body["request_id"], "cost_pico": cost, "basis": "provider_usage",
        "outcome": "done", "error": "ok", "input_tokens": 123, "output_tokens": 45,
        "model_route": "mock/m", "feature": "chat", "stream": "f", "over_reservation": "f",
    }.items():  # fmt: skip
        eq(row[column], str(value), column)
    assert int(row["reserved_pico"]) >= cost, row
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})
    attempts = site.sql(
        "SELECT * FROM slipway.llm_attempts WHERE request_id = :'id'", id=body["request_id"]
    )
    eq([(a["model_route"], a["result"], a["http_status"]) for a in attempts],
       [("mock/m", "ok", "200")], "attempts")  # fmt: skip


@case
def cached_input_is_cheaper(site):
    site.mock.script("m", "tokens=1,in=100,cached=60,out=10")
    user = site.user()
    body = user.chat().json()
    cost = 40 * INPUT_PICO + 60 * CACHED_PICO + 10 * OUTPUT_PICO
    eq(decimal.Decimal(body["cost_usd"]), usd(cost))
    eq(user.spend()["settled"], cost)


@case
def what_the_provider_gets(site):
    user = site.user()
    user.chat("a question", max_output_tokens=17)
    call = site.mock.last()
    eq((call["stream"], call["include_usage"]), (True, True), "streamed, with usage")
    eq(call["max_tokens"], 17)
    eq(call["auth"], PROVIDER_KEY[-4:], "the provider's key")
    body = json.loads(call["body"])
    eq([m["role"] for m in body["messages"]], ["system", "user"])
    eq(body["messages"][0]["content"], "You are a test.")
    eq(body["messages"][1]["content"], "a question")
    assert user.key not in call["body"]


@case
def conversation(site):
    messages = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    ]
    reply = site.user().post("/chat", {"messages": messages})
    eq(reply.status, 200, repr(reply))
    sent = json.loads(site.mock.last()["body"])["messages"]
    eq(sent[-3:], messages)


@case
def text_survives_as_it_is(site):
    """Every kind of character, in both directions."""
    text = 'Grüße, 你好 🚀 "quoted" \\ </script> & \u2028 \x7f\ttab'
    site.mock.script("m", "text=%E4%BD%A0%E5%A5%BD+%F0%9F%9A%80+%22q%22+%5C+%3C%2Fscript%3E+%26")
    user = site.user()
    body = user.chat(text).json()
    eq(body["answer"], '你好 🚀 "q" \\ </script> &')
    eq(json.loads(site.mock.last()["body"])["messages"][-1]["content"], text)
    with user.stream(text) as stream:
        stream.rest()
        eq(stream.text(), '你好 🚀 "q" \\ </script> &')


@case
def provider_that_writes_byte_by_byte(site):
    site.mock.script("m", "split=1,tokens=20,in=3")
    body = site.user().chat().json()
    eq(body["answer"], "".join(f"t{i} " for i in range(1, 21)))
    eq(body["usage"]["output_tokens"], 20)


@case
def longest_answer(site):
    """The feature's max_output_tokens is a ceiling; the model stops there and says so."""
    site.mock.script("m", "tokens=500")
    body = site.user().chat(max_output_tokens=100000).json()
    eq(site.mock.last()["max_tokens"], 200)
    eq((body["finish_reason"], body["usage"]["output_tokens"]), ("length", 200))


@case(modes=("lighttpd",))
def an_answer_that_outgrows_the_buffer(site):
    """Over 4 MiB nothing is cut silently: it is an error that says what to do, and it is charged as
    far as it came; the stream of the same answer arrives whole."""
    site.mock.script("second", "tokens=600000")
    user = site.user()
    reply = user.chat(feature="longest", max_output_tokens=700000)
    check_problem(reply, 502, "upstream_error")
    row = user.settled()
    eq((row["outcome"], row["basis"], row["error"]), ("partial", "partial", "upstream_error"))
    assert int(row["cost_pico"]) > 400000 * OUTPUT_PICO, row
    assert "over 4194304 bytes; use streaming" in site.log_text()


@case
def stream_member_on_chat(site):
    """"stream": true on /chat gives the event stream; false on /chat/stream gives JSON."""
    user = site.user()
    reply = user.chat(stream=True)
    eq(reply.headers["content-type"], "text/event-stream")
    assert b"event: done" in reply.body, reply.body
    reply = user.stream(stream=False)
    eq(reply.headers["content-type"], "application/json")
    eq(reply.json()["finish_reason"], "stop")


@case
def trace_id_is_taken_over(site):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    user = site.user()
    user.post("/chat", {"message": "hi"}, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    eq(user.settled()["trace_id"], trace)


@case
def fallback_before_the_first_byte(site):
    """The first provider of the route is not there: the second one answers, and it shows."""
    site.mock.script("second", "tokens=3,in=5")
    user = site.user()
    body = user.chat(feature="fallback").json()
    eq((body["model_route"], body["fallback_tier"]), ("mock/second", 1), f"{body}")
    eq(body["answer"], "t1 t2 t3 ")
    eq(user.spend()["settled"], 5 * INPUT_PICO + 3 * OUTPUT_PICO)
    attempts = site.sql(
        "SELECT model_route, result FROM slipway.llm_attempts WHERE request_id = :'id'"
        " ORDER BY ordinal",
        id=body["request_id"],
    )
    *failed, last = [(a["model_route"], a["result"]) for a in attempts]
    eq(set(failed), {("dead/m", "upstream_error")})
    eq(last, ("mock/second", "ok"))


@case
def fallback_on_an_error_as_first_event(site):
    site.mock.script("m", "error=first")
    user = site.user()
    with user.stream(feature="late") as stream:
        stream.rest()
        done = stream.event("done")
    eq((done["model_route"], done["fallback_tier"]), ("mock/second", 1))
    eq(user.calls()[0]["cost_pico"], str(10 * INPUT_PICO + 8 * OUTPUT_PICO))
