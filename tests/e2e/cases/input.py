"""Bad input: a JSON error with code, sentence and request id, the same in every mode, and no
provider call."""

import json
import socket

from case import case, check_problem, eq
from client import TIMEOUT

PATHS = ("/chat", "/chat/stream")


def refuse(site, user, body, status, code):
    """Both routes refuse this body in the same way, before any provider hears of it."""
    for path in PATHS:
        reply = user.post(path, body, {"Content-Type": "application/json"})
        check_problem(reply, status, code)
    eq(site.mock.count(), 0, "provider calls")
    eq(user.spend(), {"reserved": 0, "settled": 0, "calls": 0}, "spend")


@case
def unknown_feature(site):
    refuse(site, site.user(), {"message": "hi", "feature": "nosuch"}, 404, "unknown_feature")


@case
def empty_message(site):
    user = site.user()
    refuse(site, user, {"message": ""}, 400, "invalid_request")
    refuse(site, user, {"message": " \n\t"}, 400, "invalid_request")


@case
def nothing_to_answer(site):
    user = site.user()
    refuse(site, user, {}, 400, "invalid_request")
    refuse(site, user, {"messages": []}, 400, "invalid_request")
    refuse(site, user, {"message": None}, 400, "invalid_request")
    refuse(site, user, [], 400, "invalid_request")
    refuse(site, user, b'"hi"', 400, "invalid_request")


@case
def message_of_a_megabyte(site):
    refuse(site, site.user(), {"message": "a" * (1 << 20)}, 413, "too_large")


@case
def body_over_the_limit(site):
    refuse(site, site.user(), {"message": "a" * (3 << 20)}, 413, "too_large")


@case
def body_of_130_kilobytes_is_fine(site):
    """More than mod_fcgid takes by default."""
    user = site.user(daily_cap_pico=-1)
    site.mock.script("m", "tokens=1")
    eq(user.chat("a " * (65 << 10)).status, 200)


@case
def too_many_messages(site):
    messages = [{"role": "user", "content": "hi"}] * 300
    refuse(site, site.user(), {"messages": messages}, 413, "too_large")


@case
def invalid_utf8(site):
    user = site.user()
    refuse(site, user, b'{"message":"caf\xe9"}', 400, "invalid_json")
    refuse(site, user, b'{"message":"\xed\xa0\x80"}', 400, "invalid_json")
    refuse(site, user, b'{"message":"\xc0\xaf"}', 400, "invalid_json")


@case
def invalid_json(site):
    user = site.user()
    for body in (
        b"", b"{", b"hello", b'{"message":"hi"', b'{"message":"hi"} x', b"{'message':'hi'}",
        b'{"message":"hi",}', b'{"message":"a\nb"}', b'{"message":NaN}', b'{"message":"\\x"}',
        b"[" * 100 + b"]" * 100, b'{"a":' * 5000,
    ):  # fmt: skip
        refuse(site, user, body, 400, "invalid_json")


@case
def half_a_surrogate_pair(site):
    """Valid JSON that means no text: what the provider gets is valid UTF-8."""
    reply = site.user().post("/chat", b'{"message":"a\\ud800b"}')
    if reply.status != 400:
        sent = json.loads(site.mock.last()["body"])["messages"][-1]["content"]
        eq(sent, "a\ufffdb")


@case
def wrong_types(site):
    user = site.user()
    for body in (
        {"message": 5},
        {"message": ["hi"]},
        {"messages": "hi"},
        {"messages": ["hi"]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": 7}]},
        {"messages": [{"role": "robot", "content": "hi"}]},
        {"messages": [{"role": "assistant", "content": "hi"}]},
        {"message": "hi", "messages": [{"role": "user", "content": "hi"}]},
        {"message": "hi", "feature": 1},
        {"message": "hi", "max_output_tokens": "many"},
        {"message": "hi", "max_output_tokens": 0},
        {"message": "hi", "max_output_tokens": -5},
        {"message": "hi", "max_output_tokens": 1.5},
        {"message": "hi", "stream": "yes"},
        {"message": "hi", "model": {}},
    ):
        refuse(site, user, body, 400, "invalid_request")


@case
def error_names_the_member(site):
    detail = site.user().chat(5).json()["detail"]
    assert "message" in detail, detail


@case
def wrong_method(site):
    for method, path, allowed in (
        ("GET", "/chat", {"POST"}),
        ("PUT", "/chat", {"POST"}),
        ("PUT", "/chat/stream", {"GET", "POST", "DELETE"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("POST", "/ready", {"GET", "HEAD"}),
        ("PATCH", "/docs/search", {"GET", "HEAD"}),
    ):
        reply = site.http.request(method, path, b"{}" if method != "GET" else None)
        check_problem(reply, 405, "method_not_allowed")
        allow = set(reply.headers["allow"].replace(" ", "").split(","))
        assert allowed <= allow and "TRACE" not in allow, f"{method} {path}: Allow {allow}"


@case
def unknown_path(site):
    for method, path in (
        ("GET", "/nothing"), ("GET", "/chat/nothing"), ("POST", "/nothing"), ("GET", "/chat/"),
        ("GET", "/.git/config"), ("GET", "/no%2Fthing"), ("GET", "/..%2f..%2fetc/passwd"),
    ):  # fmt: skip
        reply = site.http.request(method, path)
        check_problem(reply, 404, "not_found")


@case
def bad_search(site):
    user = site.user()
    for path in (
        "/docs/search", "/docs/search?q=", "/docs/search?q=x&k=0", "/docs/search?q=x&k=many",
        "/docs/search?q=x&k=1000", "/docs/search?q=%ff", "/docs/search?q=%zz",
    ):  # fmt: skip
        check_problem(user.get(path), 400, "invalid_request")


@case
def chunked_body(site):
    """A body without a length, as some clients send it."""
    site.mock.script("m", "tokens=1")
    user = site.user()
    body = json.dumps({"message": "in pieces"}).encode()
    connection = user.http._send("POST", "/chat", iter([body[:9], body[9:]]), None, TIMEOUT)
    reply = connection.getresponse()
    eq(reply.status, 200, repr(reply.read()))
    connection.close()


@case
def body_that_never_comes(site):
    """The client promises a body and sends half of it: it gets an answer or is cut off, and
    others are served meanwhile."""
    user = site.user()
    head = (
        f"POST /chat HTTP/1.1\r\nHost: e2e\r\nAuthorization: Bearer {user.key}\r\n"
        "Content-Length: 400\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((user.http.host, user.http.port), timeout=TIMEOUT) as slow:
        slow.sendall(head.encode() + b'{"message":"')
        eq(user.chat().status, 200, "another client")
        slow.shutdown(socket.SHUT_WR)
        answer = slow.recv(65536)
    # mod_fcgid calls this 500.
    assert answer == b"" or answer.split(b" ")[1][:1] in (b"4", b"5"), answer[:200]
    eq(site.mock.count(), 1, "provider calls")
