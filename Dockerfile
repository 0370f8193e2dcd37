# Concurrency Lab in a container. Build and run: docs/deployment.md. Not for `docker run` without compose.yaml's options.

FROM node:22-bookworm-slim AS page
WORKDIR /lab
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/bundle.mjs scripts/
COPY static static
RUN npm run --silent build

FROM python:3.13-slim-bookworm AS packages
# The compiler builds the probes' C part; it stays in this stage.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /lab
COPY requirements.txt ./
RUN python -m venv /lab/.venv && /lab/.venv/bin/pip install --no-cache-dir -r requirements.txt
COPY concurrency_lab concurrency_lab
RUN /lab/.venv/bin/python concurrency_lab/probes/native/build.py

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin lab \
    && install --directory --owner lab --group lab --mode 0700 /data
WORKDIR /lab
COPY --from=packages /lab/.venv .venv
COPY --from=packages /lab/concurrency_lab concurrency_lab
COPY app.py ./
COPY templates templates
COPY --from=page /lab/static static
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT [".venv/bin/python", "app.py", "--no-open", "--host", "0.0.0.0", "--data", "/data"]
