"""`slipway eval` against the site: a suite that passes, answers that are wrong, money that ends, a judge,
files that cannot be read; exit 0, 1 and 2."""

import json
import os
import urllib.parse
import xml.etree.ElementTree as xml

from case import case, eq
from livesite import usd
from siteconf import INPUT_PICO, OUTPUT_PICO

ONE = 10 * INPUT_PICO + 8 * OUTPUT_PICO  # what the mock's answer costs

SUITE = """
description: What the mock says
prompts: ['{{question}}']
defaultTest:
  assert:
    - {type: cost, threshold: 0.001}
tests:
  - description: Counts
    tags: [smoke]
    vars: {question: Count for me}
    assert:
      - {type: starts-with, value: t1 t2}
      - {type: not-contains, value: t9}
  - description: Refuses an empty question
    tags: [smoke]
    vars: {question: ''}
    assert:
      - {type: status, value: 400}
      - {type: error, value: invalid_request}
  - description: Says JSON
    vars: {question: Give me JSON}
    options: {temperature: 0}
    assert:
      - {type: is-json}
      - {type: contains, value: '"ok"'}
"""


def evaluate(site, text, *args, user=None, status=0, name="suite.yaml", url=None):
    """Run it with the key of a user; returns its lines, without the number of the run."""
    user = user or site.user()
    lines = site.slipway(
        "eval", "run", site.write(name, text), "--url", url or site.url,
        "--key-file", site.write("eval-key", user.key + "\n"), *args, status=status,
    ).splitlines()  # fmt: skip
    return [x for x in lines if not x.startswith("kept as run ")]


def a_case(assertion, question="Count for me", more=""):
    return f"prompts: ['{{{{q}}}}']\ntests:\n  - vars: {{q: '{question}'}}\n{more}    assert: [{assertion}]\n"


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


@case
def an_evaluation_tells_right_from_wrong(site):
    """Exit 0 when all answers are right, 1 when one is not; the files say the same, and the money is the ledger's."""
    user = site.user()
    path, junit = os.path.join(site.folder, "eval.json"), os.path.join(site.folder, "eval.xml")
    site.mock.script("m", "text=t1+t2+%7B%22ok%22:1%7D")
    lines = evaluate(site, SUITE, "--feature", "chat", "--json", path, "--junit", junit, user=user, status=1)
    eq(len(lines), 2, str(lines))
    assert lines[0].startswith("FAIL says-json (") and 'asked "Give me JSON"; is-json: expected JSON, seen t1 t2' in lines[0]
    assert lines[1].startswith("2 passed, 1 failed, 0 errors; 66.6 % of 3; "), lines
    said = load(path)["results"]
    eq([said["stats"][n] for n in ("successes", "failures", "errors")], [2, 1, 0])
    eq([r["success"] for r in said["results"]], [True, True, False])
    eq(said["results"][1]["code"], "invalid_request")
    spent = user.spend()["settled"]
    assert spent > 0
    eq(f"{said['stats']['cost']:.12f}", f"{usd(spent):.12f}")
    tree = xml.parse(junit).getroot()
    eq(tree.find("testsuite").get("failures"), "1")
    eq([c.get("name") for c in tree.iter("testcase")], ["counts", "refuses-an-empty-question", "says-json"])
    assert "is-json" in tree.find(".//failure").get("message")
    # with the answers mended all of it passes; the smoke suite is the part that is tagged
    site.mock.script("m", "text=%7B%22ok%22:1%7D")
    lines = evaluate(site, SUITE.replace("t1 t2", "'{'"), "--feature", "chat", "--full")
    assert lines[-1].startswith("3 passed, 0 failed, 0 errors; 100.0 % of 3"), lines
    lines = evaluate(site, SUITE, "--feature", "chat", "--smoke", "--repeat", "2", status=1)
    assert lines[-1].startswith("2 passed, 2 failed, 0 errors; 50.0 % of 4"), lines


@case(modes=("lighttpd",))
def an_evaluation_stops_before_the_money_ends(site):
    user = site.user()
    rows = "".join(json.dumps({"input": f"Count {i}", "ideal": "t8"}) + "\n" for i in range(6))
    lines = evaluate(site, rows, "--feature", "chat", "--max-usd", f"{usd(3 * ONE):f}", user=user, status=1, name="r.jsonl")
    assert lines[-1].startswith("3 passed, 0 failed, 0 errors, 3 not run (--max-usd); 50.0 % of 6"), lines
    eq(user.spend()["settled"], 3 * ONE)


@case(modes=("lighttpd",))
def a_model_judges_answers(site):
    """The judge is asked at temperature 0, is paid, and anything but its verdict fails."""

    def judged(verdict, status, assertion="{type: llm-rubric, value: counts upwards}"):
        user = site.user()
        site.sql("UPDATE slipway.users SET role = 'admin' WHERE id = :'id'", id=user.id)
        text = verdict if isinstance(verdict, str) else json.dumps(verdict)
        site.mock.script("second", "text=" + urllib.parse.quote(text))
        args = ("--feature", "chat", "--judge", "mock/second")
        lines = evaluate(site, a_case(assertion), *args, user=user, status=status)
        eq(user.spend()["calls"], 2)
        return lines

    judged({"reason": "it does", "score": 0.9, "pass": True}, 0)
    asked = [json.loads(c["body"]) for c in site.mock.state()["last"] if c["model"] == "second"][-1]
    eq(asked["temperature"], 0)
    assert "counts upwards" in json.dumps(asked["messages"]), asked
    lines = judged({"reason": "it counts down", "score": 0.1, "pass": False}, 1)
    assert "llm-rubric: it counts down" in lines[0], lines
    lines = judged({"score": 1, "pass": True, "reason": "ok"}, 1, "{type: not-llm-rubric, value: counts}")
    assert "it holds: ok" in lines[0], lines
    lines = judged({"reason": "great", "score": 7, "pass": True}, 1)
    assert "the judge" in lines[0], lines


@case(modes=("lighttpd",))
def an_evaluation_needs_answers(site):
    """No answer is no pass; what cannot be run at all is exit 2."""
    lines = evaluate(site, a_case("{type: not-contains, value: x}"), "--feature", "dead", status=1)
    assert lines[0].startswith("ERROR suite-1 (") and "502 upstream_error" in lines[0], lines
    lines = evaluate(site, a_case("{type: not-contains, value: x}"), "--feature", "decent", status=1)
    assert "only the last tier" in lines[0], lines
    good = a_case("{type: contains, value: t1}")
    evaluate(site, good, "--feature", "chat")
    for wrong in (
        a_case("{type: javascript, value: 'true'}"),
        a_case("{type: contains, value: x, transform: y}"),
        a_case("{type: llm-rubric, value: good}"),
        "tests: [",
    ):  # fmt: skip
        eq(evaluate(site, wrong, "--feature", "chat", status=2), [])
    evaluate(site, good, "--smoke", status=2)
    evaluate(site, good, "--smoke", "--full", status=2)
    evaluate(site, good, "--parallel", "0", status=2)
    evaluate(site, good, "--models", "gpt", status=2)
    evaluate(site, good, url="http://127.0.0.1:1", status=2)
    evaluate(site, good, url=f"http://127.0.0.1:{site.mock.port}", status=2)


@case
def a_run_is_kept_with_what_the_ledger_knows(site):
    """Names, verdicts and the ledger's figures; no text of what was said.  A refusal that cost something counts."""
    user = site.user()
    site.mock.script("m", "text=no+json+here")
    text = a_case("{type: is-json}", "Say canary-eval", "    options: {response_format: {type: json_object}}\n")
    lines = evaluate(site, text, "--feature", "chat", "--revision", "abc123", user=user, status=1)
    spent = user.spend()["settled"]
    assert spent > 0 and lines[0].startswith("ERROR suite-1"), lines
    run = site.sql("SELECT * FROM slipway.eval_runs ORDER BY id DESC LIMIT 1")[0]
    number = run["id"]
    eq([run[n] for n in ("passed", "failed", "errors", "revision", "cost_pico")], ["0", "0", "1", "abc123", str(spent)])
    kept = site.sql("SELECT * FROM slipway.eval_results WHERE run_id = :'id'", id=number)[0]
    eq([kept[n] for n in ("case_id", "target", "state")], ["suite-1", "chat", "error"])
    eq(kept["prompt_version"], user.calls()[-1]["prompt_version"])
    assert "canary-eval" not in str(run) + str(kept)
    listed = site.slipway("report", "evals", "--limit", "1").splitlines()
    assert listed[1].split()[0] == number and "abc123" in listed[1], listed
    assert "suite-1" in site.slipway("report", "evals", "--run", number)
    site.slipway("report", "evals", "--run", "99999999", status=1)


@case(modes=("lighttpd",))
def nothing_may_become_worse(site):
    """With --baseline what failed before may fail again; what passed before, and what is new, may not."""
    path = os.path.join(site.folder, "before.json")
    two = SUITE.replace("t1 t2", "zzz")  # "counts" fails
    site.mock.script("m", "text=t1+t2+%22ok%22")
    evaluate(site, two, "--feature", "chat", "--json", path, status=1)
    before = load(path)["results"]["stats"]
    eq((before["successes"], before["failures"]), (1, 2))
    against = ("--feature", "chat", "--baseline", path)
    lines = evaluate(site, two, *against)
    assert f"against {path}: 0 worse, 2 as bad as before, 0 better, 0 that fail are new" in lines, lines
    lines = evaluate(site, two.replace("invalid_request", "other"), *against, status=1)
    assert any(": 1 worse: refuses-an-empty-question, 2 as bad" in x for x in lines), lines
    lines = evaluate(site, two.replace("Counts", "Counts on"), *against, status=1)
    assert any("0 worse, 1 as bad as before, 0 better, 1 that fail are new" in x for x in lines), lines
    evaluate(site, two, "--feature", "chat", "--baseline", site.write("no.json", "{}"), status=2)


@case(modes=("lighttpd",))
def what_readers_call_bad_becomes_a_case(site):
    """A draft where the question was kept, a note where not; a draft cannot pass before somebody finished it."""
    user = site.user()
    for agreed in (True, False):
        reply = user.chat("Is it: true?\n- really", feature="chat")
        said = {"request_id": reply.json()["request_id"], "rating": -1, "comment": "No: \x07 #wrong"}
        if agreed:
            said |= {"question": "Is it: true?\n- really", "answer": "t1", "agreed": True}
        eq(user.post("/feedback", said).status, 200)
    drafts = site.slipway("eval", "from-feedback", "--since", "1h")
    assert "the question is not kept" in drafts and reply.json()["request_id"] in drafts, drafts
    assert evaluate(site, drafts, status=2) == []
    site.mock.script("m", "text=it+is+so")
    done = drafts.replace("assert: []", "assert: [{type: contains, value: it is so}]")
    lines = evaluate(site, done, user=user)
    assert lines[0].startswith(f"{drafts.count('assert: []')} passed, 0 failed"), lines
    asked = [json.loads(c["body"])["messages"][-1]["content"] for c in site.mock.state()["last"]]
    assert "Is it: true?\n- really" in asked, asked
