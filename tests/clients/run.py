"""Brings a site up for each server mode and runs the clients of a set against it."""

import argparse
import html
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from livesite import ROOT, Site, end_in_order  # noqa: E402
from siteconf import INPUT_PICO, OUTPUT_PICO  # noqa: E402

CLIENTS = 8
FEATURE = """
[feature client-{n}]
last_tier = off
route = mock/client-{n}
max_output_tokens = 200

[feature client-{n}-late]
last_tier = off
route = mock/client-{n}, mock/second
max_output_tokens = 200
"""


def price(site, model, provider="mock"):
    site.sql(
        "INSERT INTO slipway.prices (provider, model, valid_from, input_pico, cache_read_pico,"
        " cache_write_pico, cache_write_1h_pico, output_pico, source)"
        " VALUES (:'provider', :'model', '2020-01-01', :input, :input, :input, :input, :output, 'e2e')",
        provider=provider,
        model=model,
        input=INPUT_PICO,
        output=OUTPUT_PICO,
    )


def environment(site, client_set):
    free = site.admin.key
    keys = {
        "free": free,
        "limited": [site.user(rpm=1).key for _ in range(CLIENTS)],
        "capped": site.user(daily_cap_pico=0).key,
    }
    return {
        **os.environ,
        "CLIENT_SET": client_set,
        "SITE_URL": site.url,
        "SITE_DSN": site.dsn,
        "SITE_KEYS": json.dumps(keys),
        "MOCK_URL": f"http://127.0.0.1:{site.mock.port}",
        "NODE_NO_WARNINGS": "1",
        "LANGCHAIN_CALLBACKS_BACKGROUND": "false",
    }


def php_has_curl():
    """curl is a package of its own beside PHP."""
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=False).stdout
    return "curl" in modules.split()


def snippets(site):
    """The programs of the page for developers, as they stand there.  Returns (passed, failed)."""
    with open(os.path.join(ROOT, "www/docs/clients.html"), encoding="utf-8") as f:
        page = f.read()
    results = []
    for name, ending, program in (("js", ".mjs", "node"), ("php", ".php", "php")):
        if shutil.which(program) is None or (program == "php" and not php_has_curl()):
            print(f"skipped: the snippet in {name}: {program}, with its curl, is not installed")
            continue
        found = re.search(f'<code id="snippet-{name}">(.*?)</code>', page, re.S)
        path = os.path.join(site.folder, "snippet" + ending)
        with open(path, "w", encoding="utf-8") as f:
            f.write(html.unescape(found.group(1)))
        env = {**os.environ, "SLIPWAY_URL": site.url, "SLIPWAY_KEY": site.admin.key}
        done = subprocess.run(
            [program, path], env=env, capture_output=True, timeout=60, check=False
        )
        good = done.stdout.decode() == "t1 t2 t3 t4 t5 t6 t7 t8 "
        print(f"{'ok    ' if good else 'FAILED'} snippet in {name} {'' if good else done}")
        results.append(good)
    return results.count(True), results.count(False)


def run(server, client_set, options):
    """Returns (passed, failed)."""
    site = Site(server, options.build, conf="".join(FEATURE.format(n=n) for n in range(CLIENTS)))
    try:
        site.up()
        for n in range(CLIENTS):
            price(site, f"client-{n}")
            price(site, f"client-{n}", "claude")
        price(site, "embed")
        done = subprocess.run(
            ["node", "--import", "./set.mjs", "main.mjs", options.only],
            cwd=HERE,
            env=environment(site, client_set),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        print(done.stdout.decode().replace("ok     ", f"ok     {server} "), flush=True)
        words = done.stdout.decode().strip().split("\n")[-1].split()
        if words[1:2] != ["passed,"]:
            return 0, 1
        passed, failed = snippets(site)
        return int(words[0]) + passed, int(words[2]) + failed
    finally:
        site.down()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("-k", dest="only", default="", help="only what has this in its name")
    parser.add_argument("runs", nargs="+", help="SERVER:SET")
    options = parser.parse_args()
    end_in_order()
    results = [run(*r.split(":"), options) for r in options.runs]
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
