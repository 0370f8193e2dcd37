"""Starts the probes in a Python process; found because this folder is on PYTHONPATH.

It takes its own folder off sys.path and hands over to the sitecustomize that would have been found
without it, so that the program sees the path and the modules it would see in a plain run.
"""

import sys


def _start() -> None:
    import os

    home = os.environ.get("CONCURRENCY_LAB_HOME")
    folder = os.environ.get("CONCURRENCY_LAB_SEGMENTS")
    # The resource tracker is multiprocessing's own janitor: it runs no line of the program.
    is_helper = any("multiprocessing.resource_tracker" in word for word in sys.orig_argv)
    if not home or not folder or is_helper:
        return
    # Not importlib.util, which costs milliseconds; not sys.path, which belongs to the program; and under
    # a name of its own, because the program may import another concurrency_lab than this one.
    import _frozen_importlib
    import _frozen_importlib_external

    spec = _frozen_importlib_external.spec_from_file_location(
        "_concurrency_lab", os.path.join(home, "__init__.py"), submodule_search_locations=[home]
    )
    assert spec is not None
    assert spec.loader is not None
    package = _frozen_importlib.module_from_spec(spec)
    sys.modules["_concurrency_lab"] = package
    spec.loader.exec_module(package)
    from _concurrency_lab.probes import start  # type: ignore[import-not-found]

    start.install(folder, home)


_HERE = __file__.rpartition("/")[0]
sys.path[:] = [entry for entry in sys.path if entry.rstrip("/") != _HERE]
sys.path_importer_cache.pop(_HERE, None)
# Our own files are compiled once and for all, also where the program's are not to be.
_former = sys.dont_write_bytecode
sys.dont_write_bytecode = False
try:
    _start()
except Exception:
    # The program must run as if we were not there; the supervisor sees that nothing was written.
    sys.modules.pop("_concurrency_lab", None)
finally:
    sys.dont_write_bytecode = _former

# Whatever this raises, site.py expects: it is what a plain run would have raised.
sys.modules.pop("sitecustomize", None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
