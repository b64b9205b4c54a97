"""What the chat page needs: feedback for answers, a form without JavaScript."""

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


def send_form(client, **fields):
    return client.post("/chat/form", urllib.parse.urlencode(fields).encode(), FORM)


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
