"""The public demo: questions are asked once, by a command; showing the answers asks nobody."""

import json

from case import case, check_problem, eq
from client import wait_for


def questions(site, *features):
    listed = [{"question": f"When are the spring tides of <{f}>?", "feature": f} for f in features]
    return site.write("demo.json", json.dumps({"title": "Five & <more>", "questions": listed}))


def shown(site, text):
    """The page, once it is the new one: lighttpd keeps files open for a moment."""
    return wait_for(lambda: (page := site.http.get("/demo/").body.decode()) and text in page and page, "the page")


@case
def recorded_once_then_free(site):
    site.mock.script("m", "text=**bold**+answer+[1].+<script>alert(1)</script>,in=10,out=5")
    user = site.user(rpm=0)
    eq(site.http.get("/demo/").status, 200)
    said = site.slipway("demo", "record", questions(site, "docs", "chat"), "--user", user.name)
    assert said.startswith("2 answers"), said
    calls = user.calls()
    eq([(c["feature"], c["outcome"], c["basis"]) for c in calls],
       [("docs", "done", "provider_usage"), ("chat", "done", "provider_usage")])  # fmt: skip
    before = site.mock.count(), site.sql("SELECT count(*) FROM slipway.llm_calls")
    page = shown(site, calls[0]["request_id"])
    assert "<strong>bold</strong>" in page and "When are the spring tides of &lt;docs&gt;?" in page and "Five &amp; &lt;more&gt;" in page
    ours = '<script type="module" src="/language.js"></script>'
    assert page.count("<script") == page.count(ours) == 1, page
    assert "<form" not in page and 'class="sources"' in page, page
    german = site.http.get("/demo/index.de.html").body.decode()
    assert '<html lang="de">' in german and "Quellen</h3>" in german and "<strong>bold</strong>" in german, german
    answers = site.http.get("/demo/answers.json").json()["answers"]
    eq([(a["request_id"], a["model_route"]) for a in answers], [(c["request_id"], "mock/m") for c in calls])
    assert answers[0]["citations"] and answers[0]["answer"].startswith("**bold**")
    eq(site.http.get("/demo").status, 301)
    for method in ("POST", "PUT", "DELETE"):
        assert site.http.request(method, "/demo/", b"{}").status in (403, 404, 405), method
    eq((site.mock.count(), site.sql("SELECT count(*) FROM slipway.llm_calls")), before, "calls for readers")
    # the key was for this alone
    keys = site.sql("SELECT revoked_at, features, daily_cap_pico FROM slipway.api_keys WHERE label = 'demo record'"
                    " AND user_id = :'id'", id=user.id)  # fmt: skip
    eq([(k["features"], k["daily_cap_pico"]) for k in keys], [("{docs,chat}", "100000000000")])
    assert keys[0]["revoked_at"]


@case
def what_fails_changes_nothing(site):
    """No answer, no budget, nonsense: the page before stays, and no key is left."""
    user = site.user(rpm=0)
    site.mock.script("m", "text=stays,in=10,out=5")
    site.slipway("demo", "record", questions(site, "chat"), "--user", user.name)
    before = shown(site, user.settled()["request_id"])
    for features, more, status in (
        (("dead",), (), 1), (("chat", "decent"), (), 1), (("chat",), ("--daily-usd", "0"), 1), (("chat", "none"), (), 1),
        ((), (), 1), (["chat"] * 11, (), 1), (("chat",), ("--url", "http://127.0.0.1:1"), 1),
    ):  # fmt: skip
        site.slipway("demo", "record", questions(site, *features), "--user", user.name, *more, status=status)
    site.slipway("demo", "record", questions(site, "chat"), status=2)
    site.slipway("demo", "record", site.write("demo.json", "{"), "--user", user.name, status=1)
    site.slipway("demo", "record", questions(site, "chat"), "--user", "nobody", status=1)
    eq(site.http.get("/demo/").body.decode(), before)
    eq(site.sql("SELECT id FROM slipway.api_keys WHERE label = 'demo record' AND revoked_at IS NULL"), [])
    check_problem(site.http.post("/chat", {"message": "x"}), 401, "unauthorized")
