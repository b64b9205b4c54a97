"""The site of the alerts' cases, its webhook and mail server, and `slipway alerts` with settings of a case."""

import os
import subprocess

from case import eq
from client import wait_for
from listeners import SmtpServer, Webhook, certificate

SITE = """
# how quick this machine is decides nothing
[alerts]
ttft_p95 = 1h

[provider mock]
breaker_failures = 0

[provider hasty]
breaker_failures = 2
breaker_open_ms = 200
"""

# Nothing is told unless a case asks for it.
QUIET = {
    "window": "60m", "min_calls": "4", "error_rate": "100%", "latency_p95": "1h", "ttft_p95": "1h",
    "budget_burn": "1000000", "fallback_share": "100%", "cost_spike_usd": "1000000",
    "probe_outage": "24h", "ledger_check_every": "24h", "quota": "100%", "resolve_after": "0s",
    "database_outage": "0s",
}  # fmt: skip


class Bench:
    """The site, its receivers, and `slipway alerts` with settings of a case."""

    def __init__(self, site):
        self.site = site
        self.folder = os.path.join(site.folder, "alerts")
        os.mkdir(self.folder)
        self.hook = Webhook()
        self.mail = SmtpServer("starttls", "me:secret", tls_files=certificate(self.folder))
        self.write("hook", self.hook.url)
        self.write("password", "secret")
        self.user = site.user(rpm=0, daily_cap_pico=-1)
        self.settings()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def settings(self, extra="", **alerts):
        """Write the configuration: the site's, quiet alerts, and these."""
        with open(os.path.join(self.site.var, "slipway.conf"), encoding="utf-8") as f:
            text = f.read()
        text += f"""
[server]
name = Harbour <&> co
state_dir = {self.folder}
[mail]
smtp_host = localhost
security = starttls
smtp_port = {self.mail.port}
user = me
password_file = {self.folder}/password
from = slipway@harbour.example
ca_file = {self.folder}/cert.pem
[alerts]
webhook_url_file = {self.folder}/hook
mail_to = ops@harbour.example, night@harbour.example
"""
        text += "".join(f"{k} = {v}\n" for k, v in {**QUIET, **alerts}.items())
        self.conf = self.write("slipway.conf", text + extra)

    def start(self, *args):
        return subprocess.Popen(
            [os.path.join(self.site.build, "slipway"), "-c", self.conf, *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def slipway(self, *args, status=0):
        process = self.start(*args)
        out, err = process.communicate(timeout=60)
        eq(process.returncode, status, f"slipway {args}: {out}{err}")
        return out + err

    def alerts(self):
        return self.slipway("alerts")

    def told(self, start, since=0):
        """The webhook's messages that begin so."""
        lead = "[Harbour &lt;&amp;&gt; co] " + start
        return [p["text"] for p in self.hook.posts[since:] if p["text"].startswith(lead)]

    def tells(self, start, what=1):
        eq(len(self.told(start)), what, f"messages {start!r} of {[p['text'] for p in self.hook.posts]}")

    def calls(self, n, **members):
        for _ in range(n):
            self.user.chat(**members)

    def settle(self):
        """What is left over of other cases is resolved."""
        self.settings()
        wait_for(lambda: " 0 open" in self.alerts(), "all alerts to be resolved")
        self.hook.posts.clear()
        self.mail.mails.clear()
