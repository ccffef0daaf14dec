"""The smallest receiver of webhooks: `AEGIS_WEBHOOK_SECRET=... python receiver.py 8080`, with nothing but Python."""

import hmac
import http.server
import json
import os
import sys

KEY = os.environ["AEGIS_WEBHOOK_SECRET"].encode()


class Handler(http.server.BaseHTTPRequestHandler):  # noqa: D101 - short on purpose
    def do_POST(self):  # noqa: ANN201, D102
        body = self.rfile.read(int(self.headers["content-length"]))
        signature = self.headers.get("x-aegis-signature", "").encode()
        if not hmac.compare_digest(signature, hmac.new(KEY, body, "sha256").hexdigest().encode()):
            self.send_error(401)
            return
        event = json.loads(body)
        print(event["type"], event.get("workflow_name"), event["data"].get("result"), flush=True)
        self.send_response(204)
        self.end_headers()


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
