"""A real nginx with the very lines of docs/deployment.md, on ports of its own, as a process of the test."""

import contextlib
import dataclasses
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.machines.backends import free_port
from tests.web.lab_server import ROOT

_PATIENCE_S = 20.0
NAME = "lab.example.org"
UNPACKED = ROOT / ".venv/nginx/usr/sbin/nginx"
# What Debian's /etc/nginx/nginx.conf says besides, with everything that it writes in one folder.
_AROUND = """
daemon off;
pid nginx.pid;
{user}
events {{ worker_connections 1024; }}
http {{
    log_format upstream '$upstream_addr $request';
    access_log access.log upstream;
    types {{ text/html html; text/javascript js; }}
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {upstream}
    include documented.conf;
}}
"""


def nginx_program() -> str | None:
    """Return an nginx; a plain user has no sbin on PATH, and find_servers.py unpacks one."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:{UNPACKED.parent}")


def missing() -> list[str]:
    """Return what is not installed."""
    programs = {"nginx": nginx_program(), "openssl": shutil.which("openssl")}
    return [name for name, found in programs.items() if found is None]


def documented(document: str, heading: str, language: str = "nginx") -> str:
    """Return the block that a section of a document has in a language."""
    sections = (ROOT / "docs" / document).read_text("utf-8").split("\n## ")
    section = next(text for text in sections if text.startswith(f"{heading}\n"))
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None, (document, heading)
    return found[1]


def replaced(text: str, changes: dict[str, str]) -> str:
    """Replace what a machine of one's own has otherwise; fail on what is not there (any more)."""
    for here, there in changes.items():
        assert here in text, here
        text = text.replace(here, there)
    return text


@dataclasses.dataclass(frozen=True)
class Nginx:
    folder: Path
    https_port: int
    http_port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def certificate(self) -> str:
        return str(self.folder / "fullchain.pem")

    @property
    def host_rules(self) -> str:
        """Return what has Chromium find us, under our name, at the ports that a browser expects."""
        ports = ((443, self.https_port), (80, self.http_port))
        rules = [f"MAP {NAME}:{port} 127.0.0.1:{ours}" for port, ours in ports]
        return ",".join([*rules, f"MAP {NAME} 127.0.0.1"])

    def asked(self) -> list[tuple[str, str]]:
        """Return who answered which requests, of those that are over."""
        lines = (self.folder / "access.log").read_text().splitlines()
        return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


@contextlib.contextmanager
def nginx_before(folder: Path, *addresses: str) -> Iterator[Nginx]:
    """Have nginx in front of these servers ("127.0.0.1:5000") while the block runs."""
    make_certificate(folder)
    https_port = free_port()
    changes = {
        "listen 443 ": f"listen 127.0.0.1:{https_port} ",
        f"/etc/letsencrypt/live/{NAME}": str(folder),
    }
    upstream = ""
    if len(addresses) == 1:
        changes["127.0.0.1:5000"] = addresses[0]
    else:
        changes["http://127.0.0.1:5000"] = "http://lab"
        places = dict(zip(("10.0.0.11:5000", "10.0.0.12:5000"), addresses, strict=True))
        upstream = replaced(documented("many-machines.md", "How to"), places)
    lines = replaced(documented("deployment.md", "Behind nginx"), changes)
    with nginx_with(folder, lines, upstream, https_port) as nginx:
        yield nginx


@contextlib.contextmanager
def nginx_with(folder: Path, lines: str, upstream: str = "", https_port: int = 0) -> Iterator[Nginx]:
    """Have an nginx with these lines while the block runs, but for port 80."""
    program = nginx_program()
    assert program is not None
    http_port = free_port()
    (folder / "documented.conf").write_text(replaced(lines, {"listen 80;": f"listen 127.0.0.1:{http_port};"}))
    # As root it would have its own people, who cannot read a test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_AROUND.format(user=user, upstream=upstream))
    # It may be looked at before nginx has begun.
    (folder / "error.log").touch()
    process = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"])
    nginx = Nginx(folder, https_port, http_port, process)
    try:
        _wait_for(nginx)
        yield nginx
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait_for(nginx: Nginx) -> None:
    """Wait for an answer: the kernel takes connections before there is a process for them."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{nginx.http_port}", allow_redirects=False, timeout=_PATIENCE_S)
            return
        said = (nginx.folder / "error.log").read_text()
        assert nginx.process.poll() is None, f"nginx refuses the documented lines: {said}"
        assert time.monotonic() < deadline, f"nginx never answered: {said}"
        time.sleep(0.01)


def make_certificate(folder: Path) -> None:
    """Write a certificate that nobody has signed, for our name and for the address that tests ask."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)
