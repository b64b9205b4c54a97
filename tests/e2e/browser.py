"""What a browser keeps between requests: its cookies, and the CSRF token that a page got."""

import urllib.parse

from case import eq

PASSWORD = "correct horse battery"


class Browser:
    def __init__(self, site):
        self.site, self.csrf = site, None
        self.jar = {}
        self.set_cookie = ""

    @property
    def cookie(self):
        """The token of the session, or None."""
        return self.jar.get("slipway")

    @cookie.setter
    def cookie(self, token):
        self.jar["slipway"] = token

    def request(self, method, path, body=None, headers=None):
        all_headers = {"Connection": "close"}
        cookies = ["other=1", *(f"{k}={v}" for k, v in self.jar.items() if v), "last=2"]
        all_headers["Cookie"] = "; ".join(cookies)
        all_headers.update(headers or {})
        reply = self.site.http.request(method, path, body, all_headers)
        for line in reply.cookies:
            name, value = line.split(";")[0].split("=", 1)
            self.jar[name] = value or None
            if name == "slipway":
                self.set_cookie = line
        return reply

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def post(self, path, body=None, headers=None):
        """As a page's script: JSON, with the token."""
        all_headers = {"X-CSRF-Token": self.csrf or ""}
        all_headers.update(headers or {})
        return self.request("POST", path, body or {}, all_headers)

    def form(self, path, fields, headers=None):
        """As a page without a script."""
        all_headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.site.url,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
        }
        all_headers.update(headers or {})
        return self.request("POST", path, urllib.parse.urlencode(fields).encode(), all_headers)

    def login(self, name, password=PASSWORD):
        reply = self.post("/auth/login", {"login": name, "password": password})
        if reply.status == 200:
            self.csrf = reply.json()["csrf"]
        return reply

    def me(self):
        reply = self.get("/me")
        eq(reply.status, 200, repr(reply))
        self.csrf = reply.json()["csrf"]
        return reply.json()

    def chat(self, headers=None, **members):
        return self.post("/chat", {"message": "hello", **members}, headers)
