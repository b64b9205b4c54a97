"""POST /v1/chat/completions, byte by byte; tests/clients/ has the real SDKs."""

import json

from case import case, check_problem, eq
from client import Client
from siteconf import INPUT_PICO, OUTPUT_PICO

PATH = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "hi"}]
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}


def ask(user, path=PATH, **members):
    return user.post(path, {"model": "chat", "messages": HELLO, **members})


def admin(site):
    return Client(site.url, site.var_file("api-key"))


def frames(reply):
    """The data of each event; the end and comments as they are."""
    eq(reply.status, 200, repr(reply))
    eq(reply.headers["content-type"], "text/event-stream")
    out = []
    for block in reply.body.decode().split("\n\n"):
        if block.startswith("data: {"):
            out.append(json.loads(block[6:]))
        elif block:
            out.append(block)
    return out


@case
def openai_whole_answer(site):
    user = site.user()
    reply = ask(user)
    eq(reply.status, 200, repr(reply))
    body = reply.json()
    choice = body["choices"][0]
    eq(body["object"], "chat.completion")
    eq(choice["message"]["content"], "t1 t2 t3 t4 t5 t6 t7 t8 ")
    eq(choice["finish_reason"], "stop")
    eq(body["usage"]["total_tokens"], 18)
    cost = 10 * INPUT_PICO + 8 * OUTPUT_PICO
    eq(reply.headers["x-slipway-cost-usd"], "0.000042")
    eq(reply.headers["x-slipway-model-route"], "mock/m")
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})


@case
def openai_stream(site):
    got = frames(ask(site.user(), stream=True, stream_options={"include_usage": True}))
    eq(got[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})
    text = "".join(f["choices"][0]["delta"].get("content", "") for f in got[1:9])
    eq(text, "t1 t2 t3 t4 t5 t6 t7 t8 ")
    eq(got[9]["choices"][0]["finish_reason"], "stop")
    eq((got[10]["choices"], got[10]["usage"]["completion_tokens"]), ([], 8))
    eq(got[11], ": x-slipway-cost-usd: 0.000042\n: x-slipway-model-route: mock/m")
    eq(got[12:], ["data: [DONE]"])


@case
def openai_addresses(site):
    """With and without /v1, twice, and with slashes: what base URLs make of it."""
    user = site.user()
    for path in ("/chat/completions", PATH + "/", "/v1/v1/chat/completions"):
        eq(ask(user, path).status, 200, path)


@case
def openai_models(site):
    user = site.user()
    check_problem(ask(user, model="nix"), 404, "model_not_found")
    check_problem(ask(user, model="nix/m"), 404, "model_not_found")
    check_problem(user.post(PATH, {"messages": HELLO}), 400, "invalid_request")
    check_problem(ask(user, model="mock/m"), 403, "forbidden")
    eq(ask(user, model="best").headers["x-slipway-model-route"], "mock/m", "an alias")


@case
def a_model_that_cannot_be_written_down(site):
    """A provider that is free has prices for any name; one with a NUL could not be settled."""
    boss = Client(site.url, site.admin.key)
    for name in ("judge/m\0x", "judge/m\n", "judge/\x7f", "judge/" + "m" * 200):
        reply = boss.post("/v1/chat/completions", {"model": name, "messages": HELLO})
        check_problem(reply, 400, "invalid_request")
    eq(site.mock.count(), 0, "provider calls")


@case
def openai_named_model_gets_no_prompt(site):
    boss = admin(site)
    eq(ask(boss, model="mock/second").json()["model"], "mock/second")
    sent = json.loads(site.mock.state()["last"][-1]["body"])
    eq([m["role"] for m in sent["messages"]], ["user"])
    eq(sent["max_tokens"], 4096)


@case
def openai_refuses_what_would_mislead(site):
    user = site.user()
    for members in (
        {"n": 2},
        {"logprobs": True},
        {"functions": [{"name": "f"}]},
        {"web_search_options": {}},
        {"modalities": ["text", "audio"]},
        {"messages": []},
        {"messages": [{"role": "user", "content": 3}]},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]}]},
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        {"response_format": {"type": "xml"}},
        {"response_format": {"type": "json_schema", "json_schema": {
            "name": "x", "schema": {"type": "array", "contains": {"minLength": 1}}}}},
        {"response_format": {"type": "json_schema", "json_schema": {
            "name": "x", "schema": {"type": "string", "pattern": "(a"}}}},
        {"temperature": "hot"},
        {"stop": [1]},
    ):  # fmt: skip
        check_problem(ask(user, **members), 400, "invalid_request")
    eq(user.spend()["calls"], 0)


@case
def openai_takes_what_it_does_not_know(site):
    members = {"service_tier": "priority", "store": True, "frobnicate": {"a": [1]}, "n": 1, "logprobs": False}
    eq(ask(site.user(), **members).status, 200)


@case
def openai_json_is_checked(site):
    site.mock.script("m", "text=%7B%22a%22:%22b%22%7D")
    user = site.user()
    for form in ({"type": "json_object"}, FORMAT):
        eq(json.loads(ask(user, response_format=form).json()["choices"][0]["message"]["content"]),
           {"a": "b"})  # fmt: skip
    eq(len(site.mock.state()["last"]), 2)


@case
def openai_json_is_repaired_once(site):
    """Two answers, both charged, from one reservation; then an error with its reason."""
    site.mock.script("m", "text=%7B%22a%22:7%7D")
    user = site.user()
    body = check_problem(ask(user, response_format=FORMAT), 502, "answer_form")
    assert "$.a must be of type" in body["detail"], body
    calls = site.mock.state()["last"]
    eq(len(calls), 2)
    said = json.loads(calls[1]["body"])["messages"][-2:]
    eq((said[0]["role"], said[0]["content"]), ("assistant", '{"a":7}'))
    assert "$.a must be of type" in said[1]["content"], said
    row = user.settled()
    eq((row["outcome"], row["error"]), ("partial", "answer_form"))
    eq(int(row["cost_pico"]), 2 * (10 * INPUT_PICO + OUTPUT_PICO))
    assert int(row["cost_pico"]) <= int(row["reserved_pico"]), row
    eq(user.spend()["reserved"], 0)


@case
def openai_json_follows_patterns(site):
    """What zod makes of an address and a code; one that never ends is an answer with a fault."""
    site.mock.script("m", "text=%7B%22a%22:%22" + "a" * 48 + "!%22%7D")
    user = site.user()

    def with_pattern(pattern):
        a = {"type": "string", "format": "email", "pattern": pattern}
        return {"type": "json_schema", "json_schema": {
            "name": "x", "schema": {**SCHEMA, "properties": {"a": a}}}}  # fmt: skip

    eq(ask(user, response_format=with_pattern("^[a-z]+!$")).status, 200)
    body = check_problem(ask(user, response_format=with_pattern("^[b-z]+$")), 502, "answer_form")
    assert "$.a must match the pattern" in body["detail"], body
    body = check_problem(ask(user, response_format=with_pattern("^(a+)+$")), 502, "answer_form")
    assert "takes too long to check" in body["detail"], body


@case
def openai_json_of_a_stream_is_checked_at_its_end(site):
    site.mock.script("m", "text=no")
    got = frames(ask(site.user(), response_format=FORMAT, stream=True))
    eq(got[-1]["error"]["code"], "answer_form")
    eq(len(site.mock.state()["last"]), 1)


@case
def openai_stream_breaks_off(site):
    site.mock.script("m", "tokens=8,cut=token:4")
    got = frames(ask(site.user(), stream=True))
    eq(got[-1]["error"]["code"], "upstream_cut")
    eq(got[-1]["error"]["type"], "server_error")
