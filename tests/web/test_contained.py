"""How a server contains its runs: what it gives them, and when it does not let strangers run code at all."""

import argparse
import dataclasses
import socket
from pathlib import Path

import pytest

from concurrency_lab.supervisor import jail
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from concurrency_lab.web import serve
from concurrency_lab.web.contained import Contained

L2 = jail.Layer("L2 jail", True, "withstood")
USER = jail.Layer("L2 user", True, "plain user")
L3 = jail.Layer("L3 around the server", True, "limited")


def verdict(*layers: jail.Layer) -> jail.Verdict:
    return jail.Verdict(layers, jail_ok=layers[0].ok, uid_ok=layers[1].ok)


def options(host: str = "127.0.0.1", **given: object) -> argparse.Namespace:
    usual = {"host": host, "allow_host": [], "allow_origin": [], "l3": False, "behind_proxy": False}
    return argparse.Namespace(**usual | given)


def no(layer: jail.Layer, text: str) -> jail.Layer:
    return dataclasses.replace(layer, ok=False, text=text, advice="Do this.")


def test_the_playground_may_be_switched_on_where_its_runs_are_jailed() -> None:
    serve._check_playground(options(), verdict(L2, USER, no(L3, "no limits")))


@pytest.mark.parametrize(
    "found", [verdict(no(L2, "No bubblewrap."), USER, L3), verdict(L2, no(USER, "It is root."), L3)]
)
def test_no_playground_without_a_jail_or_as_root(found: jail.Verdict) -> None:
    with pytest.raises(serve.CannotServe, match=r"cannot be switched on: (No bubblewrap|It is root)\. Do this\."):
        serve._check_playground(options(), found)


PUBLIC = {"allow_host": ["lab.example"], "allow_origin": ["https://lab.example"], "l3": True}


@pytest.mark.parametrize(("host", "behind_proxy"), [("0.0.0.0", False), ("127.0.0.1", True)])
@pytest.mark.parametrize("missing", PUBLIC)
def test_no_public_playground_without_lists_and_limits(missing: str, host: str, behind_proxy: bool) -> None:
    given = {name: value for name, value in PUBLIC.items() if name != missing}
    with pytest.raises(serve.CannotServe, match=f"needs also: --{missing.replace('_', '-')}"):
        serve._check_playground(options(host, behind_proxy=behind_proxy, **given), verdict(L2, USER, L3))
    serve._check_playground(options(host, behind_proxy=behind_proxy, **PUBLIC), verdict(L2, USER, L3))


@pytest.mark.parametrize("is_seen", [True, False])
def test_the_operators_word_counts_where_it_cannot_be_checked(monkeypatch: pytest.MonkeyPatch, is_seen: bool) -> None:
    monkeypatch.setattr(jail, "sees_control_group", lambda: is_seen)
    found = verdict(L2, USER, no(L3, "No memory.max."))
    if is_seen:
        with pytest.raises(serve.CannotServe, match=r"No memory\.max\."):
            serve._check_playground(options("0.0.0.0", **PUBLIC), found)
    else:
        serve._check_playground(options("0.0.0.0", **PUBLIC), found)


def test_a_servers_run_gets_no_secret_of_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("PYTHONPATH", "/a/secret")
    program = tmp_path / "program.py"
    program.write_text(
        "import os; print('PATH' in os.environ, 'SECRET_KEY' in os.environ, 'secret' in str(os.environ))"
    )
    spec = RunSpec("x", str(program))
    with Warden.start() as warden, Contained(warden, False).run(spec) as stream, stream.makefile() as lines:
        fold = Fold().feed(codec.read(lines).events)
    assert "".join(text for *_, text in fold.output) == "True False False\n"


@pytest.mark.parametrize(("server", "program"), [(True, False), (False, True), (False, False)])
def test_a_run_is_jailed_by_the_servers_choice_or_its_own(tmp_path: Path, server: bool, program: bool) -> None:
    class Noted:
        def run(self, spec: RunSpec) -> socket.socket:
            self.spec = spec
            return socket.socket()

    file = tmp_path / "program.py"
    file.touch(0o600)
    warden = Noted()
    with Contained(warden, server).run(RunSpec("x", str(file), jail=program)):
        assert warden.spec.jail is (server or program)
    assert not warden.spec.inherit_environment
    # The user that root hands a jailed run over to must be able to read it.
    assert file.stat().st_mode & 0o777 == (0o644 if warden.spec.jail else 0o600)
