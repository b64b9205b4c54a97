"""A web server before the site that does one thing wrong, for the checks that must find it."""

import http.client
import http.server
import ssl
import subprocess
import threading

HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server", "content-length"}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        canned = proxy.canned.get(self.path)
        if canned is not None:
            self.send_response_only(200)
            self.end_headers()
            self.wfile.write(canned)
            return
        to = http.client.HTTPConnection(proxy.site.http.host, proxy.site.http.port, timeout=90)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
        headers.update(proxy.add)
        to.request(self.command, self.path, body or None, headers)
        reply = to.getresponse()
        self.send_response_only(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in HOP | proxy.drop:
                self.send_header(name, value)
        for name, value in proxy.say.items():
            self.send_header(name, value)
        self.end_headers()
        if proxy.gather:
            self.wfile.write(reply.read())
        else:
            while piece := reply.read1(65536):
                self.wfile.write(piece)
        to.close()

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


class Proxy:
    """with Proxy(site, gather=True) as proxy: … proxy.url

    gather  hand on an answer when it has ended     canned  {path: bytes} that it answers itself
    add     headers of its own for the site         drop    names of headers that it takes out
    say     headers of its own for the client       tls     (certificate, key) as files
    """

    def __init__(self, site, gather=False, canned=None, add=None, drop=(), say=None, tls=None):
        self.site, self.gather, self.canned = site, gather, canned or {}
        self.add, self.drop, self.say = add or {}, set(drop), say or {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def certificate(site, days):
    """A certificate of this machine for so many days; returns (certificate, key)."""
    cert, key = site.write("proxy-cert", ""), site.write("proxy-key", "")
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-days", str(days), "-keyout", key, "-out", cert,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key
