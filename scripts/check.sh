#!/bin/sh
# All checks that run no test. Each says its name first, and all of them run, so that one look shows everything.

failed=""

check() {
    name=$1
    shift
    echo "-- $name"
    "$@" || failed="$failed, $name"
}

python=.venv/bin/python
check "format (Python)" $python -m ruff format --check --quiet .
check "lint (Python)" $python -m ruff check --quiet .
check "types (Python)" $python -m mypy --strict --no-error-summary concurrency_lab
check "generated files" $python -m concurrency_lab.trace.generate --check
check "seccomp filters" $python scripts/make_seccomp.py --check
check "JavaScript: format and types" $python scripts/front.py npm run --silent check

if [ -n "$failed" ]; then
    echo "Not in order: ${failed#, }. (Formatting: .venv/bin/ruff format . and npm run format)" >&2
    exit 1
fi
