"""How many TLS handshakes 1,000 calls take, through lighttpd, one by one and several at once.

    make -s all mock && PYTHONPATH=tests/e2e python3 tests/bench/handshakes.py [CALLS]

The provider is the mock with TLS, which speaks HTTP/1.1 only: each connection it accepts is a handshake.
"""

import json
import os
import ssl
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from cases.faults import changed_conf
from cases.providers import certificate
from livesite import Site
from mock import Mock

AT_ONCE = (1, 8, 16)


def connections(tls, cert):
    context = ssl.create_default_context(cafile=cert)
    with urllib.request.urlopen(f"https://127.0.0.1:{tls.port}/_mock/calls", context=context) as reply:
        return json.load(reply)["connections"]


def measure(site, cert, key, calls, at_once):
    """Handshakes of so many calls, with workers and a provider that are new."""
    folder = os.path.join(site.folder, f"tls-{at_once}")
    os.mkdir(folder)
    tls = Mock(site.mock.program, folder, "--tls-cert", cert, "--tls-key", key)
    conf = f"\n[provider mock]\nbase_url = https://127.0.0.1:{tls.port}/v1\nca_file = {cert}\n"
    try:
        with changed_conf(site, conf):
            user = site.user()
            ours = connections(tls, cert)
            with ThreadPoolExecutor(at_once) as pool:
                answers = list(pool.map(lambda _: user.chat().status, range(calls)))
            assert answers == [200] * calls, "a call failed"
            return connections(tls, cert) - ours - 1
    finally:
        tls.stop()


def main():
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    site = Site("lighttpd", os.environ.get("BUILD", "build"))
    try:
        site.up()
        cert, key = certificate(site)
        for at_once in AT_ONCE:
            print(f"{calls} calls, {at_once:2} at once: {measure(site, cert, key, calls, at_once)} handshakes", flush=True)
    finally:
        site.down()


if __name__ == "__main__":
    main()
