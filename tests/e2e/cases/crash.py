"""A worker that is killed in mid-stream, with the settings that Slipway comes with.

The kill is the first thing that happens to a site, and what came of it is looked at in the end
(records.py): the other cases fill the time until the lease is over."""

import signal

from case import case, eq
from client import wait_for

LEASE_S, PROMISE_S = 60, 120


@case
def kill_9_in_mid_stream(site):
    """The money stays set aside, with a lease of the default length."""
    kill(site)
    row = site.killed.reservations()[0]
    lease = site.sql(
        "SELECT extract(epoch FROM lease_until - created_at) AS s FROM slipway.reservations"
        " WHERE request_id = :'id'", id=row["request_id"])  # fmt: skip
    assert LEASE_S <= float(lease[0]["s"]) < 2 * LEASE_S, lease
    site.mock.script("m", "")
    site.wait_served()


def kill(site):
    """Remembers whose call it was, and when, in site.killed and site.killed_at."""
    site.mock.script("m", "pace=gate,tokens=4")
    site.killed = site.user()
    with site.killed.stream() as stream:
        site.mock.step()
        eq(stream.token(), "t1 ")
        site.signal_workers("chat-stream", signal.SIGKILL)
        site.killed_at = site.sql("SELECT clock_timestamp() AS at")[0]["at"]
        assert site.mock.wait_closed()["closed_early"]


def settled(site):
    """The row of the killed call, when the reaper has been there.  The workers of FastCGI reap
    by themselves; a site of plain CGI may have no process for minutes, so cron is there."""
    if site.server == "apache-cgi":
        site.slipway("janitor")
    return site.killed.calls()


def check_killed(site):
    """Charged in full, once, within the time that Slipway promises."""
    if not hasattr(site, "killed"):
        kill(site)  # this case was chosen alone
    row = wait_for(lambda: settled(site), "the killed call to be settled", PROMISE_S + 30)[0]
    eq((row["outcome"], row["basis"]), ("abandoned", "pessimistic"), f"{row}")
    eq(row["cost_pico"], row["reserved_pico"])
    eq(site.killed.spend(), {"reserved": 0, "settled": int(row["cost_pico"]), "calls": 1})
    took = site.sql(
        "SELECT extract(epoch FROM settled_at - :'at'::timestamptz) AS s FROM slipway.llm_calls"
        " WHERE request_id = :'id'", at=site.killed_at, id=row["request_id"])  # fmt: skip
    seconds = float(took[0]["s"])
    assert seconds <= PROMISE_S, f"settled {seconds:.0f} s after the kill"
    return seconds
