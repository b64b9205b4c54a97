"""What pages need: feedback, a form without JavaScript, streams taken up, a frame, compression."""

import gzip
import html
import json
import re
import urllib.parse

from case import case, check_problem, eq


def rows(site, request_id):
    return site.sql(
        "SELECT rating, comment, question, answer FROM slipway.feedback WHERE request_id = :'id'",
        id=request_id,
    )


@case
def feedback_is_kept_for_the_call(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    body = {"request_id": request_id, "rating": 1, "comment": "Good."}
    eq(user.post("/feedback", body).json(), {"kept": True})
    body |= {"rating": -1, "agreed": True, "question": "Why?", "answer": "an answer"}
    eq(user.post("/feedback", body).status, 200)
    eq(rows(site, request_id), [
        {"rating": "-1", "comment": "Good.", "question": "Why?", "answer": "an answer"}])  # fmt: skip


@case
def feedback_without_consent_keeps_no_content(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    body = {"request_id": request_id, "rating": 1, "question": "Why?", "answer": "an answer"}
    eq(user.post("/feedback", body).status, 200)
    eq(rows(site, request_id)[0]["question"], "")


@case
def feedback_refuses_what_is_not_its_own(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    good = {"request_id": request_id, "rating": 1}
    check_problem(site.user().post("/feedback", good), 404, "not_found")
    check_problem(site.http.post("/feedback", good), 401, "unauthorized")
    for change in ({"rating": 0}, {"rating": "up"}, {"request_id": ""}, {"agreed": True},
                   {"comment": "x" * 2001}):  # fmt: skip
        check_problem(user.post("/feedback", good | change), 400, "invalid_request")
    eq(rows(site, request_id), [])


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


GERMAN = "/chat/form?lang=de"


def send_form(client, path="/chat/form", **fields):
    return client.post(path, urllib.parse.urlencode(fields).encode(), FORM)


@case
def form_gets_a_page(site):
    """A browser without JavaScript: the whole answer as a page, governed like any other call."""
    site.mock.script(
        "m", "text=**bold**+![x](https://evil.example/p)+<script>alert(1)</script>,in=5,out=7"
    )
    user = site.user()
    reply = send_form(user, message="Why <b>?", feature="chat")
    eq((reply.status, reply.headers["content-type"]), (200, "text/html; charset=utf-8"))
    page = reply.body.decode()
    assert "<strong>bold</strong>" in page, page
    assert '<a href="https://evil.example/p">x</a>' in page, page
    assert "<script" not in page and "<img src=\"https" not in page, page
    assert "Why &lt;b&gt;?" in page and "mock/m" in page, page
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("done", "provider_usage"))
    assert row["request_id"] in page, page


@case
def form_takes_the_key_as_a_field(site):
    site.mock.script("m", "text=hello")
    user = site.user()
    reply = send_form(site.http, message="Why?", feature="chat", key=f" {user.key} ")
    eq(reply.status, 200, repr(reply))
    assert user.key not in reply.body.decode(), "the key is in the page"
    eq(user.settled()["outcome"], "done")


@case
def form_refusals_are_pages(site):
    site.mock.script("m", "status=500,body=server")
    user = site.user()
    for reply, status in (
        (send_form(site.http, message="Why?", feature="chat"), 401),
        (send_form(site.http, message="Why?", feature="chat", key="wrong"), 401),
        (send_form(user, message=" ", feature="chat"), 400),
        (send_form(user, message="Why?", feature="nosuch"), 404),
    ):
        eq((reply.status, reply.headers["content-type"]), (status, "text/html; charset=utf-8"))
        page = reply.body.decode()
        assert 'role="alert"' in page and reply.headers["x-request-id"] in page, page
    eq(user.calls(), [])
    reply = send_form(site.user(daily_cap_pico=0), message="Why?", feature="chat")
    eq(reply.status, 429, repr(reply))
    assert "Your budget for today is used up." in reply.body.decode(), reply


@case
def pages_speak_the_readers_language(site):
    """By ?lang=, else Accept-Language; the answer says which, and so does the page."""
    user = site.user()
    german = {"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"}
    for path, words in (("/about", "Wer bekommt, was Sie schreiben"), ("/chat/form", "Ihre Frage")):
        for reply, tag in ((site.http.get(path), "en"), (site.http.request("GET", path, None, german), "de"),
                           (site.http.get(path + "?lang=de"), "de")):  # fmt: skip
            eq((reply.status, reply.headers["content-language"]), (200, tag), path)
            assert "accept-language" in reply.headers["vary"].lower(), reply.headers
            page = reply.body.decode()
            assert f'<html lang="{tag}">' in page, page[:200]
            eq(words in page, tag == "de", path)
    page = send_form(user, GERMAN, message="Why?", feature="chat").body.decode()
    assert "Antworten können falsch sein" in page and 'action="/chat/form?lang=de#latest"' in page, page
    refused = send_form(user, GERMAN, message=" ", feature="chat")
    eq(refused.status, 400)
    assert "Die Frage ist leer." in refused.body.decode(), refused.body
    site.slipway("pause", "--reason", "wartung")
    try:
        refused = send_form(user, GERMAN, message="Why?", feature="chat")
        eq((refused.status, refused.headers["content-language"]), (503, "de"))
        assert "Der Betreiber hat diesen Dienst angehalten." in refused.body.decode(), refused.body
    finally:
        site.slipway("resume")


def field(page, name):
    """What a hidden field of the page holds."""
    return html.unescape(re.search(f'name="{name}" value="([^"]*)"', page).group(1))


@case
def form_holds_a_conversation(site):
    """The page brings along what was said; it goes along with the next question, as far as there is room."""
    user = site.user()
    said = ""
    for n, answer in enumerate(("<b>one</b> & \"1\"", "two\n\n- 2", "three"), 1):
        site.mock.script("m", "text=" + urllib.parse.quote(answer))
        reply = send_form(user, message=f"Why <{n}>?\n", feature="chat", said=said)
        eq(reply.status, 200, repr(reply))
        page = reply.body.decode()
        said = field(page, "said")
        eq(json.loads(said)[-1], {"role": "assistant", "content": answer})
        eq(len(json.loads(said)), 2 * n)
        eq(page.count('class="turn"'), n)
        assert all(f"Why &lt;{k}&gt;?" in page for k in range(1, n + 1)), page
        assert "<b>one" not in page and page.index("&lt;1&gt;") < page.index('id="latest"') + 99, page
        eq(site.mock.last()["messages"], 2 * n, "messages with the system's")
    # too much for one page: the oldest are left behind, and a turn is never cut in two
    site.mock.script("m", "text=so")
    for _ in range(2):
        page = send_form(user, message="More?" * 2000, feature="chat", said=said).body.decode()
        said = field(page, "said")
    eq([m["content"][:5] for m in json.loads(said)], ["More?", "so"])


@case
def form_keeps_the_question_of_an_error(site):
    """An error is a page with the same form: nothing is lost that was written or said."""
    said = json.dumps([{"role": "user", "content": 'A "<q>"'}, {"role": "assistant", "content": "B"}])
    poor = site.user(daily_cap_pico=0)
    for reply, status in (
        (send_form(site.http, message="Why <b>?", feature="chat", said=said), 401),
        (send_form(poor, message="Why <b>?", feature="chat", said=said), 429),
    ):
        eq(reply.status, status, repr(reply))
        page = reply.body.decode()
        eq((field(page, "said"), field(page, "feature")), (said, "chat"))
        assert "Why &lt;b&gt;?</textarea>" in page and 'role="alert"' in page, page
        assert (status == 401) == ('href="/login/"' in page), page
        assert reply.headers["x-request-id"] in page, page
    user = site.user()
    for wrong in ("{", "[]", "[1]", '[{"role":"system","content":"x"}]', '[{"role":"user","content":""}]',
                  json.dumps([{"role": "user", "content": "x"}] * 500)):  # fmt: skip
        reply = send_form(user, message="Why?", feature="chat", said=wrong)
        eq(reply.status in (400, 413), True, f"{wrong[:40]}: {reply!r}")
        assert "Why?</textarea>" in reply.body.decode(), reply
    eq(user.calls(), [])


# Streams that are taken up again.  Plain CGI is left out where the call must go on: Apache kills
# the process of a client that left.
GOES_ON = ("lighttpd", "apache-proxy", "apache-fcgid")


def broken(site, user, tokens=2):
    """A stream that broke after some tokens; returns its request id and the last id."""
    site.mock.script("m", "pace=gate,tokens=6,in=10,out=6")
    stream = user.stream("Count.", resume=True)
    request_id = stream.until(lambda f: f.event == "start").data["request_id"]
    for n in range(tokens):
        site.mock.step()
        eq(stream.token(), f"t{n + 1} ")
    last_id = stream.frames[-1].id
    stream.close()
    return request_id, last_id


@case(modes=GOES_ON)
def resume_goes_on_where_it_was(site):
    """What is missing comes, once and in order; one call, one settlement, one provider call."""
    user = site.user()
    request_id, last_id = broken(site, user)
    with user.http.take_up(request_id, last_id) as rest:
        eq(rest.status, 200, repr(rest))
        for n in range(2, 6):
            site.mock.step()
            eq(rest.token(), f"t{n + 1} ")
        frames = rest.rest()
    eq([f.event for f in frames][-2:], ["usage", "done"])
    eq(rest.event("done")["request_id"], request_id)
    row = user.settled()
    eq((row["outcome"], row["basis"], row["request_id"]),
       ("done", "provider_usage", request_id))  # fmt: skip
    eq(site.mock.count(), 1)
    # and again from the beginning: the same answer, and nothing is asked or paid
    with user.http.take_up(request_id) as again:
        again.rest()
    eq(again.text(), "t1 t2 t3 t4 t5 t6 ")
    eq(site.mock.count(), 1)
    eq(user.spend()["calls"], 1)


@case
def resume_after_the_end(site):
    """The end may be what was lost: a complete answer can be taken up, too."""
    site.mock.script("m", "tokens=3")
    user = site.user()
    with user.stream("Count.", resume=True) as stream:
        frames = stream.rest()
    request_id = stream.event("done")["request_id"]
    ids = [int(f.id) for f in frames]
    eq(ids, sorted(set(ids)), "ids grow")
    with user.http.take_up(request_id, str(ids[1])) as rest:
        frames = rest.rest()
    eq(rest.text(), "t2 t3 ")
    eq([int(f.id) for f in frames], ids[2:])


@case
def resume_after_its_time(site):
    """When the stream is no longer kept: the answer, where the feature keeps content, else a clear no."""
    site.mock.script("m", "text=the+whole+answer")
    user = site.user()
    for feature, is_kept in (("kept", True), ("kept-redacted", True), ("kept-hash", False), ("chat", False)):
        with user.stream("Why?", feature=feature, resume=True) as stream:
            stream.rest()
        request_id = stream.event("done")["request_id"]
        site.sql("UPDATE slipway.streams SET expires_at = now() WHERE request_id = :'id'", id=request_id)
        before = site.mock.count()
        if not is_kept:
            reply = user.http.take_up(request_id, "3")
            check_problem(reply, 410, "expired")
            continue
        with user.http.take_up(request_id, "3") as rest:
            frames = rest.rest()
        eq([f.event for f in frames], ["start", "kept", "done"])
        eq(rest.event("kept"), {"answer": "the whole answer", "cut": False})
        eq((rest.event("done")["request_id"], site.mock.count()), (request_id, before))
        check_problem(site.user().http.take_up(request_id), 404, "not_found")


@case(modes=GOES_ON)
def resume_ends_when_nobody_comes_back(site):
    user = site.user()
    request_id, last_id = broken(site, user)
    row = user.settled()
    eq((row["outcome"], row["request_id"]), ("client_gone", request_id))
    with user.http.take_up(request_id, last_id) as rest:
        eq([f.event for f in rest.rest()], ["error"])


@case(modes=GOES_ON)
def resume_is_stopped_by_its_reader(site):
    user = site.user()
    request_id, _ = broken(site, user)
    reply = user.http.request("DELETE", f"/chat/stream?request_id={request_id}")
    eq(reply.json(), {"stopped": True})
    eq(user.settled()["outcome"], "client_gone")


@case
def without_resume_nothing_is_kept(site):
    site.mock.script("m", "tokens=3")
    user = site.user()
    with user.stream("Count.") as stream:
        stream.rest()
    request_id = stream.event("done")["request_id"]
    assert all(f.id is None for f in stream.frames), stream.frames
    check_problem(user.http.take_up(request_id), 410, "expired")


@case
def resume_is_for_its_own_user(site):
    site.mock.script("m", "tokens=3")
    user = site.user()
    with user.stream("Count.", resume=True) as stream:
        stream.rest()
    request_id = stream.event("done")["request_id"]
    check_problem(site.user().http.take_up(request_id), 404, "not_found")
    check_problem(site.http.take_up(request_id), 401, "unauthorized")
    check_problem(user.http.take_up("req_unknown"), 404, "not_found")
    check_problem(user.http.take_up(request_id, "x"), 400, "invalid_request")
    site.sql("UPDATE slipway.streams SET expires_at = now() WHERE request_id = :'id'",
             id=request_id)  # fmt: skip
    check_problem(user.http.take_up(request_id), 410, "expired")


# The servers' own part: headers and compression, the same in each way to run.
def policy(reply):
    """The only Content-Security-Policy of a reply, by directive."""
    value = reply.headers["content-security-policy"]
    assert "," not in value, f"two policies: {value}"
    parts = (directive.strip().partition(" ") for directive in value.split(";"))
    return {name: rest for name, _, rest in parts}


@case
def widget_says_who_may_frame_it(site):
    reply = site.http.get("/widget", lang="de", title="<b>")
    eq((reply.status, reply.headers["content-type"]), (200, "text/html; charset=utf-8"))
    framed = policy(reply)
    eq(framed["frame-ancestors"].split(),
       ["'self'", "https://www.example.org", "http://shop.example.org:8080"])  # fmt: skip
    eq((framed["default-src"], framed["script-src"]), ("'none'", "'self'"))
    eq(reply.headers["x-content-type-options"], "nosniff")
    assert b"<script>" not in reply.body and b"<b>" not in reply.body, reply
    for path in ("/", "/about", "/widget.js", "/widget/", "/healthz", "/nosuch"):
        eq(policy(site.http.get(path))["frame-ancestors"], "'none'", path)
    check_problem(site.http.post("/widget", {}), 405, "method_not_allowed")


GZIP = {"Accept-Encoding": "gzip"}


@case
def static_texts_go_compressed(site):
    for path in ("/", "/chat.js", "/style.css", "/lang/de.json", "/favicon.svg"):
        plain = site.http.get(path)
        small = site.http.request("GET", path, headers=GZIP)
        eq(plain.headers.get("content-encoding"), None, path)
        eq(small.headers.get("content-encoding"), "gzip", path)
        eq(gzip.decompress(small.body), plain.body, path)
        assert "accept-encoding" in small.headers["vary"].lower(), small.headers
        again = GZIP | {"If-None-Match": small.headers["etag"]}
        eq(site.http.request("GET", path, headers=again).status, 304, path)


@case
def answers_of_workers_go_as_they_are(site):
    """A stream that waits in a compressor is none: each token arrives before the next is let out."""
    site.mock.script("m", "pace=gate,tokens=3")
    user = site.user()
    with user.stream("Count.", headers=GZIP) as stream:
        eq(stream.headers.get("content-encoding"), None)
        for n in range(3):
            site.mock.step()
            eq(stream.token(), f"t{n + 1} ")
        stream.rest()
    for path in ("/about", "/widget", "/healthz"):
        reply = site.http.request("GET", path, headers=GZIP)
        eq((reply.status, reply.headers.get("content-encoding")), (200, None), path)
