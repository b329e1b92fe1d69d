"""Pages of a test's own on 127.0.0.1."""
import http.server
import threading


class Site:
    """`pages`: by path, HTML, a tuple of the address to redirect to, or a
    function of the path and the body of the request that gives HTML or JSON. `asked` are the
    paths that were asked for, with their queries; of others than `pages` too, which are 404."""

    def __init__(self, pages):
        site, self.pages, self.asked = self, pages, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                site.asked.append(self.path)
                site.answer(self)

            do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.address = f"http://{self.host}/"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def answer(self, handler):
        page = self.pages.get(handler.path.partition("?")[0])
        if callable(page):
            length = int(handler.headers.get("Content-Length", 0))
            page = page(handler.path, handler.rfile.read(length).decode())
        if isinstance(page, tuple):
            handler.send_response(302)
            handler.send_header("Location", page[0])
            handler.end_headers()
            return
        handler.send_response(404 if page is None else 200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.end_headers()
        handler.wfile.write((page or "").encode())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join(60)
        self.server.server_close()
