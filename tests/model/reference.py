"""The ledger as it should be, in the simplest words that are exact.

A reference model of slipway.admit, settle and reap: dictionaries and integers,
one call after the other, no batches, no locks. It knows the time because the
test holds the database's clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

MINUTE_US = 60_000_000
NO_CAP = 9_000_000_000_000_000_000
ROOM_MAX = 9_999_999_999_999_999
REFUSALS = {"user_key": "key_cap", "user": "user_cap",
            "tenant": "tenant_cap", "system": "system_cap"}


class Row:
    """One row of daily_spend."""

    def __init__(self):
        self.reserved = 0
        self.settled = 0
        self.calls = 0

    def used(self):
        return self.reserved + self.settled


@dataclass
class Key:
    """A key and its scope: None is no limit of its own."""
    user: int
    features: list = None
    models: list = None
    rpm: int = None
    cap: int = None


class Model:
    """tenants: {id: zone name}; users: {id: (tenant id, is admin)};
    keys: {id: Key}."""

    def __init__(self, tenants, users, keys, defaults):
        self.tenants = tenants
        self.users = users
        self.keys = keys
        self.defaults = defaults
        self.user_limits = {}    # id -> (rpm, cap), None = the default
        self.tenant_limits = {}
        self.paused = set()
        self.revoked = set()     # keys
        self.rows = {}           # (scope, id, day) -> Row
        self.tat = {}            # (scope, id) -> microseconds
        self.open = {}           # request_id -> reservation
        self.calls = {}          # request_id -> (key, day, outcome, cost)
        self.reaped = {}         # request_id -> reservation, as it was
        self.now = None          # datetime, UTC

    def now_us(self):
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        return (self.now - epoch) // timedelta(microseconds=1)

    def row(self, scope, number, day):
        return self.rows.setdefault((scope, number, day), Row())

    def limits(self, user):
        tenant = self.users[user][0]
        urpm, ucap = self.user_limits.get(user, (None, None))
        trpm, tcap = self.tenant_limits.get(tenant, (None, None))
        d = self.defaults
        return (
            d["user_rpm"] if urpm is None else urpm,
            d["tenant_rpm"] if trpm is None else trpm,
            d["user_daily_pico"] if ucap is None else ucap,
            d["tenant_daily_pico"] if tcap is None else tcap,
            d["system_daily_pico"],
        )

    def days(self, tenant):
        local = self.now.astimezone(ZoneInfo(self.tenants[tenant])).date()
        return local, self.now.date()

    def take_rpm(self, *buckets):
        """GCRA with a burst of one minute's worth; all limits or none."""
        now = self.now_us()
        buckets = [b for b in buckets if b[1]]
        for key, rpm in buckets:
            ahead = max(self.tat.get(key, 0), now) - now
            if ahead > (rpm - 1) * (MINUTE_US // rpm):
                return False
        for key, rpm in buckets:
            self.tat[key] = max(self.tat.get(key, 0), now) + MINUTE_US // rpm
        return True

    def admit(self, c):
        """c: a dict as the test made it; repeated: its id stands earlier in the
        same batch, which only asks for the same answer. Returns (verdict, granted, amount)."""
        number = c["key"]
        if number is None or number in self.revoked:
            return "unauthorized", 0, 0
        key = self.keys[number]
        if not self.may(key, c):
            return "forbidden", 0, 0
        old = self.open.get(c["request_id"])
        if old is not None:
            if old["key"] != number:
                return "invalid_request", 0, 0
            lease = self.now + timedelta(milliseconds=c["lease_ms"])
            if not c["repeated"]:
                old["lease"] = max(old["lease"], lease)
            return "ok", old["granted"], old["amount"]
        if c["request_id"] in self.calls:
            return "invalid_request", 0, 0
        if c["feature"] in self.paused or "*" in self.paused:
            return "paused", 0, 0
        tenant = self.users[key.user][0]
        urpm, trpm, *caps = self.limits(key.user)
        if not self.take_rpm((("tenant", tenant), trpm),
                             (("user", key.user), urpm),
                             (("user_key", number), key.rpm)):
            return "rate_limited", 0, 0
        return self.reserve(c, caps)

    def may(self, key, c):
        """Does the scope of the key have this feature and this model?"""
        is_admin = self.users[key.user][1]
        named = c["needs_admin"]
        if key.features is not None and c["feature"] not in key.features \
                and not (c["feature"] == "api" and named and
                         key.models is not None):
            return False
        if not named:
            return True
        if key.models is None:
            return is_admin
        return any(fnmatchcase(c["model"], p) for p in key.models)

    def reserve(self, c, caps):
        key = self.keys[c["key"]]
        tenant = self.users[key.user][0]
        day, system_day = self.days(tenant)
        scopes = [("user", key.user, day), ("tenant", tenant, day),
                  ("system", 0, system_day)]
        if key.cap is not None:
            scopes.insert(0, ("user_key", c["key"], day))
            caps = [key.cap] + caps
        left = [(NO_CAP if cap == -1 else cap) - self.row(*s).used()
                for s, cap in zip(scopes, caps)]
        room = min(left + [ROOM_MAX])
        floor = min(c["max"], max(c["min"], 1))
        granted, amount = c["max"], c["input"]
        if c["output"] > 0 and room >= c["input"]:
            granted = min(c["max"], (room - c["input"]) // c["output"])
            amount = c["input"] + granted * c["output"]
        elif c["output"] > 0:
            granted = -1
        if granted < floor or (amount > 0 and amount > room):
            least = c["input"] + floor * c["output"]
            for (scope, _, _), free in zip(scopes, left):
                if least > free:
                    return REFUSALS[scope], 0, 0
        for s in scopes:
            self.row(*s).reserved += amount
        self.open[c["request_id"]] = {
            "key": c["key"], "day": day, "scopes": scopes, "amount": amount,
            "granted": granted,
            "lease": self.now + timedelta(milliseconds=c["lease_ms"]),
        }
        return "ok", granted, amount

    def settle(self, request_id, outcome, cost):
        """Returns settled, or known: settled before, or never heard of."""
        held = self.open.pop(request_id, None)
        if held is None and outcome != "abandoned":
            held = self.unreap(request_id)
        if held is None:
            return "known"
        for s in held["scopes"]:
            row = self.row(*s)
            row.reserved -= held["amount"]
            row.settled += cost
            row.calls += 1
        self.calls[request_id] = (held["key"], held["day"], outcome, cost)
        return "settled"

    def unreap(self, request_id):
        """What the reaper charged is taken back: the worker was only slow."""
        held = self.reaped.pop(request_id, None)
        for s in held["scopes"] if held else []:
            row = self.row(*s)
            row.settled -= held["amount"]
            row.reserved += held["amount"]
            row.calls -= 1
        return held

    def reap(self):
        late = [r for r, h in self.open.items() if h["lease"] < self.now]
        for r in late:
            self.reaped[r] = self.open[r]
            self.settle(r, "abandoned", self.open[r]["amount"])
        return len(late)
