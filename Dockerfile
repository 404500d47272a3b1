# syntax=docker/dockerfile:1

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/l1
# The lock alone first: what is installed from it stays cached until it changes.
COPY locks/server.txt locks/server.txt
RUN /opt/l1/bin/pip install --require-hashes --requirement locks/server.txt
COPY pyproject.toml README.md worker.py ./
COPY l1 l1
COPY workflows workflows
COPY activities activities
COPY api api
RUN /opt/l1/bin/pip install --no-deps --no-build-isolation . \
    && /opt/l1/bin/python -m compileall -q /opt/l1/lib

FROM python:3.13-slim
RUN groupadd --system --gid 10001 l1 \
    && useradd --system --uid 10001 --gid l1 --no-create-home --shell /usr/sbin/nologin l1
COPY --from=build /opt/l1 /opt/l1
ENV PATH=/opt/l1/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/l1
USER 10001:10001
EXPOSE 8000
CMD ["l1", "api"]
