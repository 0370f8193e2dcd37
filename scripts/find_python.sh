#!/bin/sh
# Print the Python to build .venv with: $PYTHON, else the one that .venv has already, else python3 if it is supported,
# else the newest supported one.
# Plain sh, because it must say its sentence also where Python is missing or ancient.

version_of() {
    # A pyenv shim may exist without a Python behind it, so only an answer counts.
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

supported() {
    case "$1" in 3.11 | 3.12 | 3.13) return 0 ;; esac
    return 1
}

if [ -n "$PYTHON" ]; then
    version=$(version_of "$PYTHON")
    if supported "$version"; then
        echo "$PYTHON"
        exit 0
    fi
    if [ -z "$version" ]; then
        echo "PYTHON=$PYTHON does not start. Give a Python 3.11, 3.12 or 3.13, as in: make run PYTHON=python3.12" >&2
    else
        echo "PYTHON=$PYTHON is Python $version; Concurrency Lab needs 3.11, 3.12 or 3.13." >&2
    fi
    exit 1
fi

if .venv/bin/python -c 'import pip' 2>/dev/null && supported "$(version_of .venv/bin/python)"; then
    echo .venv/bin/python
    exit 0
fi

for candidate in python3 python3.13 python3.12 python3.11; do
    if supported "$(version_of "$candidate")"; then
        echo "$candidate"
        exit 0
    fi
done

version=$(version_of python3)
echo "Concurrency Lab needs Python 3.11, 3.12 or 3.13, and found ${version:+only }${version:-none}." >&2
echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13)," >&2
echo "or name the one that you have: make run PYTHON=/path/to/python3.12" >&2
exit 1
