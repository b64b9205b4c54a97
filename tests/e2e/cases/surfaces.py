"""What users and models say is inert on our own surfaces: headers, logs, SQL, pages.  Pages in a browser
are tests/browser's (talk, chat, admin, status), alerts and mail tests/alerts', terminals privacy's."""

import json
import re
import socket

from case import case, check_problem, eq
from cases.page import policy, send_form
from client import Client

# Controls of one and two bytes, line ends, and what turns the direction of text.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
HOSTILE = "\r\nX-Evil: 1\n\x1b]0;owned\x07\x1b[2J\u009b31m\u2028{\"level\":\"error\"}\u202e"
SQL = "'; DROP TABLE slipway.users; --\\'\" $1 %s {}"


def raw(site, text):
    """Send bytes as they are and return all that comes back."""
    parts = Client(site.url)
    with socket.create_connection((parts.host, parts.port), 60) as s:
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
        out = b""
        while piece := s.recv(65536):
            out += piece
    return out


@case
def no_header_is_made_of_text(site):
    """A name of a model goes into a header of the answer; one with a line break is refused, and makes no header."""
    message = [{"role": "user", "content": "hi"}]
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/responses"):
        for stream in (False, True):
            body = {"model": "judge/m" + HOSTILE, "stream": stream}
            body |= {"input": "hi"} if path.endswith("responses") else {"messages": message, "max_tokens": 9}
            reply = site.admin.post(path, body)
            eq(reply.status, 400, f"{path} {reply}")
            assert "x-evil" not in reply.headers, reply.headers
            assert "x-slipway-model-route" not in reply.headers, reply.headers
    # what a client sends in headers comes back in none
    for name, value in (("traceparent", "00-x\x1b[2J"), ("X-Request-Id", "evil-id"), ("Idempotency-Key", "evil key"),
                        ("Origin", "https://evil.example"), ("Accept-Language", "de\x1b")):  # fmt: skip
        reply = site.user().post("/chat", {"message": "hi"}, {name: value})
        assert not any("evil" in v or "\x1b" in v for v in reply.headers.values()), reply.headers


@case
def a_log_line_is_one_line(site):
    """Whatever stands in names, paths and bodies, and in what a provider says: each line is JSON, and
    a terminal obeys nothing in it."""
    before = len(site.log_text())
    user = site.user()
    eq(user.chat("hi", feature="no" + HOSTILE).status, 404)
    user.post("/v1/chat/completions", {"model": "no" + HOSTILE, "messages": []})
    user.post("/chat", {"message": "hi", HOSTILE: HOSTILE})
    user.post("/chat", HOSTILE.encode())
    user.get("/docs/search", q="x", collection=HOSTILE)
    site.admin.get("/admin/api/report", name="calls", user=HOSTILE)
    said = "".join(f"%{b:02X}" for b in HOSTILE.encode())
    site.mock.script("m", f"status=400,echo=yes,text={said}")
    user.chat("short", feature="open-guard")
    site.admin.post("/v1/chat/completions",
                    {"model": "judge/m" + HOSTILE, "messages": [{"role": "user", "content": "hi"}]})  # fmt: skip
    written = site.log_text()[before:]
    assert "X-Evil" in written, "it was logged"
    for line in written.splitlines():
        assert line and not OBEYED.search(line), repr(line)
    for line in written.split("\n")[:-1]:
        assert json.loads(line)["service"], line


@case
def text_is_no_sql(site):
    """Every text that reaches PostgreSQL comes back as it was, and nothing else happened."""
    user = site.user()
    users = site.sql("SELECT count(*) AS n FROM slipway.users")[0]["n"]
    site.mock.script("m", "echo=yes")
    reply = user.post("/chat", {"message": SQL, "feature": "kept"},
                      {"Idempotency-Key": "';--$1%s", "User-Agent": SQL})  # fmt: skip
    request_id = reply.json()["request_id"]
    kept = site.sql("SELECT question, answer FROM slipway.contents WHERE request_id = :'id'", id=request_id)[0]
    eq(kept["question"], "user: " + SQL)
    assert json.dumps(SQL)[1:-1] in kept["answer"], kept
    eq(user.post("/feedback", {"request_id": request_id, "rating": 1, "comment": SQL}).status, 200)
    eq(site.sql("SELECT comment FROM slipway.feedback WHERE request_id = :'id'", id=request_id)[0]["comment"], SQL)
    for path, query in (("/docs/search", {"q": SQL, "collection": SQL}), ("/chat/stream", {"request_id": SQL})):
        assert user.get(path, **query).status in (400, 404), path
    check_problem(user.chat(SQL, feature=SQL), 404, "unknown_feature")
    Client(site.url, SQL).chat("hi")
    site.http.post("/auth/login", {"email": SQL, "password": SQL})
    site.slipway("privacy", "export", SQL, status=1)
    eq(site.sql("SELECT count(*) AS n FROM slipway.users")[0]["n"], users)


@case
def pages_obey_nothing(site):
    """Without a script: what was asked and answered stands there as text, an image is a link, and the
    policy of every page lets nothing else in."""
    site.mock.script("m", "text=<img+src=x+onerror=alert(1)>+![x](https://evil.example/p?d=1)+<script>alert(2)</script>"
                          "+[y](javascript:alert(3))+<style>*{}</style>+<base+href=//evil>")  # fmt: skip
    reply = send_form(site.user(), message="</textarea><script>alert(0)</script>\u202e", feature="chat")
    eq(reply.status, 200, reply)
    page = reply.body.decode()
    for tag in ("<script>", "<img src=x", "<img src=\"https", "<style>", "<base", 'href="javascript:'):
        assert tag not in page, f"{tag} in {page}"
    assert '<a href="https://evil.example/p?d=1"' in page, page
    replies = {"/chat/form": reply}
    for path in ("/", "/demo", "/about", "/status/", "/admin/", "/docs/", "/nosuch"):
        replies[path] = site.http.get(path)
    for path, one in replies.items():
        rules = policy(one)
        eq(rules["default-src"], "'none'", path)
        for name, rest in rules.items():
            assert "unsafe" not in rest and "*" not in rest and "http" not in rest, f"{path}: {name} {rest}"
        assert set(rules.get("img-src", "").split()) <= {"'self'", "data:"}, f"{path}: {rules}"
        eq((rules["base-uri"], one.headers["x-content-type-options"]), ("'none'", "nosniff"), path)
