"""The scripted provider does what its README says: checked before anything is built on it."""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import struct
import urllib.parse
import zlib

from case import eq


class Answer:
    """A streamed answer of the mock, read to its end."""

    def __init__(self, mock, script, stream=True, **members):
        body = {"model": "mock:" + script, "stream": stream, "messages": [], **members}
        body.setdefault("stream_options", {"include_usage": True})
        connection = mock.client._send("POST", "/v1/chat/completions", body, None, 10)
        response = connection.getresponse()
        self.status, self.complete, self.body = response.status, True, b""
        try:
            while piece := response.read1(65536):
                self.body += piece
        except (http.client.IncompleteRead, ConnectionResetError):
            self.complete = False
        # read1() takes the end of the connection for the end of the body.
        self.complete = self.complete and response.isclosed() and response.chunk_left is None
        connection.close()

    def frames(self):
        blocks = [b[6:] for b in self.body.decode().split("\n\n") if b.startswith("data: ")]
        return [b if b == "[DONE]" else json.loads(b) for b in blocks]

    def text(self):
        deltas = [f["choices"][0]["delta"] for f in self.frames()
                  if f != "[DONE]" and f.get("choices")]  # fmt: skip
        return "".join(d.get("content", "") for d in deltas)


def whole_stream(mock):
    for script in ("tokens=3,in=9", "tokens=3,in=9,split=1", "tokens=3,in=9,pace=5"):
        answer = Answer(mock, script)
        eq(answer.text(), "t1 t2 t3 ", script)
        frames = answer.frames()
        eq(frames[-1], "[DONE]")
        eq((frames[-2]["choices"], frames[-2]["usage"]["prompt_tokens"]), ([], 9))
        eq(frames[-2]["usage"]["completion_tokens"], 3)
        eq(frames[-3]["choices"][0]["finish_reason"], "stop")


def usage_variants(mock):
    eq(Answer(mock, "usage=zero").frames()[-2]["usage"]["total_tokens"], 0)
    for answer in (Answer(mock, "usage=no"), Answer(mock, "", stream_options={})):
        eq([f for f in answer.frames() if f != "[DONE]" and f.get("usage")], [])


def max_tokens_is_obeyed(mock):
    answer = Answer(mock, "tokens=9", max_tokens=2)
    eq(answer.text(), "t1 t2 ")
    eq(answer.frames()[-3]["choices"][0]["finish_reason"], "length")


def not_streamed(mock):
    body = json.loads(Answer(mock, "text=a+b%2C+c,out=7", stream=False).body)
    eq(body["choices"][0]["message"]["content"], "a b, c")
    eq(body["usage"]["completion_tokens"], 7)


def errors(mock):
    answer = Answer(mock, "status=429,body=quota")
    eq((answer.status, json.loads(answer.body)["error"]["code"]), (429, "insufficient_quota"))
    eq(Answer(mock, "nonsense=1").status, 400)
    assert "error" in Answer(mock, "error=first").frames()[0]
    answer = Answer(mock, "error=after:2")
    assert "error" in answer.frames()[-1] and b"t2" in answer.body and b"t3" not in answer.body


def cuts(mock):
    assert Answer(mock, "").complete
    for script in ("cut=token:4", "cut=mid-chunk", "cut=reset"):
        answer = Answer(mock, script)
        assert not answer.complete, script
        assert b"t4 " in answer.body and b"t5 " not in answer.body, script
    answer = Answer(mock, "cut=after:50")
    eq((answer.complete, len(answer.body)), (False, 50))


def trouble_that_passes(mock):
    eq([Answer(mock, "status=500,times=2").status for _ in range(3)], [500, 500, 200])


def gate_and_hang_up(mock):
    """Tokens come when they are allowed to, and a client that leaves is seen at once."""
    mock.script("m", "pace=gate,tokens=5")
    body = {"model": "m", "stream": True, "messages": [{}, {}]}
    headers = {"Authorization": "Bearer sk-1234567890"}
    connection = mock.client._send("POST", "/v1/chat/completions", body, headers, 10)
    response = connection.getresponse()
    mock.step()
    seen = b""
    while b"t1 " not in seen:
        seen += response.read1(65536)
    last = mock.last()
    eq((last["tokens"], last["state"], last["messages"]), (1, "open", 2))
    eq((last["auth"], last["closed_early"]), ("7890", False))
    response.close()
    connection.close()
    last = mock.wait_closed()
    eq((last["tokens"], last["state"], last["closed_early"]), (1, "closed", True))


def tool_calls(mock):
    """Scripted calls, in pieces or whole; the text comes first."""
    script = 'tokens=1,tool=look:{"q":"%C3%A4 b"},tool=stop:{}'
    frames = Answer(mock, script, split=3).frames()
    pieces = [
        t for f in frames if f != "[DONE]" and f["choices"]
        for t in f["choices"][0]["delta"].get("tool_calls", [])
    ]  # fmt: skip
    look = [t["function"] for t in pieces if t["index"] == 0]
    eq((look[0]["name"], "".join(f["arguments"] for f in look)), ("look", '{"q":"ä b"}'))
    eq([t["function"]["name"] for t in pieces if "id" in t], ["look", "stop"])
    eq(frames[-3]["choices"][0]["finish_reason"], "tool_calls")
    choice = json.loads(Answer(mock, script, stream=False).body)["choices"][0]
    eq([c["function"]["arguments"] for c in choice["message"]["tool_calls"]], ['{"q":"ä b"}', "{}"])
    eq(choice["message"]["content"], "t1 ")


def rate_limit_headers(mock):
    script = "limit-requests=100,remaining-requests=7,limit-tokens=5000,remaining-tokens=60,reset=90"
    for trouble in ("", ",status=429"):
        body = {"model": "mock:" + script + trouble, "messages": []}
        headers = mock.client.post("/v1/chat/completions", body).headers
        eq(headers["x-ratelimit-limit-requests"], "100")
        eq(headers["x-ratelimit-remaining-tokens"], "60")
        eq(headers["x-ratelimit-reset-tokens"], "1m30s")


def embeddings(mock):
    """The same text has the same vector, in both encodings."""

    def ask(**body):
        return mock.client.post("/v1/embeddings", {"model": "mock:in=4", **body}).json()

    floats = ask(input=["a", "b", "a"])
    eq(floats["usage"], {"prompt_tokens": 4, "total_tokens": 4})
    a, b, again = (d["embedding"] for d in floats["data"])
    assert a == again and a != b and len(a) == 8, floats
    coded = ask(input="a", encoding_format="base64")["data"]
    eq(list(struct.unpack("<8f", base64.b64decode(coded[0]["embedding"]))), a)
    eq(len(ask(input=[1, 2, 3], dimensions=1024)["data"][0]["embedding"]), 1024)
    eq(mock.client.post("/v1/embeddings", {"model": "mock:status=429", "input": "x"}).status, 429)


def anthropic_stream(mock):
    script = 'tokens=2,in=20,cached=5,written=3,written-1h=2,tool=look:{"q":1}'
    body = {"model": "mock:" + script, "max_tokens": 99, "stream": True, "messages": [{}]}
    reply = mock.client.post("/v1/messages", body)
    events = [json.loads(b.split("data: ")[1]) for b in reply.body.decode().split("\n\n") if b]
    eq(events[0]["message"]["usage"]["input_tokens"], 10)
    deltas = [e["delta"] for e in events if e["type"] == "content_block_delta"]
    eq("".join(d.get("text", "") for d in deltas), "t1 t2 ")
    eq("".join(d.get("partial_json", "") for d in deltas), '{"q":1}')
    eq([e["type"] for e in events[-2:]], ["message_delta", "message_stop"])
    eq((events[-2]["delta"]["stop_reason"], events[-2]["usage"]["output_tokens"]), ("tool_use", 2))
    opened = [e["index"] for e in events if e["type"] == "content_block_start"]
    eq(opened, [e["index"] for e in events if e["type"] == "content_block_stop"])
    whole = mock.client.post("/v1/messages", {**body, "stream": False}).json()
    eq([b["type"] for b in whole["content"]], ["text", "tool_use"])
    eq(mock.client.post("/v1/messages", {**body, "max_tokens": None}).status, 400)
    reply = mock.client.post("/v1/messages", {**body, "model": "mock:status=529,remaining-requests=3"})
    eq((reply.status, reply.json()["error"]["type"]), (529, "overloaded_error"))
    eq(reply.headers["anthropic-ratelimit-requests-remaining"], "3")


def signed(mock, path, body, secret="mock/Secret+Access=Key", **headers):
    """Headers of a request with AWS Signature Version 4, as AWS describes it."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/eu-west-1/bedrock/aws4_request"
    headers = {"host": f"127.0.0.1:{mock.port}", "x-amz-date": now, **headers}
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ["POST", urllib.parse.quote(path, safe="/-_.~"), ""]
        + [f"{k}:{headers[k]}" for k in sorted(headers)]
        + ["", names, hashlib.sha256(body).hexdigest()]
    )
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + secret).encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AKIDMOCKPROVIDER/{scope}, SignedHeaders={names}, "
        f"Signature={key.hex()}"
    )
    return headers


def bedrock_signature(mock):
    """It is right for ids with a ":", and a change anywhere makes it wrong."""
    body = b'{"messages":[{}],"inferenceConfig":{"maxTokens":5}}'
    for model in ("m", "eu.amazon.nova-pro-v1%3A0", "arn%3Aaws%3Abedrock%3A1%3Ax%2Fy%20z"):
        path = f"/model/{model}/converse-stream"
        good = signed(mock, path, body, **{"content-type": "application/json"})
        eq(mock.client.post(path, body, good).status, 200)
        eq(mock.last()["model"], urllib.parse.unquote(model))
        for change in (
            {"content-type": "text/plain"}, {"x-amz-date": "20200101T000000Z"},
            {"Authorization": good["Authorization"][:-1] + "x"},
        ):  # fmt: skip
            eq(mock.client.post(path, body, {**good, **change}).status, 403, str(change))
        eq(mock.client.post(path, body + b" ", good).status, 403)
        eq(mock.client.post(path.replace("converse", "Converse"), body, good).status, 404)
        eq(mock.client.post(path, body, signed(mock, path, body, secret="other")).status, 403)
        eq(mock.client.post(path, body).status, 403, "unsigned")


def bedrock_stream(mock):
    """Messages whose checksums are right; the events that Bedrock sends."""
    body = {"messages": [{}], "inferenceConfig": {"maxTokens": 5}}
    path = "/model/m:tokens=2,tool=f:{}/converse-stream"
    data = mock.client.post(path, body, {"Authorization": "Bearer k"}).body
    kinds = []
    while data:
        total, headers, crc = struct.unpack(">III", data[:12])
        eq(crc, zlib.crc32(data[:8]))
        eq(struct.unpack(">I", data[total - 4 : total])[0], zlib.crc32(data[: total - 4]))
        json.loads(data[12 + headers : total - 4])
        kinds.append(data[12 + 15 : 12 + 15 + data[12 + 14]].decode())
        data = data[total:]
    eq(kinds[0], "messageStart")
    eq(kinds[-2:], ["messageStop", "metadata"])
    eq(kinds.count("contentBlockDelta"), 4)


CASES = (
    whole_stream, usage_variants, max_tokens_is_obeyed, not_streamed, errors, cuts,
    trouble_that_passes, gate_and_hang_up, tool_calls, rate_limit_headers, embeddings,
    anthropic_stream, bedrock_signature, bedrock_stream,
)  # fmt: skip
