"""The scripted provider (tests/mock) as a process, and its control paths."""

import os
import subprocess
import urllib.parse

from client import Client, wait_for


class Mock:
    def __init__(self, program, folder, *args):
        self.program = program
        self.port_file = os.path.join(folder, "mock-port")
        self.process = subprocess.Popen(
            [program, "--port", "0", "--port-file", self.port_file, *args],
            stdin=subprocess.DEVNULL,
        )
        wait_for(lambda: os.path.exists(self.port_file), "the mock provider's port")
        with open(self.port_file, encoding="ascii") as f:
            self.port = int(f.read())
        self.client = Client(f"http://127.0.0.1:{self.port}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def _control(self, path, **query):
        reply = self.client.request("POST", path + "?" + urllib.parse.urlencode(query))
        assert reply.status == 200, reply

    def reset(self):
        self._control("/_mock/reset")

    def script(self, model, script):
        """Let calls of this model follow the script (see tests/mock/README.md)."""
        self._control("/_mock/script", model=model, script=script)

    def step(self, n=1):
        """Allow n more tokens to each gated call."""
        self._control("/_mock/step", n=n)

    def state(self):
        return self.client.get("/_mock/calls", bodies=1).json()

    def count(self):
        return self.state()["count"]

    def last(self):
        """The last call."""
        return self.state()["last"][-1]

    def wait_in_flight(self, n, seconds=60.0):
        return wait_for(
            lambda: self.state()["in_flight"] == n, f"{n} calls in flight at the mock", seconds
        )

    def wait_closed(self):
        """Wait until no call is open and return the last one."""
        self.wait_in_flight(0)
        return self.last()
