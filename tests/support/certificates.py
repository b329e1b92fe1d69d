"""A certificate authority for one test, with openssl."""
import pathlib
import subprocess

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:voice.example.com"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """`ca` is its certificate; issue() makes certificates for this machine."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=Test authority", "-keyout", self.key, "-out", self.ca)  # fmt: skip
        self.serial = 1000

    def issue(self, certificate, key, names=NAMES, days=2):
        """Writes both files; the key is for its owner only. Its serial number. Negative days: expired."""
        self.serial += 1
        request, extensions = self.folder / "request.pem", self.folder / "names.cnf"
        extensions.write_text(names)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                "-keyout", key, "-out", request)  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key, "-set_serial", self.serial,
                "-days", days, "-extfile", extensions, "-out", certificate)  # fmt: skip
        pathlib.Path(key).chmod(0o600)
        return self.serial
