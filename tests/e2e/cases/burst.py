"""Many requests at the same moment, and a cap with room for exactly ten of them."""

import collections
import threading

from case import case, eq
from client import wait_for
from livesite import OUTPUT_PICO

REQUESTS = 200
ROOM = 10
# Processes that serve one request at a time run out of room before the cap does; what is
# refused for that is refused in words, too.
REFUSALS = {(429, "user_cap")}
CROWDED = {(503, "busy"), (503, "database_unavailable"), (503, "restarting")}


def reservation(site):
    """What one call of this feature sets aside, and costs in the end."""
    user = site.user()
    eq(user.chat(feature="fixed").status, 200)
    row = user.calls()[0]
    return int(row["reserved_pico"])


@case
def exactly_ten_of_two_hundred(site):
    """The ten that got in hold their money until all others have been refused: no timing decides.
    Exactly ten reach the provider, and the cap is never overshot."""
    amount = reservation(site)
    site.mock.reset()
    site.mock.script("m", "pace=gate,tokens=1")
    user = site.user(daily_cap_pico=ROOM * amount + amount // 2)
    replies, lock = [], threading.Lock()

    def ask():
        reply = user.chat("hello", feature="fixed")
        with lock:
            replies.append(reply)

    threads = [threading.Thread(target=ask) for _ in range(REQUESTS)]
    for t in threads:
        t.start()
    wait_for(lambda: len(replies) == REQUESTS - ROOM, "190 refusals", 60)
    state = site.mock.state()
    eq((state["count"], state["in_flight"]), (ROOM, ROOM), "calls at the provider")
    eq(user.spend(), {"reserved": ROOM * amount, "settled": 0, "calls": 0})
    refused = collections.Counter((r.status, r.json()["code"]) for r in replies)
    allowed = REFUSALS if site.server in ("lighttpd", "apache-proxy") else REFUSALS | CROWDED
    assert set(refused) <= allowed, refused
    site.mock.step()
    for t in threads:
        t.join(60)
    eq(collections.Counter(r.status for r in replies)[200], ROOM, f"answers; {refused}")
    eq(site.mock.count(), ROOM, "calls at the provider")
    wait_for(lambda: user.spend()["calls"] == ROOM, "ten settlements")
    eq(user.spend()["reserved"], 0)
    eq(user.spend()["settled"], ROOM * (10 * 10**6 + OUTPUT_PICO))


@case
def forty_streams_at_once(site):
    """Streams of many clients run side by side, each with its own tokens and its own bill."""
    site.mock.script("m", "pace=gate,tokens=3")
    user = site.user(daily_cap_pico=-1)
    texts, lock = [], threading.Lock()

    def listen():
        with user.stream() as stream:
            stream.rest()
            with lock:
                texts.append((stream.text(), stream.event("done")["request_id"]))

    threads = [threading.Thread(target=listen) for _ in range(40)]
    for t in threads:
        t.start()
    site.mock.wait_in_flight(40)
    site.mock.step(3)
    for t in threads:
        t.join(60)
    eq([text for text, _ in texts], ["t1 t2 t3 "] * 40)
    eq(len({request_id for _, request_id in texts}), 40, "request ids")
    eq(user.spend(), {"reserved": 0, "settled": 40 * (10 * 10**6 + 3 * OUTPUT_PICO), "calls": 40})
