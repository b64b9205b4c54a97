"""A worker started by hand on a socket of its own, and a FastCGI client for it: what no web server shows."""

import os
import resource
import socket
import struct
import subprocess
import tempfile

VERSION, BEGIN, PARAMS, STDIN, STDOUT = 1, 1, 4, 5, 6
RESPONDER = 1
TIMEOUT = 90  # seconds


def record(kind, content=b""):
    return struct.pack(">BBHHBx", VERSION, kind, 1, len(content), 0) + content


def pair(name, value):
    def length(n):
        return struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 1 << 31)

    return length(len(name)) + length(len(value)) + name.encode() + value.encode()


class Request:
    """One request, sent when it is made; the answer comes when it is asked for."""

    def __init__(self, path, env, body):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(path)
        params = "".join(pair(k, str(v)).decode("latin-1") for k, v in env.items()).encode("latin-1")
        self.socket.sendall(
            record(BEGIN, struct.pack(">HB5x", RESPONDER, 0)) + record(PARAMS, params) + record(PARAMS)
            + record(STDIN, body) + record(STDIN)
        )  # fmt: skip

    def exactly(self, n):
        got = b""
        while len(got) < n:
            piece = self.socket.recv(n - len(got))
            if not piece:
                return None
            got += piece
        return got

    def until(self, wanted=None):
        """What the worker has written: up to this text, or all."""
        text = b""
        while wanted is None or wanted not in text:
            head = self.exactly(8)
            if head is None:
                break
            _, kind, _, length, padding = struct.unpack(">BBHHBx", head)
            content = self.exactly(length + padding) or b""
            if kind == STDOUT:
                text += content[:length]
        return text

    def close(self):
        self.socket.close()


class Worker:
    """files: its limit of open files, or that of this process.  err: where its messages go.  under: a program that runs it."""

    def __init__(self, site, program, files=None, err=subprocess.DEVNULL, under=()):
        self.folder = tempfile.mkdtemp(dir=site.folder)
        self.path = os.path.join(self.folder, "socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(128)
        self.process = subprocess.Popen(
            [*under, os.path.join(site.build, "cgi-bin", program)],
            stdin=self.listener, stdout=subprocess.DEVNULL, stderr=err,
            env={"PATH": os.environ["PATH"], "SLIPWAY_CONF": os.path.join(site.var, "slipway.conf")},
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None,
        )  # fmt: skip

    def request(self, method, path, key="", body=b""):
        env = {"REQUEST_METHOD": method, "REQUEST_URI": path, "CONTENT_LENGTH": len(body)}
        if key:
            env["HTTP_AUTHORIZATION"] = "Bearer " + key
        return Request(self.path, env, body)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.listener.close()
