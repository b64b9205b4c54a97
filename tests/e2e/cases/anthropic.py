"""POST /v1/messages, GET /v1/models and the rest below /v1; tests/clients/ has the real SDKs."""

import json

from case import case, check_ids, check_problem, eq
from client import Client
from siteconf import INPUT_PICO, OUTPUT_PICO

PATH = "/v1/messages"
HELLO = [{"role": "user", "content": "hi"}]
VERSION = {"anthropic-version": "2023-06-01"}


def ask(user, path=PATH, **members):
    body = {"model": "chat", "max_tokens": 100, "messages": HELLO, **members}
    return user.post(path, body, VERSION)


def events(reply):
    """(name, data) of each event, without comments."""
    eq(reply.status, 200, repr(reply))
    out = []
    for block in reply.body.decode().split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n", 1)
            out.append((name[7:], json.loads(data[6:])))
            eq(out[-1][1]["type"], out[-1][0], "type of an event")
    return out


def check_error(reply, status, kind, code):
    eq(reply.status, status, repr(reply))
    body = reply.json()
    eq((body["type"], body["error"]["type"], body["error"]["code"]), ("error", kind, code))
    assert body["error"]["message"], body
    check_ids(reply, body["request_id"])


@case
def anthropic_whole_answer(site):
    user = site.user(rpm=100)
    reply = ask(user)
    body = reply.json()
    eq((body["type"], body["role"], body["stop_reason"]), ("message", "assistant", "end_turn"))
    eq(body["content"], [{"type": "text", "text": "t1 t2 t3 t4 t5 t6 t7 t8 "}])
    eq((body["usage"]["input_tokens"], body["usage"]["output_tokens"]), (10, 8))
    eq(reply.headers["x-slipway-cost-usd"], "0.000042")
    eq(reply.headers["anthropic-ratelimit-requests-limit"], "100")
    assert reply.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    cost = 10 * INPUT_PICO + 8 * OUTPUT_PICO
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})


@case
def anthropic_stream(site):
    got = events(ask(site.user(), stream=True))
    eq([n for n, _ in got], ["message_start", "content_block_start"] + 8 * ["content_block_delta"]
       + ["content_block_stop", "message_delta", "message_stop"])  # fmt: skip
    eq(got[-2][1]["delta"]["stop_reason"], "end_turn")
    eq(got[-2][1]["usage"]["output_tokens"], 8)


@case
def anthropic_tools(site):
    """A call of a tool, streamed and not, and its answer."""
    site.mock.script("m", "tokens=2,tool=look:%7B%22a%22:1%7D")
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    user = site.user()
    body = ask(user, tools=tools).json()
    eq(body["stop_reason"], "tool_use")
    use = body["content"][1]
    eq((use["type"], use["name"], use["input"]), ("tool_use", "look", {"a": 1}))
    got = events(ask(user, tools=tools, stream=True))
    text = "".join(d["delta"].get("partial_json", "") for n, d in got if n == "content_block_delta")
    eq(json.loads(text), {"a": 1})
    site.mock.script("m", "")
    said = [
        *HELLO,
        {"role": "assistant", "content": body["content"]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": use["id"], "content": "seen"},
            {"type": "text", "text": "and now?"}]},
    ]  # fmt: skip
    eq(ask(user, tools=tools, messages=said).status, 200)
    sent = json.loads(site.mock.last()["body"])["messages"]
    eq([m["role"] for m in sent], ["system", "user", "assistant", "tool", "user"])
    eq(sent[3]["tool_call_id"], use["id"])


@case
def anthropic_errors(site):
    user = site.user(rpm=1)
    eq(ask(user).status, 200)
    reply = ask(user)
    check_error(reply, 429, "rate_limit_error", "rate_limited")
    eq(reply.headers["anthropic-ratelimit-requests-remaining"], "0")
    assert reply.headers["retry-after-ms"] and "r=0" in reply.headers["ratelimit"], reply.headers
    user = site.user(daily_cap_pico=0)
    check_error(ask(user), 429, "rate_limit_error", "user_cap")
    eq(ask(user).headers["x-should-retry"], "false")
    user = site.user()
    check_error(ask(user, model="nix"), 404, "not_found_error", "model_not_found")
    check_error(ask(user, messages=[]), 400, "invalid_request_error", "invalid_request")
    check_error(ask(site.http), 401, "authentication_error", "unauthorized")
    site.mock.script("m", "tokens=8,cut=token:4")
    name, data = events(ask(user, stream=True))[-1]
    eq((name, data["error"]["code"]), ("error", "upstream_cut"))


@case
def anthropic_ping(site):
    site.mock.script("m", "pace=gate,tokens=1")
    user = site.user()
    http = user.http._send(
        "POST", PATH, {"model": "chat", "messages": HELLO, "stream": True}, VERSION, 60
    )
    response = http.getresponse()
    text = b""
    while b"event: ping" not in text:
        text += response.read1(4096)
    assert text.startswith(b"event: message_start"), text
    site.mock.step(5)
    assert b"message_stop" in response.read()
    http.close()


@case
def anthropic_count_tokens(site):
    """A bound: never less than the provider counts."""
    user = site.user(rpm=100)
    path = "/v1/messages/count_tokens"
    reply = ask(user, path)
    n = reply.json()["input_tokens"]
    eq(reply.headers["anthropic-ratelimit-requests-remaining"], "99")
    assert 10 <= n < 200, n
    eq(user.spend()["calls"], 0)
    check_error(ask(site.http, path), 401, "authentication_error", "unauthorized")


@case
def models(site):
    user = site.user()
    found = user.get("/v1/models").json()
    eq(found["object"], "list")
    ids = [m["id"] for m in found["data"]]
    assert "chat" in ids and "best" in ids and "mock/m" not in ids, ids
    boss = Client(site.url, site.var_file("api-key"))
    assert "mock/m" in [m["id"] for m in boss.get("/models/").json()["data"]]
    for path in ("/v1/models/mock/m", "/v1/models/mock%2Fm"):
        eq(boss.get(path).json()["id"], "mock/m", path)
    check = user.get("/v1/models/mock/m")
    eq((check.status, check.json()["error"]["code"]), (404, "model_not_found"))
    theirs = user.http.request("GET", "/v1/models", None, VERSION).json()
    eq((theirs["has_more"], theirs["first_id"]), (False, ids[0]))
    eq(user.http.request("GET", "/v1/models/chat", None, VERSION).json()["type"], "model")
    eq(site.http.get("/v1/models").status, 401)


@case
def unknown_address_names_the_nearest(site):
    reply = site.user().post("/v1/chat/completion", {})
    body = check_problem(reply, 404, "not_found")
    assert "/v1/chat/completions?" in body["detail"], body
    reply = site.http.request("POST", "/v1/message", b"{}", VERSION)
    check_error(reply, 404, "not_found_error", "not_found")
    assert "/v1/messages?" in reply.json()["error"]["message"], reply


@case
def cors_is_for_listed_origins(site):
    wanted = {"Access-Control-Request-Method": "POST",
              "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    ours = {"Origin": "https://app.example.org"}
    for path in (PATH, "/v1/chat/completions", "/v1/models"):
        reply = site.http.request("OPTIONS", path, None, {**ours, **wanted})
        eq(reply.status, 204, repr(reply))
        eq(reply.headers["access-control-allow-origin"], ours["Origin"])
        eq(reply.headers["access-control-allow-headers"], "authorization,content-type")
        other = site.http.request("OPTIONS", path, None, {"Origin": "https://x.example", **wanted})
        eq(other.status, 405, repr(other))
        assert "access-control-allow-origin" not in other.headers
    reply = site.user().http.request("GET", "/v1/models", None, ours)
    eq(reply.headers["access-control-allow-origin"], ours["Origin"])
