"""A small HTTP client for the tests: whole replies, and streams read as they come."""

import http.client
import json
import re
import socket
import time
import urllib.parse

TIMEOUT = 90  # seconds; a safety net, never what a test measures


# What keeps a connection open while there is nothing to say, in any of the dialects.
KEEPS_OPEN = re.compile(rb": heartbeat\n\n|event: ping\ndata: [^\n]*\n\n")


class Reply:
    """A whole response.  Of an event stream without its heartbeats: a slow machine has more of them."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.cookies = [v for k, v in response.getheaders() if k.lower() == "set-cookie"]
        self.body = response.read()
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            self.body = KEEPS_OPEN.sub(b"", self.body)

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(
                f"status {self.status}, body is not JSON: {self.body[:300]!r}"
            ) from None

    def __repr__(self):
        return f"<Reply {self.status} {self.body[:400]!r}>"


class Frame:
    """One frame of an event stream: an event with its data, or a comment."""

    def __init__(self, block):
        self.event, self.comment, self.id, data = "", None, None, []
        for line in block.split("\n"):
            if line.startswith(":"):
                self.comment = line[1:].strip()
            elif line.startswith("id:"):
                self.id = line[3:].strip()
            elif line.startswith("event:"):
                self.event = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
        self.text = "\n".join(data)

    @property
    def data(self):
        return json.loads(self.text)

    @property
    def token(self):
        """The text of a token frame, else None."""
        if self.event == "" and self.comment is None:
            return self.data.get("token")
        return None

    def __repr__(self):
        return f"<Frame {self.event!r} {self.text[:80]!r} {self.comment!r}>"


class Stream:
    """An open event stream.  Iterate it for its frames, in the order of arrival."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.frames = []
        self.reads = 0
        self.buffer = b""

    def next(self):
        """The next frame, or None at the end of the stream."""
        while b"\n\n" not in self.buffer:
            piece = self.response.read1(65536)
            if not piece:
                assert self.buffer.strip() == b"", f"ends inside a frame: {self.buffer!r}"
                return None
            self.reads += 1
            self.buffer += piece.replace(b"\r\n", b"\n")
        block, self.buffer = self.buffer.split(b"\n\n", 1)
        frame = Frame(block.decode())
        self.frames.append(frame)
        return frame

    def __iter__(self):
        return iter(self.next, None)

    def until(self, wanted):
        """Read up to the first frame for which wanted(frame) holds, and return it."""
        for frame in self:
            if wanted(frame):
                return frame
        raise AssertionError(f"the stream ended early: {self.frames!r}")

    def token(self):
        """The text of the next token frame; heartbeats and other frames are passed over."""
        return self.until(lambda f: f.token is not None).token

    def rest(self):
        """Read to the end; returns all frames without comments."""
        for _ in self:
            pass
        return [f for f in self.frames if f.comment is None]

    def event(self, name):
        """Data of the only event of this name so far."""
        found = [f for f in self.frames if f.event == name]
        assert len(found) == 1, f"{len(found)} events {name!r} in {self.frames!r}"
        return found[0].data

    def text(self):
        return "".join(f.token for f in self.frames if f.token is not None)

    def close(self):
        """Hang up, whatever is still to come."""
        try:
            if self.connection.sock is not None:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Client:
    """Talks to one base URL with one key."""

    def __init__(self, url, key=None, address=None):
        """address: where to come from, such as 127.0.0.9; all of 127/8 is this machine."""
        self.url, self.key, self.address = url, key, address
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def with_key(self, key):
        return Client(self.url, key, self.address)

    def _send(self, method, path, body, headers, timeout):
        all_headers = {"Connection": "close"}
        if self.key is not None:
            all_headers["Authorization"] = "Bearer " + self.key
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            all_headers["Content-Type"] = "application/json"
        all_headers.update(headers or {})
        connection = http.client.HTTPConnection(
            self.host, self.port, timeout=timeout,
            source_address=(self.address, 0) if self.address else None)  # fmt: skip
        connection.request(method, path, body, all_headers)
        return connection

    def request(self, method, path, body=None, headers=None, timeout=TIMEOUT):
        connection = self._send(method, path, body, headers, timeout)
        try:
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.request("GET", path)

    def post(self, path, body, headers=None, timeout=TIMEOUT):
        return self.request("POST", path, body, headers, timeout)

    def chat(self, message="hello", **members):
        """POST /chat; the reply, whatever its status."""
        return self.post("/chat", {"message": message, **members})

    def stream(self, message="hello", headers=None, **members):
        """POST /chat/stream.  Returns a Stream, or a Reply when it is no event stream."""
        body = {"message": message, **members}
        return self.opened(self._send("POST", "/chat/stream", body, headers, TIMEOUT))

    def take_up(self, request_id, last_id=None):
        """GET /chat/stream: the rest of a stream that broke; a Stream or a Reply."""
        path = "/chat/stream?" + urllib.parse.urlencode({"request_id": request_id})
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        return self.opened(self._send("GET", path, None, headers, TIMEOUT))

    @staticmethod
    def opened(connection):
        response = connection.getresponse()
        if response.getheader("content-type", "").startswith("text/event-stream"):
            return Stream(connection, response)
        try:
            return Reply(response)
        finally:
            connection.close()


def wait_for(wanted, what, seconds=60.0):
    """Call wanted() until it returns something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        result = wanted()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}; last seen: {result!r}")
        time.sleep(0.02)
