"""Stands between the scenario and the sandbox: writes down every request, and gives the answers that no sandbox gives.

    recorder.py <address of the sandbox> <file to write the requests to>

prints the address that it listens at. Below it
    /iproyal, /proxyshard, /smartproxy   go on to the sandbox, untouched
    /answers/<vendor>                    answers with values that no page knows
    /created/iproyal                     takes an order with 201, where the spec says 200
    /moved/<vendor>                      redirects a POST to itself (307): who follows, buys twice
    /lost/<vendor>                       reads a request and closes the connection without an answer
"""

import http.client
import http.server
import json
import socket
import sys
import threading
from urllib.parse import parse_qsl, urlsplit

# Headers that belong to one connection.
HOP_BY_HOP = {"connection", "host", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}

IPROYAL_ORDER = {
    "id": 420,
    "note": None,
    "product_name": "Static Residential",
    "plan_name": "30 Days",
    "expire_date": None,
    "status": "paused-by-moon",
    "moon_phase": {"name": "waning", "lit": 0.25},
    "quantity": 2,
    "proxy_data": {
        "ports": {"socks5": 12324, "http|https": 12323, "http|https|moon": 12325},
        "proxies": [{"username": "user", "password": "pass", "ip": "203.0.113.7"}, "203.0.113.8:12323:user:pass"],
    },
    "auto_extend_settings": {"phase": "full"},
    "extended_history": [{"by": "moon"}],
}
PROXYSHARD_ITEM = {
    "order_id": 48213,
    "product_id": 12,
    "product_name": "Moon Proxy",
    "cycle_id": 3,
    "cycle_name": "lunar",
    "status": "paused-by-moon",
    "expires_at": None,
    "auto_renewal": None,
    "tag": None,
}
SMARTPROXY_ORDER = {
    "id": 1,
    "trade_no": "2022051312134339861461465434",
    "product_id": 1001,
    "product_name": "Moon package",
    "total_fee": 18.2,
    "pay_fee": 18.2,
    "status": 99,
    "phase": "waning",
    "created_at": "2022-05-13 12:14:15",
}
ANSWERS = {
    "/answers/iproyal/orders": {"data": [IPROYAL_ORDER, {"id": 5_000_000_421, "status": "confirmed"}], "links": {}},
    "/answers/proxyshard/user/api/orders": {
        "success": True,
        "orders": [PROXYSHARD_ITEM, {**PROXYSHARD_ITEM, "order_id": 48190, "status": "active"}],
        "count": 2,
        "next": None,
    },
    "/answers/proxyshard/user/api/orders/48213": {
        "success": True,
        "order": {"order_id": 48213, "status": "paused-by-moon", "created_at": None, "addons": [], "moon": True},
    },
    "/answers/smartproxy/pub/order/list": {
        "code": 0,
        "message": None,
        "data": {"list": [SMARTPROXY_ORDER, {**SMARTPROXY_ORDER, "id": 2, "status": 1, "total_fee": "16.00"}]},
        "trace": "moon",
    },
    "/created/iproyal/orders": IPROYAL_ORDER,
}


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    sandbox = ""
    log = None
    lock = threading.Lock()

    def handle_any(self) -> None:
        length = self.headers.get("Content-Length")
        if "Transfer-Encoding" in self.headers:
            return self.answer(411, {"message": "Content-Length: required"})
        body = self.rfile.read(int(length)) if length else b""
        url = urlsplit(self.path)
        entry = {
            "method": self.command,
            "path": url.path,
            "query": parse_qsl(url.query, keep_blank_values=True),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }
        with self.lock:
            print(json.dumps(entry), file=self.log, flush=True)
        where = url.path.split("/")[1]
        if where == "moved":
            self.send_response(307)
            self.send_header("Location", self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif where == "lost":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif url.path in ANSWERS:
            self.answer(201 if where == "created" else 200, ANSWERS[url.path])
        else:
            self.forward(body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.sandbox, timeout=60)
        connection.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        # Clients that go away are part of the scenario.
        pass


def main() -> None:
    Recorder.sandbox = urlsplit(sys.argv[1]).netloc
    with open(sys.argv[2], "w", encoding="utf-8") as Recorder.log:
        server = Server(("127.0.0.1", 0), Recorder)
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
