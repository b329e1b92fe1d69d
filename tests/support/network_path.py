"""What may lie between a client and a service: TLS in front of it, and an HTTP proxy. Threads; each counts who came."""
import base64
import socket
import ssl
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Listener:
    """Subclasses handle one connection at a time in `serve(connection)`, each in a thread of its own."""

    def __enter__(self):
        self.visitors = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.visitors += 1
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        try:
            self.serve(connection)
        except OSError:  # also what TLS does not like
            pass
        finally:
            connection.close()

    def join(self, connection, address):
        with socket.create_connection(address) as service:
            threading.Thread(target=pump, args=(service, connection), daemon=True).start()
            pump(connection, service)


class TlsFront(Listener):
    """Speaks TLS for a service that does not."""

    def __init__(self, certificate, key, service):
        self.service = service
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def serve(self, connection):
        with self.context.wrap_socket(connection, server_side=True) as secure:
            self.join(secure, self.service)


class Proxy(Listener):
    """An HTTP proxy that knows the names in `hosts`, and nobody else does. `login`: "user:password" it wants."""

    def __init__(self, hosts, login=None):
        self.hosts, self.login = hosts, login
        self.requests = []

    def serve(self, connection):
        while self.serve_one(connection):
            pass

    def serve_one(self, connection):
        """Whether the connection is good for another request."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65536)
            if not data:
                return False
            head += data
        head, _, rest = head.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        self.requests.append((method, target))
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode() if self.login else None
        if wanted and fields.get("proxy-authorization") != wanted:
            connection.sendall(b'HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n')
            return True
        host = target.removeprefix("http://").partition("/")[0].partition(":")[0]
        if host not in self.hosts:
            connection.sendall(b"HTTP/1.1 502 Unknown host\r\nContent-Length: 0\r\n\r\n")
            return True
        if method == "CONNECT":
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            self.join(connection, self.hosts[host])
            return False
        # A plain request, with the whole address in it: passed on with its path alone.
        path = "/" + target.removeprefix("http://").partition("/")[2]
        with socket.create_connection(self.hosts[host]) as service:
            service.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines[1:]]).encode("latin-1") + b"\r\n\r\n" + rest)
            threading.Thread(target=pump, args=(service, connection), daemon=True).start()
            pump(connection, service)
        return False
