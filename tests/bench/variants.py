"""What the benchmark can put beside Slipway as it is: the guard off, TLS, other gateways."""

import os
import signal
import ssl
import subprocess
import urllib.parse
import urllib.request

from client import Client, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")

# Row of the table -> feature that is asked.
FEATURES = {"Slipway, guard off": "bench-open", "Slipway, TLS": "bench-tls"}

CONF = """
[feature bench-open]
route = mock/m
prompt = You are a test.
max_output_tokens = 200
input_pii = off
output_pii = off
injection = off

[provider bench-tls]
kind = openai
base_url = {url}
ca_file = {ca}
price = free

[feature bench-tls]
route = bench-tls/m
prompt = You are a test.
max_output_tokens = 200
"""


def conf(tls):
    return CONF.format(url=f"https://127.0.0.1:{tls.port}/v1", ca=tls.certificate)


class TlsProvider:
    """The mock provider behind TLS, with a certificate of its own."""

    def __init__(self, program, folder):
        self.certificate = os.path.join(folder, "provider.pem")
        key = os.path.join(folder, "provider.key")
        port_file = os.path.join(folder, "provider-port")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", self.certificate, "-days", "2", "-subj", "/CN=provider",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        self.process = subprocess.Popen(
            [program, "--port", "0", "--port-file", port_file, "--tls-cert", self.certificate, "--tls-key", key],
            stdin=subprocess.DEVNULL,
        )
        wait_for(lambda: os.path.exists(port_file), "the TLS provider's port")
        with open(port_file, encoding="ascii") as f:
            self.port = int(f.read())
        self.context = ssl.create_default_context(cafile=self.certificate)

    def script(self, model, script):
        query = urllib.parse.urlencode({"model": model, "script": script})
        url = f"https://127.0.0.1:{self.port}/_mock/script?{query}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), context=self.context) as reply:
            assert reply.status == 200, reply.status

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Portkey:
    """@portkey-ai/gateway, pinned by tests/bench/peers/package-lock.json.  It checks no keys and keeps no accounts."""

    def __init__(self, port):
        self.port = port
        self.process = subprocess.Popen(
            ["node", os.path.join(PEERS, "node_modules/@portkey-ai/gateway/build/start-server.js"), f"--port={port}", "--headless"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "NODE_ENV": "production"},
        )  # fmt: skip
        wait_for(self.answers, "Portkey's port")

    def answers(self):
        try:
            return Client(f"http://127.0.0.1:{self.port}").get("/").status == 200
        except OSError:
            return False

    def takes(self, body, headers):
        """With @hono/node-server 1.14 or later release 1.15.2 answers streams with 500, so peers/package.json has 1.13."""
        reply = Client(f"http://127.0.0.1:{self.port}").request("POST", "/v1/chat/completions", body.encode(), headers)
        if reply.status != 200:
            print(f"Portkey is left out: it answers {reply!r}")
        return reply.status == 200

    @staticmethod
    def headers(provider_port):
        return {
            "Authorization": "Bearer sk-none",
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": f"http://127.0.0.1:{provider_port}/v1",
        }

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
