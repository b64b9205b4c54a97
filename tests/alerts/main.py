"""Every alert, raised and resolved, on a site of its own.

One case after the other in one site: traffic of one is there for the next, so a case switches
on only the rules that it is about and looks for their messages.
"""

import argparse
import contextlib
import email
import email.policy
import html
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse

import run as e2e
from bench import SITE, Bench
from case import eq
from client import wait_for
from livesite import ROOT, Site, end_in_order

CASES = []


def case(function):
    CASES.append(function)
    return function


def text_of(mail):
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    return message["subject"], message.get_content(), message


@case
def a_test_arrives_on_every_channel(b):
    eq(b.slipway("alerts", "test"), "webhook: sent\nmail: sent\n")
    b.tells("Test: This is a test")
    mail = b.mail.wait(1)[0]
    subject, text, message = text_of(mail)
    eq(subject, "[Harbour <&> co] Test: This is a test")
    assert "Nothing: alerts arrive here." in text, text
    eq((mail.recipients, mail.tls, mail.login), (["<ops@harbour.example>", "<night@harbour.example>"], True, "me:secret"))
    eq(message["to"], "ops@harbour.example, night@harbour.example")


@case
def slow_answers(b):
    b.settings(ttft_p95="500ms", latency_p95="500ms")
    b.site.mock.script("m", "delay=600")
    b.calls(4)
    b.alerts()
    b.alerts()
    b.tells("Raised: First words come too late")
    b.tells("Raised: Answers take too long")
    b.site.mock.reset()
    # a slow machine has slow answers among these, too
    wait_for(lambda: b.calls(100) or " 0 open" in b.alerts(), "enough quick calls")
    b.tells("Resolved: First words come too late")
    b.tells("Resolved: Answers take too long")
    b.alerts()
    eq(len(b.hook.posts), 4, "messages")
    eq(len(b.mail.wait(4)), 4, "mails")


@case
def errors(b):
    b.settings(error_rate="5%", budget_burn="14")
    b.site.mock.script("m", "status=500")
    wait_for(lambda: b.calls(1) or " 2 open" in b.alerts(), "two alerts")
    b.alerts()
    b.tells("Raised: Too many calls fail")
    b.tells("Raised: The error budget burns too fast")
    assert re.search(r"\n\d+ of \d+ calls failed in the last 60 minutes", b.told("Raised: Too many")[0])
    assert "/docs/runbooks/provider-outage.html\n" in b.told("Raised: Too many")[0]
    b.site.mock.reset()
    wait_for(lambda: b.calls(100) or " 0 open" in b.alerts(), "enough good calls")
    b.tells("Resolved: Too many calls fail")
    b.tells("Resolved: The error budget burns too fast")


@case
def a_breaker_that_opens(b):
    b.site.mock.script("m", "status=500")
    wait_for(lambda: b.calls(1, feature="hasty") or b.alerts() and b.told("Raised: A model is not asked"), "the alert")
    b.tells("Raised: A model is not asked any more (hasty/m)")
    b.site.mock.reset()
    wait_for(lambda: b.user.chat(feature="hasty").status == 200, "the breaker to let one through")
    wait_for(lambda: b.alerts() and b.told("Resolved: A model is not asked any more (hasty/m)"), "its end")


@case
def too_many_fallbacks(b):
    b.settings(fallback_share="2%")
    wait_for(lambda: b.calls(5, feature="fallback") or b.alerts() and b.told("Raised: Too many answers"), "the alert")
    wait_for(lambda: b.calls(100) or b.alerts() and b.told("Resolved: Too many answers"), "its end")
    b.tells("Raised: Too many answers come from a fallback")
    b.tells("Resolved: Too many answers come from a fallback")
    b.site.sql("DELETE FROM slipway.breakers")


@case
def a_quota_that_is_nearly_used(b):
    b.settings(quota="80%")
    b.site.mock.script("m", "limit-tokens=1000,remaining-tokens=150")
    wait_for(lambda: b.calls(1) or b.alerts() and b.told("Raised: A provider's limit"), "the alert")
    assert "(mock)\n85.0 % of the tokens are used" in b.told("Raised: A provider's limit")[0]
    b.site.mock.script("m", "limit-tokens=1000,remaining-tokens=900")
    wait_for(lambda: b.calls(1) or b.alerts() and b.told("Resolved: A provider's limit"), "its end")
    b.site.mock.reset()


@case
def a_model_without_a_price(b):
    b.settings(extra="[feature odd]\nroute = mock/nobody, mock/m\n")
    b.alerts()
    b.tells("Raised: A model has no price (mock/nobody)")
    b.site.sql(
        "INSERT INTO slipway.prices (provider, model, valid_from, input_pico, cache_read_pico,"
        " cache_write_pico, cache_write_1h_pico, output_pico, source)"
        " VALUES ('mock', 'nobody', '2020-01-01', 1, 1, 1, 1, 1, 'test')"
    )
    b.alerts()
    b.tells("Resolved: A model has no price (mock/nobody)")


@case
def an_old_reservation(b):
    b.site.mock.script("m", "pace=gate,tokens=2")
    with b.user.stream() as stream:
        b.site.mock.step()
        stream.token()
        b.site.sql("UPDATE slipway.reservations SET created_at = now() - interval '11 minutes'")
        b.alerts()
        b.tells("Raised: Reservations are not settled")
        b.site.mock.step(5)
        stream.rest()
    wait_for(lambda: not b.user.reservations(), "the settlement")
    b.alerts()
    b.tells("Resolved: Reservations are not settled")
    b.site.mock.reset()


@case
def a_fault_of_the_ledger(b):
    b.settings(ledger_check_every="0s")
    b.site.sql("UPDATE slipway.daily_spend SET calls = calls + 1 WHERE scope = 'system'")
    b.alerts()
    b.tells("Raised: The ledger has a fault")
    b.site.sql("UPDATE slipway.daily_spend SET calls = calls - 1 WHERE scope = 'system'")
    b.alerts()
    b.tells("Resolved: The ledger has a fault")


@case
def a_part_that_is_down(b):
    b.settings(probe_outage="0s", extra="[server]\npublic_url = http://127.0.0.1:1\n[status]\nprobe_providers = off\n")
    # the site's own timer looks, too
    wait_for(
        lambda: b.slipway("probe", "--output", b.folder) and b.alerts() and b.told("Raised: A part of the service is down (web)"),
        "the alert",
    )
    b.settings(probe_outage="0s", extra="[status]\nprobe_providers = off\n")
    wait_for(
        lambda: b.slipway("probe", "--output", b.folder) and b.alerts() and b.told("Resolved: A part of the service is down (web)"),
        "its end",
    )


@case
def nobody_looks_any_more(b):
    """Until the site's own timer or the next probe does."""

    def unseen():
        b.site.sql("UPDATE slipway.status_spells SET began_at = began_at - interval '11 minutes',"
                   " ended_at = ended_at - interval '11 minutes'")  # fmt: skip
        return b.alerts() and b.told("Raised: Nobody looks at the service any more")

    b.slipway("probe", "--output", b.folder)
    b.alerts()
    b.tells("Raised: Nobody looks", 0)
    wait_for(unseen, "the alert")
    assert "/docs/runbooks/stream-failure.html#probe" in b.told("Raised: Nobody looks")[0]
    b.slipway("probe", "--output", b.folder)
    b.alerts()
    b.tells("Resolved: Nobody looks at the service any more")


@case
def the_database_is_away(b):
    b.site.postgres("stop")
    try:
        for _ in range(3):
            b.slipway("alerts", status=1)
        b.tells("Raised: The database does not answer")
        eq(len(b.mail.wait(1)), 1)
        assert "/docs/runbooks/database-full.html" in b.told("Raised")[0]
    finally:
        b.site.postgres("start")
    b.site.wait_healthy()
    b.alerts()
    b.alerts()
    b.tells("Resolved: The database does not answer")
    eq(len(b.mail.wait(2)), 2)


def unsent(b):
    return b.site.sql("SELECT * FROM slipway.alert_outbox WHERE sent_at IS NULL ORDER BY id")


@contextlib.contextmanager
def odd_feature(b):
    b.settings(extra=f"[feature odd]\nroute = mock/odd{len(b.hook.posts)}x{b.hook.attempts}\n")
    yield


@case
def a_webhook_that_is_down_loses_nothing(b):
    b.hook.fail = [500, 429, 302]
    attempts = b.hook.attempts
    with odd_feature(b):
        assert "the webhook answers 500: not now" in b.alerts()
        eq(len(b.mail.wait(1)), 1, "the mail goes out all the same")
        eq((len(unsent(b)), b.hook.attempts - attempts), (1, 1))
        b.alerts()
        eq(b.hook.attempts - attempts, 1, "it is not asked again at once")
        for n in (2, 3):
            b.site.sql("UPDATE slipway.alert_outbox SET next_try_at = now()")
            b.alerts()
            eq((len(unsent(b)), b.hook.attempts - attempts), (1, n))
    # over meanwhile: both messages arrive, in order
    b.settings()
    b.alerts()
    eq(len(unsent(b)), 2)
    b.site.sql("UPDATE slipway.alert_outbox SET next_try_at = now()")
    b.alerts()
    b.tells("Raised: A model has no price")
    b.tells("Resolved: A model has no price")
    eq([p["text"].split(" ")[3] for p in b.hook.posts], ["Raised:", "Resolved:"])
    eq(unsent(b), [])
    b.alerts()
    eq(len(b.hook.posts), 2)


@case
def nothing_is_sent_twice(b):
    """Sent, and then the database or the process was gone before it was marked so."""
    b.hook.fail = [500]
    with odd_feature(b):
        b.alerts()
        waiting = unsent(b)
        eq(len(waiting), 1)
        b.site.sql("UPDATE slipway.alert_outbox SET next_try_at = now()")
        b.write("alerts.json", json.dumps({"down_ms": 0, "told": [], "sent": [int(waiting[0]["id"])]}))
        b.alerts()
        eq((unsent(b), b.hook.posts), ([], []))
        with open(os.path.join(b.folder, "alerts.json"), encoding="utf-8") as f:
            eq(json.load(f)["sent"], [])


@case
def two_at_once_tell_once(b):
    with odd_feature(b):
        both = [b.start("alerts") for _ in range(4)]
        for process in both:
            process.communicate(timeout=60)
        b.alerts()
    b.tells("Raised: A model has no price")
    eq(len(b.mail.wait(1)), 1)


@case
def list_shows_what_is_raised(b):
    with odd_feature(b):
        b.alerts()
        text = b.slipway("alerts", "list")
        assert "unpriced" in text and "mock/odd" in text, text
    b.settings()
    b.alerts()
    eq(b.slipway("alerts", "list"), "no alert is raised\n")
    assert "unpriced" in b.slipway("alerts", "list", "--all")


@case
def no_secret_in_errors(b):
    b.write("hook", "http://127.0.0.1:1/services/T0/B0/secret-path")
    with odd_feature(b):
        said = b.alerts() + b.slipway("alerts", "list") + b.slipway("alerts", "test", status=1)
    b.write("hook", "http://example.org/services/secret-path")
    said += b.slipway("alerts", "test", status=1)
    assert "must begin with https://" in said and "secret" not in said, said
    b.write("hook", b.hook.url)
    b.site.sql("UPDATE slipway.alert_outbox SET next_try_at = now()")
    b.alerts()
    b.tells("Raised: A model has no price")


@case
def every_alert_has_its_runbook(b):
    """Each title of src/ops/alert.c stands in the runbook that the alert names, and is served."""
    with open(os.path.join(ROOT, "src/ops/alert.c"), encoding="utf-8") as f:
        table = re.findall(r'\{"(\w+)", "([^"]+)",\s*((?:"[^"]*"\s*)+),\s*"([^"]*)"\}', f.read())
    assert len(table) >= 17, table
    for name, title, _, runbook in table:
        if name == "test":
            continue
        path, _, mark = runbook.partition("#")
        reply = b.site.http.get("/docs/runbooks/" + path)
        eq(reply.status, 200, path)
        page = reply.body.decode()
        assert title.replace("'", "&#39;") in page or title in page, f"{title!r} is not in {path}"
        assert not mark or f'id="{mark}"' in page, f"{path} has no #{mark}"


def commands(page):
    """What stands in <pre class="run"> of a runbook."""
    found = re.findall(r'<pre class="run"[^>]*><code>(.*?)</code></pre>', page, re.S)
    return [html.unescape(text) for text in found]


@case
def every_command_of_the_runbooks_runs(b):
    """On this site, in the order in which they stand there."""
    with open(os.path.join(b.site.var, "superuser-dsn"), encoding="utf-8") as f:
        dsn = urllib.parse.urlsplit(f.read().strip())
    socket = urllib.parse.parse_qs(dsn.query)["host"][0]
    env = {
        "PATH": b.site.build + ":" + os.environ["PATH"],
        "SLIPWAY_CONF": os.path.join(b.site.var, "slipway.conf"),
        "DSN": b.site.dsn,
        "URL": b.site.url,
        "SLIPWAY_KEY": b.site.var_file("api-key"),
        "SUPER": f"host={socket} user=postgres password={dsn.password} dbname=slipway",
    }
    os.symlink(os.path.join(ROOT, "sql"), os.path.join(b.folder, "sql"))
    key = os.path.join(b.folder, "provider-key")
    with open(key, "w", encoding="utf-8") as f:
        f.write("the-old-one\n")
    if os.getuid() == 0:
        shutil.chown(key, group="nogroup")
    readers = os.stat(key).st_gid
    b.calls(1)
    count = 0
    for name in ("index", "provider-outage", "cost-spike", "stream-failure", "key-leak", "database-full", "restore"):
        page = b.site.http.get(f"/docs/runbooks/{name}.html").body.decode()
        for text in commands(page):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text], env=env, cwd=b.folder, timeout=60,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            eq(done.returncode, 0, f"{name}: {text}\n{done.stdout}")
            count += text.count("\n") + 1
    assert count > 40, count
    eq(os.stat(key).st_gid, readers, "who may read the new key")
    eq(b.site.sql("SELECT * FROM slipway.ledger_check"), [])


@case
def budgets(b):
    """The last one: a call that cost too much is told of for an hour."""
    user = b.site.user(tenant="<!channel> & \"co\"")
    b.site.mock.script("m", "in=1000000")
    user.limit(daily_cap_pico=1_100_000_000_000)
    b.settings(user_caps="on")
    eq(user.chat(max_output_tokens=1).status, 200)
    b.alerts()
    # what would be a mention is text
    b.tells('Raised: A budget is nearly used up (user &lt;!channel&gt; &amp; "co"/')
    b.tells("Raised: A call cost more than its reservation")
    subject, text, _ = text_of(next(m for m in b.mail.wait(2) if b"budget" in m.data))
    assert '(user <!channel> & "co"/' in subject and "<!channel>" in text, subject
    b.slipway("cap", "set", "user", user.name, "--tenant", '<!channel> & "co"', "--daily-usd", "5")
    b.alerts()
    b.tells("Resolved: A budget is nearly used up")
    user.limit(daily_cap_pico=1_000_000_000_000)
    b.alerts()
    b.tells("Raised: A budget is used up")
    user.limit(daily_cap_pico=-1)
    b.alerts()
    b.tells("Resolved: A budget is used up")
    b.settings(cost_spike_usd="0.90")
    b.alerts()
    b.tells("Raised: Costs are unusually high")
    b.settings(cost_spike_usd="100")
    b.alerts()
    b.tells("Resolved: Costs are unusually high")
    b.tells("Resolved: A call cost more than its reservation", 0)
    # an hour later
    b.site.sql(
        "SET slipway.janitor = 'on'; WITH old AS (DELETE FROM slipway.llm_calls WHERE over_reservation RETURNING *)"
        " INSERT INTO slipway.llm_calls SELECT (jsonb_populate_record(NULL::slipway.llm_calls, to_jsonb(o)"
        " || jsonb_build_object('request_id', 'req_' || repeat('0', 10) || substr(o.request_id, 15)))).*"
        " FROM old AS o"
    )
    b.alerts()
    b.tells("Resolved: A call cost more than its reservation")


def settled(function, b):
    b.settle()
    function(b)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("only", nargs="?", default="")
    options = parser.parse_args()
    end_in_order()
    report = e2e.Report()
    site = Site("lighttpd", options.build, conf=SITE)
    try:
        if report.run("alerts", "the site comes up", site.up):
            bench = Bench(site)
            for function in CASES:
                if options.only not in function.__name__:
                    continue
                site.mock.reset()
                report.run("alerts", function.__name__, settled, function, bench)
            bench.hook.close()
            bench.mail.close()
    finally:
        report.run("alerts", "the site goes down and leaves no process", site.down)
    for name in report.failed:
        print("failed:", name)
    print(f"{report.passed} passed, {len(report.failed)} failed")
    sys.exit(1 if report.failed or report.passed == 0 else 0)


if __name__ == "__main__":
    main()
