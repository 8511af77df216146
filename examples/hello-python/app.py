import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GREETING = "Hello from Python"


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{GREETING}\n".encode())


if __name__ == "__main__":
    address = os.environ["HOST"], int(os.environ["PORT"])
    ThreadingHTTPServer(address, App).serve_forever()
