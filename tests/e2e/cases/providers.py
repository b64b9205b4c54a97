"""What a provider of each kind does wrong, against the scripted provider in that kind's dialect: what
the client sees, what is charged, what is logged, and how often the provider was asked."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from case import case, check_problem, eq
from cases.faults import changed_conf, rewrite
from cases.stream import check_error_is_last, check_partial
from client import Stream, wait_for
from siteconf import AWS_SECRET_KEY, CACHED_PICO, INPUT_PICO, KINDS, OUTPUT_PICO
from mock import Mock

FREE = ("failed", "none", "0")


def per_kind(function):
    """Register function(site, kind) once for each kind."""
    for kind in KINDS:

        def one(site, kind=kind):
            function(site, kind)

        one.__name__, one.__module__ = f"{function.__name__}_{kind}", function.__module__
        case(one)


def check_row(user, outcome, basis, cost):
    row = user.settled()
    eq((row["outcome"], row["basis"], row["cost_pico"]), (outcome, basis, str(cost)), f"{row}")
    eq(user.spend(), {"reserved": 0, "settled": int(cost), "calls": 1})
    return row


def check_log(site, before, request_id, code):
    """The call has its one line in the log, which names the error."""
    lines = [json.loads(x) for x in site.log_text()[before:].splitlines()]
    calls = [x for x in lines if x["event"] == "call" and x.get("request_id") == request_id]
    eq([x.get("error", "") for x in calls], [code], f"{lines}")


def tries_of(site, request_id):
    """Our record of the tries of a call: what was asked, in order."""
    rows = site.sql(
        "SELECT model_route FROM slipway.llm_attempts WHERE request_id = :'id' ORDER BY ordinal",
        id=request_id,
    )
    return [r["model_route"] for r in rows]


@per_kind
def an_answer_and_its_usage(site, kind):
    """All that a provider counts arrives in one form, however the bytes are cut."""
    written = "" if kind == "openai" else ",written=4,written-1h=6"
    for split in ("", ",split=1", ",split=7"):
        script = f"tokens=3,in=40,cached=5,reasoning=2,out=9{written}{split}"
        site.mock.script("k", script)
        user = site.user()
        with user.stream(feature="kind-" + kind) as stream:
            stream.rest()
            eq(stream.text(), "t1 t2 t3 ", split)
            eq(stream.event("done")["finish_reason"], "stop")
        new = 40 - 5 - (10 if written else 0)
        cost = (40 - 5) * INPUT_PICO + 5 * CACHED_PICO + 9 * OUTPUT_PICO
        row = check_row(user, "done", "provider_usage", cost)
        columns = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
                   "output_tokens", "reasoning_tokens")  # fmt: skip
        wanted = [new, 5, 4 if written else 0, 6 if written else 0, 9, 0 if kind == "bedrock" else 2]
        eq([int(row[c]) for c in columns], wanted)
    site.mock.script("k", "tokens=900,in=3")
    eq(site.user().chat(feature="kind-" + kind).json()["finish_reason"], "length")
    site.mock.script("k", "tokens=3,usage=no")
    user = site.user()
    eq(user.chat(feature="kind-" + kind).json()["basis"], "estimated")


# script, status and code for the client, whether it may be asked again
MATRIX = (
    ("status=400", 400, "upstream_rejected", False),
    ("status=401", 503, "upstream_auth", False),
    ("status=403", 503, "upstream_auth", False),
    ("status=404", 400, "upstream_rejected", False),
    ("status=408,body=empty", 502, "upstream_error", True),
    ("status=409,body=server", 502, "upstream_error", True),
    ("status=429", 503, "upstream_rate_limited", True),
    ("status=429,retry-after=600", 503, "upstream_rate_limited", False),
    ("status=429,body=quota", 503, "upstream_quota", False),
    ("status=400,body=quota", 503, "upstream_quota", False),
    ("status=500", 502, "upstream_error", True),
    ("status=502,body=html", 502, "upstream_error", True),
    ("status=503,body=empty", 502, "upstream_error", True),
    ("status=529", 502, "upstream_error", True),
)


@per_kind
def statuses(site, kind):
    """Refused before anything was accepted: free; asked again only where that may help."""
    site.restart_workers()  # other cases have used up what a worker may retry
    retried = 0
    for script, status, code, again in MATRIX:
        site.mock.reset()
        site.mock.script("k", script)
        user, before = site.user(), len(site.log_text())
        reply = user.chat(feature="kind-" + kind)
        body = check_problem(reply, status, code)
        row = check_row(user, *FREE)
        eq(row["error"], code, script)
        check_log(site, before, body["request_id"], code)
        tries = tries_of(site, body["request_id"])
        eq(site.mock.count(), len(tries), f"{script}: calls at the provider, and our record of them")
        assert 1 <= len(tries) <= (3 if again else 1), (script, tries)
        retried += len(tries) - 1
    assert retried >= 2, "nothing was tried again"


@per_kind
def trouble_that_passes(site, kind):
    site.restart_workers()
    site.mock.script("k", "status=503,times=1,tokens=2,in=5")
    user = site.user()
    eq(user.chat(feature="kind-" + kind).json()["answer"], "t1 t2 ")
    eq(site.mock.count(), 2)
    check_row(user, "done", "provider_usage", 5 * INPUT_PICO + 2 * OUTPUT_PICO)


@per_kind
def hangs(site, kind):
    """No byte in time: the whole reservation is charged; silence after text: the part that was said."""
    for script in ("hang=connect", "hang=first"):
        site.mock.reset()
        site.mock.script("k", script)
        user = site.user()
        check_problem(user.chat(feature="hasty-" + kind), 504, "upstream_timeout")
        row = user.settled()
        eq((row["outcome"], row["basis"]), ("failed", "pessimistic"), script)
        eq(row["cost_pico"], row["reserved_pico"])
        eq(site.mock.count(), 1, "it is not asked again: that could cost twice")
        assert site.mock.wait_closed()["closed_early"]
    for script, said in (("hang=mid", 4), ("hang=end", 8)):
        site.mock.script("k", script)
        user = site.user()
        with user.stream(feature="silent-" + kind) as stream:
            check_error_is_last(stream, stream.rest(), "upstream_timeout")
        check_partial(user, said)


@per_kind
def cuts(site, kind):
    """Wherever the connection is cut: the text so far stands, one end, and never more than the
    reservation; it is asked once, for it may have begun to work."""
    whole = "t1 t2 t3 t4 t5 t6 t7 t8 "
    seen = set()
    places = [f"cut=after:{n}" for n in range(0, 3000, 157)]
    for script in (*places, "cut=token:0", "cut=token:4", "cut=mid-chunk", "cut=reset"):
        site.mock.reset()
        site.mock.script("k", script)
        user = site.user()
        reply = user.stream(feature="kind-" + kind)
        if isinstance(reply, Stream):
            with reply as stream:
                frames = stream.rest()
                assert whole.startswith(stream.text()), stream.text()
                ended = frames[-1].event
                if ended != "done":
                    check_error_is_last(stream, frames, "upstream_cut")
        else:
            check_problem(reply, 502, "upstream_cut")
            ended = "refused"
        seen.add(ended)
        row = user.settled()
        assert int(row["cost_pico"]) <= int(row["reserved_pico"]), row
        assert row["basis"] in ("partial", "provider_usage", "estimated"), (script, row)
        eq(user.spend()["reserved"], 0)
        eq(site.mock.count(), 1, script)
    eq(seen, {"refused", "error", "done"}, "what a cut leads to")


@per_kind
def nonsense(site, kind):
    """Before the first text it is an error of ours and free; after it the text stands."""
    for script in ("garbage=yes", "garbage=json", "error=first"):
        site.mock.script("k", script)
        user, before = site.user(), len(site.log_text())
        body = check_problem(user.chat(feature="kind-" + kind), 502, "upstream_error")
        row = user.settled()
        eq((row["outcome"], row["cost_pico"]), ("failed", "0"), f"{script} {row}")
        check_log(site, before, body["request_id"], "upstream_error")
    for script, said in (("garbage=mid", 4), ("error=after:3", 3)):
        site.mock.reset()
        site.mock.script("k", script)
        user = site.user()
        with user.stream(feature="kind-" + kind) as stream:
            check_error_is_last(stream, stream.rest(), "upstream_error")
            eq(stream.text(), "t1 t2 t3 t4 "[: 3 * said])
        check_partial(user, said)
        eq(site.mock.count(), 1)


@per_kind
def client_leaves(site, kind):
    """Between any two tokens: the provider is cancelled at once, and what was said is charged."""
    for n in (1, 3):
        site.mock.reset()
        site.mock.script("k", "pace=gate,tokens=9")
        user = site.user()
        with user.stream(feature="kind-" + kind) as stream:
            for _ in range(n):
                site.mock.step()
                stream.token()
        call = site.mock.wait_closed()
        eq((call["closed_early"], call["tokens"]), (True, n), f"{call}")
        check_partial(user, n, "client_gone")


@per_kind
def next_of_the_route(site, kind):
    """A provider that fails before the first text is nobody's business but the log's."""
    for script in ("status=429,body=quota", "error=first", "garbage=yes", "cut=token:0"):
        site.mock.reset()
        site.mock.script("k", script)
        site.mock.script("second", "tokens=2")
        user = site.user()
        body = user.chat(feature="then-" + kind).json()
        eq((body["answer"], body["model_route"]), ("t1 t2 ", "mock/second"), script)
        row = user.settled()
        eq(site.mock.count(), len(tries_of(site, row["request_id"])), script)
        eq(tries_of(site, row["request_id"])[-1], "mock/second")
        assert int(row["cost_pico"]) <= int(row["reserved_pico"]), row


# What is in the request and the answer, through /v1/chat/completions

TOOLS = [{"type": "function", "function": {
    "name": "look", "description": "Look.", "parameters": {"type": "object", "properties": {"q": {}}}}}]  # fmt: skip
ANSWERED = [
    {"role": "system", "content": "Rule."},
    {"role": "user", "content": "Q"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"q":1}'}},
        {"id": "c2", "type": "function", "function": {"name": "look", "arguments": '{"q":2}'}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "one"},
    {"role": "tool", "tool_call_id": "c2", "content": "two"},
]  # fmt: skip


def complete(site, kind, **body):
    reply = site.admin.post("/v1/chat/completions", {"model": KINDS[kind][0] + "/k", **body})
    eq(reply.status, 200, repr(reply))
    return reply.json()["choices"][0]


@per_kind
def tools(site, kind):
    """Calls of tools come back, two at once; their results go out in the provider's dialect."""
    site.mock.script("k", 'tokens=1,tool=look:{"q":7},tool=look:{"q":8}')
    choice = complete(site, kind, messages=[{"role": "user", "content": "Q"}], tools=TOOLS)
    calls = choice["message"]["tool_calls"]
    eq([json.loads(c["function"]["arguments"]) for c in calls], [{"q": 7}, {"q": 8}])
    eq(len({c["id"] for c in calls}), 2)
    eq((choice["finish_reason"], choice["message"]["content"]), ("tool_calls", "t1 "))
    site.mock.script("k", "tokens=1")
    eq(complete(site, kind, messages=ANSWERED, tools=TOOLS)["message"]["content"], "t1 ")
    sent = json.loads(site.mock.last()["body"])
    said = sent["messages"]
    if kind == "openai":
        eq([m.get("tool_call_id") for m in said], [None, None, None, "c1", "c2"])
    elif kind == "anthropic":
        eq([m["role"] for m in said], ["user", "assistant", "user"])
        eq([(b["type"], b["tool_use_id"]) for b in said[2]["content"]],
           [("tool_result", "c1"), ("tool_result", "c2")])  # fmt: skip
        eq(said[1]["content"][1]["input"], {"q": 2})
    else:
        eq([m["role"] for m in said], ["user", "assistant", "user"])
        eq([b["toolResult"]["toolUseId"] for b in said[2]["content"]], ["c1", "c2"])


@per_kind
def images_and_schema(site, kind):
    """An image by data goes out, JSON by a schema comes back as text."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "Q"}, image]}]
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"],
              "additionalProperties": False}  # fmt: skip
    site.mock.script("k", 'tokens=1,text={"a":1}')
    if kind == "anthropic":  # "k" is none of Anthropic's models, so the answer is a tool's input
        site.mock.script("k", 'tokens=0,tool=slipway_json_answer:{"a":1}')
    choice = complete(
        site, kind, messages=messages,
        response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}},
    )  # fmt: skip
    eq(json.loads(choice["message"]["content"]), {"a": 1})
    eq(choice["finish_reason"], "stop")
    assert "iVBORw0KGgo=" in site.mock.last()["body"]


# Bedrock alone


@case
def bedrock_ids_are_signed(site):
    """Ids with a ":", ARNs with a "/": the provider computes the same signature."""
    models = ("eu.amazon.nova-pro-v1:0", "arn:aws:bedrock:eu-west-1:1:inference-profile/x.y-v1:0")
    for model in models:
        site.set_price("aws", model)
    site.restart_workers()  # they read the prices once a minute
    for model in models:
        reply = site.admin.chat(model="aws/" + model)
        eq(reply.status, 200, repr(reply))
        eq(site.mock.last()["model"], model)


@case
def bedrock_keys_that_are_wrong(site):
    user = site.user()
    check_problem(user.chat(feature="kind-stranger"), 503, "upstream_auth")
    check_row(user, *FREE)


@case
def bedrock_keys_that_are_renewed(site):
    """Other keys in the files are used for the next call, and at once for one that was refused with the
    old ones; no worker is started anew, and the circuit stays closed."""
    key, token = (os.path.join(site.folder, n) for n in ("renewed-key", "renewed-token"))
    user = site.user()
    eq(user.chat(feature="renewed").status, 200)
    rewrite(key, "of another account\n")
    check_problem(user.chat(feature="renewed"), 503, "upstream_auth")
    eq(site.mock.count(), 1, "calls that were signed")
    eq(len(site.sql("SELECT 1 FROM slipway.llm_attempts WHERE model_route = 'renewed/k'")), 2, "tries")
    rewrite(key, AWS_SECRET_KEY + "\n")

    def answers():
        close_circuit(site, "renewed/k") # each time: that it opened may be written after its 503
        return user.chat(feature="renewed").status == 200
    wait_for(answers, "the new key to be used")
    # the provider says that they have ended, and by then others are there
    site.mock.reset()
    site.mock.script("k", "status=403,body=auth,delay=1500,times=1,tokens=2,in=5")
    user = site.user()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(user.chat, feature="renewed")
        site.mock.wait_in_flight(1)
        rewrite(token, "token-1\n")
        reply = asked.result()
    eq((reply.status, reply.json()["answer"]), (200, "t1 t2 "))
    check_row(user, "done", "provider_usage", 5 * INPUT_PICO + 2 * OUTPUT_PICO)
    eq(tries_of(site, reply.json()["request_id"]), ["renewed/k"] * 2)
    eq(site.mock.count(), 2)
    # without other keys it is not asked again
    site.mock.script("k", "status=403,body=auth")
    check_problem(site.user().chat(feature="renewed"), 503, "upstream_auth")
    eq(site.mock.count(), 3)
    close_circuit(site, "renewed/k")


def close_circuit(site, model_route):
    site.sql("DELETE FROM slipway.breakers WHERE model_route = :'m'", m=model_route)


# The way to a provider


@contextlib.contextmanager
def nobody_accepts():
    """A port at which connections are neither taken nor refused: its queue is full."""
    full = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        try:
            for _ in range(64):
                one = socket.socket()
                full.append(one)
                one.settimeout(0.3)
                one.connect(server.getsockname())
            raise AssertionError("the queue takes everything")
        except TimeoutError:
            yield server.getsockname()[1]
        finally:
            for one in full:
                one.close()


@case(modes=("lighttpd", "apache-cgi"))
def connect_hangs(site):
    """Nobody can have seen the request: it is free, and the next of the route is asked."""
    with nobody_accepts() as port:
        conf = ""
        for kind, (_, hasty) in KINDS.items():
            url = f"http://127.0.0.1:{port}" + ("/v1" if kind == "openai" else "")
            conf += f"\n[provider {hasty}]\nbase_url = {url}\ntimeout_connect_ms = 200\ntimeout_first_byte_ms = 60000\n"
            conf += f"\n[provider {KINDS[kind][0]}]\ntimeout_total_ms = 1500\n"
            conf += f"\n[feature past-{kind}]\nlast_tier = off\nroute = {hasty}/k, past/second\n"
        with changed_conf(site, conf):
            for kind in KINDS:
                user, before = site.user(), len(site.log_text())
                body = check_problem(user.chat(feature="hasty-" + kind), 504, "upstream_timeout")
                row = check_row(user, *FREE)
                eq(row["error"], "upstream_timeout")
                check_log(site, before, body["request_id"], "upstream_timeout")
                said = site.user().chat(feature="past-" + kind).json()
                eq((said["model_route"], said["fallback_tier"]), ("past/second", 1))
            eq(site.mock.state()["models"].get("k", 0), 0)
            assert "timeout_connect_ms" in site.log_text(), "the log names the stage"
            for kind in KINDS:
                takes_too_long(site, kind)


def takes_too_long(site, kind):
    """An answer that comes in time, piece by piece, and has no end within timeout_total_ms."""
    site.mock.script("k", "pace=50,tokens=200")
    user, before = site.user(), len(site.log_text())
    with user.stream(feature="kind-" + kind) as stream:
        check_error_is_last(stream, stream.rest(), "upstream_timeout")
        said = len(stream.text().split())
    assert said > 0, "nothing was said"
    check_partial(user, said)
    check_log(site, before, stream.headers["x-request-id"], "upstream_timeout")
    assert "timeout_total_ms" in site.log_text()[before:], "the log names the stage"
    assert site.mock.wait_closed()["closed_early"]


def certificate(site):
    """A certificate for 127.0.0.1 that nobody has signed, and its key."""
    cert, key = (os.path.join(site.folder, name) for name in ("mock-cert", "mock-cert-key"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=mock", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", cert],
        check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.chmod(cert, 0o644)
    return cert, key


@case(modes=("lighttpd",))
def certificates_are_checked(site):
    """One that nobody has signed is refused, and nothing is charged; with ca_file it is trusted.  A
    connection serves many calls."""
    cert, key = certificate(site)
    folder = os.path.join(site.folder, "tls")
    os.mkdir(folder)
    tls = Mock(site.mock.program, folder, "--tls-cert", cert, "--tls-key", key)
    conf = f"\n[provider mock]\nbase_url = https://127.0.0.1:{tls.port}/v1\n"
    try:
        user = site.user()
        with changed_conf(site, conf):
            check_problem(user.chat(feature="kind-openai"), 502, "upstream_error")
            row = check_row(user, *FREE)
            eq(row["error"], "upstream_error")
        assert "certificate" in site.log_text(), "the log names the reason"
        with changed_conf(site, conf + f"ca_file = {cert}\n"):
            for _ in range(50):
                eq(site.user().chat(feature="kind-openai").status, 200)
            with urllib.request.urlopen(
                f"https://127.0.0.1:{tls.port}/_mock/calls",
                context=ssl.create_default_context(cafile=cert),
            ) as reply:
                state = json.load(reply)
            eq(state["count"], 50)
            # Ours is one, too; a call that comes before the last one's body has ended makes a new one.
            assert state["connections"] <= 15, state["connections"]
    finally:
        tls.stop()


@case(modes=("lighttpd",))
def a_proxy_that_is_configured_is_used(site):
    """Nobody listens at this one, so nothing reaches the provider."""
    with changed_conf(site, "\n[provider mock]\nproxy = http://127.0.0.1:1\n"):
        user = site.user()
        check_problem(user.chat(feature="kind-openai"), 502, "upstream_error")
        check_row(user, *FREE)
        eq(site.mock.count(), 0)
