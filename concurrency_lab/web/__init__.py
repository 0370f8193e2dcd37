"""The web server: pages, JSON API, Socket.IO and the guard in front of them. No logic of the other rooms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.store import DataFolder, Store, StoreWithFile
from concurrency_lab.supervisor.spec import Limits
from concurrency_lab.web import aio, api, embeds, i18n, pages, problems
from concurrency_lab.web.guard import Guard, HostRule
from concurrency_lab.web.live import Live
from concurrency_lab.web.runner import Runner
from concurrency_lab.web.tokens import Tokens

ROOT = Path(__file__).resolve().parents[2]

DEFAULTS: dict[str, Any] = {
    "ASYNC": "eventlet",
    # where recorded runs are kept
    "DATA": ROOT / "data",
    "STATIC": ROOT / "static",
    "TEMPLATES": ROOT / "templates",
    # a trace file that is shown as one more run: store.TraceFile
    "REPLAY": None,
    # what can be run; None: the lessons that come with the package
    "CATALOGUE": None,
    # folders with further lessons
    "LESSONS": (),
    # starts runs: supervisor.client.Warden; it must have been started before this process has any thread
    "WARDEN": None,
    "MAX_RUNS": 8,
    "LIMITS": Limits(wall_s=60, processes=256, memory_mb=1024, output_bytes=16 << 20),
    # names in the Host header that are this server's, besides those of the loopback
    "HOST_NAMES": (),
    "ANY_ADDRESS": False,
    # origins of the pages that may show /embed/ in a frame, besides our own: guard.parent_origin
    "EMBED_PARENTS": (),
    "MAX_SOCKETS": 400,
    # a watcher that takes nothing for so long is cut off
    "STALL_S": 10.0,
    "MAX_CONTENT_LENGTH": 64 * 1024,
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; raise StoreError when the data folder cannot be used."""
    settings = DEFAULTS | dict(config or {})
    app = Flask(__name__, static_folder=settings["STATIC"], template_folder=settings["TEMPLATES"])
    app.config.update(settings)
    data = DataFolder(Path(settings["DATA"]))
    try:
        tokens = Tokens(data.secret())
        replay = settings["REPLAY"]
        store = Store(data.database) if replay is None else StoreWithFile(data.database, replay)
    except BaseException:
        data.close()
        raise
    store.mark_interrupted()
    way = aio.choose(settings["ASYNC"])
    live = Live(store, way, tokens, settings["STALL_S"])
    runner = Runner(settings["WARDEN"], store, way, live, data.programs, settings["MAX_RUNS"], settings["LIMITS"])
    live.init_app(app, runner)
    app.extensions |= {
        "lab.aio": way,
        "lab.catalogue": settings["CATALOGUE"] or load_catalogue(settings["LESSONS"]),
        "lab.data": data,
        "lab.live": live,
        # of runs that have ended: id -> what its lesson's questions come to
        "lab.outcomes": {},
        "lab.runner": runner,
        "lab.store": store,
        "lab.strings": i18n.Strings(Path(settings["STATIC"]) / "i18n"),
        "lab.tokens": tokens,
    }
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(embeds.blueprint)
    problems.init_app(app)
    hosts = HostRule(settings["HOST_NAMES"], settings["ANY_ADDRESS"])
    guard = Guard(app.wsgi_app, hosts, tokens, settings["MAX_SOCKETS"], settings["EMBED_PARENTS"])
    app.extensions["lab.guard"] = guard
    app.wsgi_app = guard  # type: ignore[method-assign]
    return app


def close_app(app: Flask, timeout_s: float = 2.0) -> None:
    """End all runs, record how they ended, and let go of the data folder."""
    app.extensions["lab.runner"].stop_all(timeout_s)
    app.extensions["lab.store"].close()
    app.extensions["lab.data"].close()
