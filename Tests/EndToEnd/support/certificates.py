"""Certificates for tests, made by the openssl command."""

import ssl
import subprocess
import tempfile
from pathlib import Path


def _openssl(*arguments, text=None):
    result = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


class Certificate:
    """A certificate's files: `certificate`, `key`, and `chain` (itself and the authority)."""

    def __init__(self, certificate, key, authority=None):
        self.certificate = Path(certificate)
        self.key = Path(key)
        self.authority = authority

    def server_context(self):
        """For an upstream that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """A certificate authority of its own, in a folder of its own."""

    def __init__(self, name="Torii test authority"):
        self.folder = Path(tempfile.mkdtemp(prefix="torii-authority-"))
        self.certificate = self.folder / "authority.crt"
        self.key = self.folder / "authority.key"
        self.count = 0
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, *names, days=30, expired=False):
        """A certificate for names and addresses."""
        self.count += 1
        stem = self.folder / f"leaf{self.count}"
        key, request, certificate = (stem.with_suffix(end) for end in (".key", ".csr", ".crt"))
        kinds = ",".join(("IP:" if name.replace(".", "").isdigit() or ":" in name else "DNS:") + name for name in names)
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={kinds}\nbasicConstraints=CA:FALSE\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={names[0]}",
                 "-keyout", key, "-out", request)
        if expired:
            # Signed with dates that have passed, by the command that can set them.
            (self.folder / "index.txt").write_text("")
            (self.folder / "serial").write_text(f"{self.count:02X}\n")
            config = self.folder / "ca.cnf"
            config.write_text(
                f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index.txt\nserial={self.folder}/serial\n"
                f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
            _openssl("ca", "-batch", "-config", config, "-cert", self.certificate, "-keyfile", self.key,
                     "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-extfile", extensions,
                     "-in", request, "-out", certificate, "-notext")
        else:
            _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                     "-days", days, "-extfile", extensions, "-out", certificate)
        return Certificate(certificate, key, self)
