"""Runs as they happen, stopped, left and found again."""

import threading

from case import case, check_problem, eq
from cases.agent import FASTCGI, SAYS, ask, calls_tool, decide, expire, kill, kinds, only_run, prepare
from client import TIMEOUT, wait_for


def watch(user, body=None, run=None, path="/agent"):
    """An open stream of events: of a request, or of a run by its id."""
    http = user.http
    if run is not None:
        connection = http._send("GET", "/agent?run=" + run, None, {"Accept": "text/event-stream"}, TIMEOUT)
    else:
        connection = http._send("POST", path, {"stream": True} | body, None, TIMEOUT)
    stream = http.opened(connection)
    eq(stream.status, 200, repr(stream))
    return stream


def begin(user):
    return watch(user, {"feature": "helper", "message": "What is it?"})


def steps(frame):
    return kinds(frame.data)


@case
def each_step_is_seen_as_it_happens(site):
    """The mock's gate lets the model speak; before, the step is there and has no answer."""
    user = prepare(site, calls_tool("look", {"q": "it"}, ",pace=gate"), SAYS)
    with begin(user) as stream:
        stream.until(lambda f: f.event == "run" and steps(f) == [("model", "calling")])
        site.mock.wait_in_flight(1)
        site.mock.step(2)
        done = stream.until(lambda f: f.event == "done").data
        eq(stream.next(), None, "after done")
    eq((done["status"], done["answer"].strip()), ("done", "It is"), f"{done}")
    eq(done, user.get("/agent", run=done["run"]).json())
    eq((done["left_steps"], done["steps"][1]["arguments"]), (3, '{"q":"it"}'))


@case
def confirmed_while_watching(site):
    user = prepare(site, calls_tool("order", {"item": "tea"}))
    with begin(user) as stream:
        run = stream.until(lambda f: f.event == "done").data
    eq((run["status"], run["confirm"]["tool"]), ("needs_confirmation", "order"), f"{run}")
    body = {"run": run["run"], "step": 2, "confirmed": True}
    with watch(user, body, path="/agent/confirm") as stream:
        done = stream.until(lambda f: f.event == "done").data
    eq((done["status"], len(site.tools.calls)), ("done", 1), f"{done}")


@case(modes=FASTCGI)
def the_run_goes_on_without_its_reader(site):
    """The connection is gone in the middle; the run ends, and is found again, paid once."""
    user = prepare(site, calls_tool("look", {"q": "it"}, ",pace=gate"), SAYS)
    with begin(user) as stream:
        run = stream.until(lambda f: f.event == "run").data["run"]
        site.mock.wait_in_flight(1)
    with watch(user, run=run) as stream:
        stream.until(lambda f: f.event == "run")
        site.mock.step(2)
        done = stream.until(lambda f: f.event == "done").data
    eq((done["status"], len(site.tools.calls), user.spend()["calls"]), ("done", 1, 2), f"{done}")
    with watch(user, run=run) as stream:
        eq(stream.until(lambda f: f.event == "done").data, done, "once more")
    other = site.user()
    check_problem(other.http.request("GET", "/agent?run=" + run, None,
                                     {"Accept": "text/event-stream"}), 404, "not_found")  # fmt: skip


@case(modes=("lighttpd", "apache-proxy"))
def who_watches_takes_over(site):
    """The worker that goes on with a run dies; a watcher's worker goes on."""
    user = prepare(site, "pace=gate,tokens=2")
    with begin(user) as stream:
        run = stream.until(lambda f: f.event == "run").data["run"]
        site.mock.wait_in_flight(1)
        kill(site)
    site.mock.wait_in_flight(0)
    site.mock.script("agent", SAYS)
    with watch(user, run=run) as stream:
        eq(stream.until(lambda f: f.event == "run").data["status"], "running")
        expire(site, run)
        done = stream.until(lambda f: f.event == "done").data
    eq((done["status"], kinds(done)), ("done", [("model", "lost"), ("model", "done")]), f"{done}")


@case
def stopped_while_the_model_speaks(site):
    """The provider is hung up on, what it said is charged, and nothing follows."""
    user = prepare(site, calls_tool("order", {"item": "tea"}, ",pace=gate"))
    user.limit(rpm=0)
    got = []
    thread = threading.Thread(target=lambda: got.append(ask(user)))
    thread.start()
    run = only_run(user)
    site.mock.wait_in_flight(1)
    stopping = user.post("/agent/stop", {"run": run}).json()
    eq((stopping["status"], stopping["stopping"]), ("running", True), f"{stopping}")
    thread.join()
    eq((got[0]["status"], site.tools.calls), ("stopped", []), f"{got}")
    eq(site.mock.wait_closed()["state"], "closed")
    eq(user.spend()["reserved"], 0)
    eq(user.settled()["outcome"], "client_gone")
    for again in (user.post("/agent/stop", {"run": run}), user.get("/agent", run=run)):
        eq(again.json(), got[0], "it stays so")
    eq(site.sql("SELECT * FROM slipway.ledger_check"), [])


@case
def stopped_instead_of_confirmed(site):
    user = prepare(site, calls_tool("order", {"item": "tea"}))
    run = ask(user)
    user.limit(rpm=1)
    user.get("/agent")
    check_problem(user.get("/agent"), 429, "rate_limited")
    stopped = user.post("/agent/stop", {"run": run["run"]}).json()
    eq((stopped["status"], kinds(stopped)), ("stopped", [("model", "done"), ("tool", "skipped")]))
    user.limit(rpm=0)
    kill_memory(site)
    check_problem(decide(user, run), 400, "invalid_request")
    check_problem(decide(user, run, False), 400, "invalid_request")
    eq(site.tools.calls, [])


def kill_memory(site):
    """Workers remember a refusal until its time is over: let new ones come."""
    if site.server != "apache-cgi":
        kill(site, 15)


@case
def stopped_during_a_side_effect(site):
    """What was sent is sent, and written down; after it nothing happens."""
    user = prepare(site, calls_tool("order", {"item": "tea"}))
    run = ask(user)
    site.tools.gate = threading.Event()
    got = []
    thread = threading.Thread(target=lambda: got.append(decide(user, run).json()))
    thread.start()
    site.tools.wait_called()
    eq(user.post("/agent/stop", {"run": run["run"]}).json()["stopping"], True)
    site.tools.gate.set()
    thread.join()
    eq((got[0]["status"], kinds(got[0])), ("stopped", [("model", "done"), ("tool", "done")]), f"{got}")
    eq((list(site.tools.done.values()), user.spend()["calls"]), ([1], 1))


@case(modes=FASTCGI)
def stopped_after_its_worker_died(site):
    """Nobody goes on with it: who stops it ends it, and the call is charged as always."""
    user = prepare(site, "pace=gate,tokens=2")
    stream = begin(user)
    run = stream.until(lambda f: f.event == "run").data["run"]
    site.mock.wait_in_flight(1)
    kill(site)
    stream.close()
    expire(site, run)
    stopped = user.post("/agent/stop", {"run": run}).json()
    eq((stopped["status"], kinds(stopped)), ("stopped", [("model", "lost")]), f"{stopped}")
    site.slipway("janitor")
    eq(user.settled()["outcome"], "abandoned")


@case(modes=("apache-cgi",))
def a_cgi_process_that_is_ended_lets_go(site):
    """SIGTERM means that the client left: the call is settled, and the next one goes on at once."""
    user = prepare(site, "pace=gate,tokens=2")
    stream = begin(user)
    run = stream.until(lambda f: f.event == "run").data["run"]
    site.mock.wait_in_flight(1)
    site.signal_workers("agent", 15)
    user.settled()
    stream.close()
    site.mock.script("agent", SAYS)
    found = wait_for(lambda: user.get("/agent", run=run).json()["status"] == "done", "the end of the run")
    assert found
    calls = user.calls()
    eq([(c["outcome"], c["basis"]) for c in calls], [("failed", "partial"), ("done", "provider_usage")])
    assert int(calls[0]["cost_pico"]) < int(calls[0]["reserved_pico"]), calls
