"""The web server: pages, JSON API, Socket.IO and the guard in front of them. No logic of the other rooms."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.store import DataFolder, Keep, Library, LibraryWithFile, Retention, Store, StoreWithFile, TraceFile
from concurrency_lab.supervisor.spec import Limits
from concurrency_lab.web import (
    aio,
    api,
    embeds,
    exports,
    health,
    i18n,
    library,
    metrics,
    pages,
    playground,
    problems,
    quotas,
)
from concurrency_lab.web.contained import Contained
from concurrency_lab.web.guard import Guard, HostRule
from concurrency_lab.web.housekeeping import Housekeeping
from concurrency_lab.web.live import Live
from concurrency_lab.web.patience import Times
from concurrency_lab.web.runner import Caps, Runner, Runs
from concurrency_lab.web.syntax import SyntaxChecker
from concurrency_lab.web.tokens import Tokens

if TYPE_CHECKING:
    from concurrency_lab.web.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]

_LAST_WORDS_S = 0.05

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
    # runs at once; and of these, and of those that wait for a place, how many of one viewer
    "MAX_RUNS": 8,
    "MAX_RUNS_PER_VIEWER": 4,
    "MAX_WAITING_PER_VIEWER": 8,
    "MAX_QUEUE": 400,
    # of a lesson's run, and of one of the playground
    "LIMITS": Limits(wall_s=60, processes=256, memory_mb=1024, output_bytes=16 << 20, events=2_000_000),
    "PLAYGROUND_LIMITS": Limits(wall_s=30, processes=64, memory_mb=256, output_bytes=4 << 20, events=300_000),
    # what is kept of one run, as text; on the disk it takes a tenth
    "MAX_TRACE_BYTES": 512 << 20,
    # whether every run is jailed (supervisor/jail.py); serve.py finds out whether that can be
    "JAIL": False,
    # whether anybody who sees the page may run code of their own
    "PLAYGROUND": False,
    # this server is one of several, and others lead its runs: cluster.Addresses
    "CLUSTER": None,
    # a worker that has said nothing for so long is gone; it says something five times as often
    "EXPIRY_S": 10.0,
    # names in the Host header that are this server's, besides those of the loopback
    "HOST_NAMES": (),
    "ANY_ADDRESS": False,
    # origins of the pages that may show /embed/ in a frame, besides our own: guard.parent_origin
    "EMBED_PARENTS": (),
    # where pages come from that may ask for runs; empty: from a name that is this server's
    "ORIGINS": (),
    # one proxy is in front, and says whom it speaks for
    "BEHIND_PROXY": False,
    "MAX_SOCKETS": 800,
    # RATES, MAX_SOCKETS_PER_ADDRESS, MAX_WAITING_PER_ADDRESS: a lecture hall, whose people come from one address
    **quotas.for_audience(quotas.AUDIENCE),
    # patience.Times that differ from its own
    "PATIENCE": {},
    # a watcher that takes nothing for so long is cut off
    "STALL_S": 10.0,
    "MAX_CONTENT_LENGTH": 64 * 1024,
    # how many recorded runs there may be; and how often that is looked at
    "KEEP": Keep(runs=10_000, megabytes=4000),
    "KEEP_LOOK_S": 10.0,
    # nobody but its owner reaches this server: all runs are theirs
    "OWN_LAB": False,
    # elsewhere: runs marked as kept, which are never removed, of one viewer and in all
    "MAX_KEPT_PER_VIEWER": 50,
    "MAX_KEPT": 2000,
    # what Prometheus must show to read /metrics; None: this machine may, where the server serves no other
    "METRICS_TOKEN": None,
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; raise StoreError when the data folder cannot be used."""
    settings = DEFAULTS | dict(config or {})
    if settings["PLAYGROUND"]:
        settings["MAX_CONTENT_LENGTH"] = max(settings["MAX_CONTENT_LENGTH"], playground.MOST_BODY_BYTES)
    app = Flask(__name__, static_folder=settings["STATIC"], template_folder=settings["TEMPLATES"])
    app.config.update(settings)
    way = aio.choose(settings["ASYNC"])
    data = DataFolder(Path(settings["DATA"]))
    try:
        cluster = _cluster(settings, way)
        tokens = Tokens(cluster.secret if cluster else data.secret())
        store = cluster.store if cluster else _store(data.database, settings["REPLAY"])
    except BaseException:
        data.close()
        raise
    store.mark_interrupted()
    way.patience.times = Times(**settings["PATIENCE"])
    counted = metrics.Metrics()
    live = Live(store, way, tokens, counted, settings["STALL_S"])
    runner: Runs
    if cluster:
        runner = cluster.runner(live, caps(settings))
        rates: quotas.Rates = cluster.rates(settings["RATES"])
    else:
        warden = Contained(settings["WARDEN"], settings["JAIL"])
        runner = Runner(warden, store, way, live, data.programs, caps(settings))
        rates = quotas.Rates(settings["RATES"])
    live.init_app(app, runner)
    app.extensions |= {
        "lab.aio": way,
        "lab.catalogue": settings["CATALOGUE"] or load_catalogue(settings["LESSONS"]),
        "lab.data": data,
        "lab.health": health.Health(store, runner.problems),
        "lab.library": cluster.library if cluster else _library(store),
        "lab.live": live,
        "lab.metrics": counted,
        # of runs that have ended: id -> what its lesson's questions come to
        "lab.outcomes": {},
        "lab.rates": rates,
        "lab.runner": runner,
        "lab.store": store,
        "lab.syntax": SyntaxChecker(way),
        "lab.strings": i18n.Strings(Path(settings["STATIC"]) / "i18n"),
        "lab.tokens": tokens,
    }
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(embeds.blueprint)
    app.register_blueprint(exports.blueprint)
    app.register_blueprint(library.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(playground.blueprint)
    problems.init_app(app)
    hosts = HostRule(settings["HOST_NAMES"], settings["ANY_ADDRESS"], settings["ORIGINS"])
    places = quotas.Places(settings["MAX_SOCKETS"], settings["MAX_SOCKETS_PER_ADDRESS"])
    guard = Guard(
        app.wsgi_app,
        way,
        hosts,
        tokens,
        rates,
        places,
        settings["MAX_CONTENT_LENGTH"],
        counted,
        settings["EMBED_PARENTS"],
    )
    app.extensions["lab.guard"] = guard
    # Of what a proxy says, only whom it speaks for, and whether by https: the Host header is its own to set.
    is_proxied = settings["BEHIND_PROXY"]
    app.wsgi_app = ProxyFix(guard, x_for=1, x_proto=1) if is_proxied else guard  # type: ignore[method-assign]
    metrics.init_app(counted, app.extensions)
    retention = Retention(store, settings["KEEP"])
    Housekeeping(store, retention, way, runner, live, counted, settings["KEEP_LOOK_S"]).start()
    reads = library.ReadsEnded(app.extensions["lab.library"], way)
    reads.start()
    app.extensions["lab.reads"] = reads
    return app


def _cluster(settings: Mapping[str, Any], way: aio.Aio) -> "Cluster | None":
    if settings["CLUSTER"] is None:
        return None
    # Only here: it needs libraries that one machine does without.
    from concurrency_lab.web.cluster import Cluster

    return Cluster(settings["CLUSTER"], way, settings["EXPIRY_S"])


def _store(database: Path, replay: TraceFile | None) -> Store:
    return Store(database) if replay is None else StoreWithFile(database, replay)


def _library(store: Store) -> Library:
    return LibraryWithFile(store) if isinstance(store, StoreWithFile) else Library(store)


def caps(settings: Mapping[str, Any]) -> Caps:
    """Return how much may be run."""
    return Caps(
        runs=settings["MAX_RUNS"],
        runs_per_viewer=settings["MAX_RUNS_PER_VIEWER"],
        waiting_per_viewer=settings["MAX_WAITING_PER_VIEWER"],
        waiting_per_address=settings["MAX_WAITING_PER_ADDRESS"],
        queue=settings["MAX_QUEUE"],
        limits=settings["LIMITS"],
        playground_limits=settings["PLAYGROUND_LIMITS"],
        trace_bytes=settings["MAX_TRACE_BYTES"],
    )


def close_app(app: Flask, timeout_s: float = 5.0) -> None:
    """Tell who watches, end all runs, record how they ended, and let go of the data folder."""
    app.extensions["lab.live"].say_ending()
    app.extensions["lab.reads"].end()
    app.extensions["lab.runner"].stop_all(timeout_s)
    # The last that watchers are told is on its way.
    app.extensions["lab.aio"].sleep(_LAST_WORDS_S)
    app.extensions["lab.store"].close()
    app.extensions["lab.data"].close()
