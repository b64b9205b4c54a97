"""Thinking in /v1/messages: asked for by clients, told to each kind of provider, and what comes of the thoughts."""

import json

from cases.anthropic import HELLO, ask, check_error, events
from case import case, eq
from client import TIMEOUT, Client
from cases.guard import EMAIL
from siteconf import INPUT_PICO, OUTPUT_PICO

SIGNATURE = "c2lnbmVkIGJ5IG1vY2s="
BUDGET = {"type": "enabled", "budget_tokens": 1500}
MODEL = "claude-sonnet-4-5"
TOOLS = [{"name": "look", "input_schema": {"type": "object"}}]


def models(site, script):
    """A user, a key that may name models, and a model that thinks of each kind: OpenAI's, Anthropic's, Bedrock's."""
    site.mock.script(MODEL, script)
    user = site.user()
    words = site.slipway("key", "create", user.name, "--model", "*/" + MODEL)
    return user, Client(site.url, words.split()[-1]), [f"{p}/{MODEL}" for p in ("mock", "claude", "aws")]


def think(user, model, thinking=BUDGET, **members):
    return ask(user, model=model, max_tokens=4000, thinking=thinking, **members)


def sent(site):
    return json.loads(site.mock.state()["last"][-1]["body"])


def said_of_thinking(body):
    return body.get("additionalModelRequestFields", body).get("thinking"), body.get("reasoning_effort")


@case
def thinking_reaches_every_kind(site):
    """As a budget or an effort; the client sees the thoughts, signed where the provider signs."""
    user, http, names = models(site, "think=Hm%2C+a+question.,tokens=4,reasoning=2,out=6")
    for n, model in enumerate(names):
        body = think(http, model).json()
        wanted = (None, "medium") if n == 0 else (BUDGET, None)
        eq(said_of_thinking(sent(site)), wanted, model)
        signature = "" if n == 0 else SIGNATURE
        eq(body["content"], [
            {"type": "thinking", "thinking": "Hm, a question.", "signature": signature},
            {"type": "text", "text": "t1 t2 t3 t4 "}], model)  # fmt: skip
        eq(body["usage"]["output_tokens"], 6, model)
        if n < 2:  # Bedrock does not say
            eq(body["usage"]["output_tokens_details"], {"thinking_tokens": 2}, model)
        got = events(think(http, model, stream=True))
        eq([d["content_block"]["type"] for e, d in got if e == "content_block_start"],
           ["thinking", "text"], model)  # fmt: skip
        deltas = [(d["index"], d["delta"]) for e, d in got if e == "content_block_delta"]
        eq("".join(d.get("thinking", "") for i, d in deltas if i == 0), "Hm, a question.")
        eq([d["signature"] for i, d in deltas if "signature" in d], [signature] if n else [])
        eq("".join(d.get("text", "") for i, d in deltas if i == 1), "t1 t2 t3 t4 ")
        eq([d["index"] for e, d in got if e == "content_block_stop"], [0, 1])
    cost = 10 * INPUT_PICO + 6 * OUTPUT_PICO
    eq(user.spend(), {"reserved": 0, "settled": 6 * cost, "calls": 6})


@case
def thoughts_are_for_who_asked(site):
    """No thought is shown as text, nor to a client that did not ask; effort becomes thinking where it can."""
    _, http, names = models(site, "think=secret,tokens=2")
    body = {"messages": HELLO, "max_tokens": 4000, "reasoning_effort": "medium"}
    for n, model in enumerate(names):
        eq(ask(http, model=model).json()["content"], [{"type": "text", "text": "t1 t2 "}])
        eq(said_of_thinking(sent(site)), (None, None), model)
        eq(think(http, model, {"type": "disabled"}).json()["content"][0]["type"], "text")
        eq(said_of_thinking(sent(site)), ({"type": "disabled"} if n else None, None), model)
        for path, members in (("/v1/chat/completions", body), ("/v1/responses", {"input": "hi"})):
            for stream in (False, True):
                reply = http.post(path, {"model": model, "stream": stream, **members})
                eq(reply.status, 200, f"{path} {model}")
                assert b"secret" not in reply.body, reply.body
            if path == "/v1/chat/completions":
                eq(said_of_thinking(sent(site)), (
                    {"type": "enabled", "budget_tokens": 2000} if n else None,
                    None if n else "medium"), model)  # fmt: skip


@case
def thoughts_go_back_with_their_signature(site):
    """A round with a tool: the provider gets its thoughts as they were, and thinks on."""
    _, http, names = models(site, "think=Hm.,tokens=1,tool=look:%7B%7D")
    for n, model in enumerate(names):
        said = think(http, model, tools=TOOLS).json()["content"]
        eq([b["type"] for b in said], ["thinking", "text", "tool_use"], model)
        result = {"type": "tool_result", "tool_use_id": said[2]["id"], "content": "seen"}
        messages = [*HELLO, {"role": "assistant", "content": said}, {"role": "user", "content": [result]}]
        eq(think(http, model, tools=TOOLS, messages=messages).status, 200)
        body = sent(site)
        blocks = body["messages"][-2]["content"]
        if n == 0:
            eq((blocks, body["messages"][-2]["role"]), ("t1 ", "assistant"))
            continue
        eq(said_of_thinking(body)[0], BUDGET)
        eq(blocks[0], said[0] if n == 1 else
           {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": SIGNATURE}}})  # fmt: skip
        # without its thoughts it is refused to think on
        messages[1]["content"] = said[1:]
        eq(think(http, model, tools=TOOLS, messages=messages).status, 200)
        eq(said_of_thinking(sent(site))[0], None)


@case
def thoughts_pass_the_guard(site):
    """What the guard has changed is not signed any more; what would be changed on its way back is left out."""
    _, http, names = models(site, f"think=I+write+to+{EMAIL}+now.,tokens=1")
    for model in names[1:]:
        eq(think(http, model).json()["content"][0],
           {"type": "thinking", "thinking": "I write to [email] now.", "signature": ""})  # fmt: skip
        got = events(think(http, model, stream=True))
        assert not any("signature" in d["delta"] for e, d in got if e == "content_block_delta"), got
        thought = {"type": "thinking", "thinking": f"to {EMAIL}", "signature": "abc"}
        said = [thought, {"type": "text", "text": "Yes."}]
        messages = [*HELLO, {"role": "assistant", "content": said}, *HELLO]
        eq(think(http, model, messages=messages).status, 200)
        body = json.dumps(sent(site))
        assert EMAIL not in body and "abc" not in body and "Yes." in body, body


@case
def thoughts_are_charged(site):
    """A stream that is cut while the model thinks costs what was thought, seen or not."""
    user, http, names = models(site, "think=What+is+this+about?,tokens=4,cut=token:0")
    for n, model in enumerate(names):
        check = events(think(http, model, stream=True))
        eq((check[-1][0], check[-1][1]["error"]["code"]), ("error", "upstream_cut"), model)
        row = user.settled(n + 1)
        eq((row["outcome"], row["basis"], row["output_tokens"]), ("failed", "partial", "5"), model)  # 19 bytes
    eq(user.spend()["reserved"], 0)


@case
def the_next_model_thinks_anew(site):
    """Before the first text the next of the route is asked, whose thoughts are others."""
    site.mock.script("m", "think=What+is+this+about?,tokens=4,cut=token:0")
    site.mock.script("second", "think=second,tokens=2")
    user = site.user()
    got = events(think(user, "going-on", stream=True))
    eq([d["content_block"]["type"] for e, d in got if e == "content_block_start"],
       ["thinking", "thinking", "text"])  # fmt: skip
    text = {}
    for e, d in got:
        if e == "content_block_delta":
            text[d["index"]] = text.get(d["index"], "") + (d["delta"].get("thinking") or d["delta"]["text"])
    eq(text, {0: "What is this about?", 1: "second", 2: "t1 t2 "})
    eq(think(user, "going-on").json()["content"], [
        {"type": "thinking", "thinking": "second", "signature": ""},
        {"type": "text", "text": "t1 t2 "}])  # fmt: skip


@case
def thinking_that_cannot_be(site):
    user = site.user()
    for thinking in ({"type": "enabled"}, {"type": "enabled", "budget_tokens": 100},
                     {"type": "enabled", "budget_tokens": 4000}, {"type": "much"}, {}):  # fmt: skip
        check_error(think(user, "chat", thinking), 400, "invalid_request_error", "invalid_request")
    eq(site.mock.count(), 0)


@case
def who_leaves_a_model_that_thinks_unseen(site):
    """What it thought is output that nobody saw: it is counted by the time."""
    site.mock.script("gpt-5-e2e", "pace=gate")
    user = site.user()
    key = site.slipway("key", "create", user.name, "--model", "mock/*").split()[-1]
    body = {"model": "mock/gpt-5-e2e", "messages": [{"role": "user", "content": "x"}], "stream": True}
    connection = Client(site.url, key)._send("POST", "/v1/chat/completions", body, None, TIMEOUT)
    site.mock.wait_in_flight(1)
    connection.close()
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("client_gone", "partial"))
    assert 0 < int(row["output_tokens"]) <= 4096, row
