"""What an agent's tools call: an HTTP server of ours that keeps what it was asked."""

import http.server
import json
import secrets
import threading

from client import wait_for


class Tools:
    def __init__(self):
        self.secret = secrets.token_hex(12)
        self.reset()
        tools = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                reply = tools.called(self.command, self.path, self.headers, body)
                if reply is None:
                    self.close_connection = True
                    return
                status, text, *more = reply
                try:
                    self.send_response(status)
                    for name, value in more:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    self.close_connection = True  # who asked is dead

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        """Forget everything: answers are {"ok":true} at once."""
        self.calls = []  # (method, path, headers, arguments)
        self.done = {}  # Idempotency-Key: how often it was carried out
        self.on_call = lambda path: None  # called before the answer
        self.reply = (200, b'{"ok":true}')  # and (name, value) of headers; None: hangs up
        self.gate = None

    def called(self, method, path, headers, body):
        self.calls.append((method, path, headers, json.loads(body or b"null")))
        key = headers.get("idempotency-key")
        if path != "/pay" or key not in self.done:
            self.done[key] = self.done.get(key, 0) + 1
        self.on_call(path)
        gate = self.gate
        if gate is not None:
            gate.wait(60)
        return self.reply

    def wait_called(self, n=1):
        wait_for(lambda: len(self.calls) >= n, f"{n} calls of tools")

    def stop(self):
        if self.gate is not None:
            self.gate.set()
        self.server.shutdown()
        self.server.server_close()
