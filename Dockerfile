# waygraph with its models, set up once; what runs asks nothing of the net.
#
#   docker build --tag waygraph .
#   docker run --rm --volume ~/notes:/notes --user "$(id -u):$(id -g)" waygraph ingest .
#   docker run --rm --volume ~/notes:/notes --user "$(id -u):$(id -g)" \
#       --publish 127.0.0.1:8765:8765 waygraph
#
# --build-arg PIP_EXTRA_INDEX_URL=… names an index with the smaller CPU build of torch.
FROM python:3.11.14-slim-bookworm AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ARG PIP_EXTRA_INDEX_URL=
WORKDIR /opt/waygraph
COPY pyproject.toml README.md LICENSE ./
COPY scripts/setup scripts/constraints.txt scripts/
COPY src src
COPY data data
COPY ontologies ontologies
RUN scripts/setup

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 1000 --create-home learner \
    && install --directory --owner=learner /notes
COPY --from=build /opt/waygraph /opt/waygraph
ENV PATH=/opt/waygraph/.venv/bin:$PATH \
    HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
WORKDIR /notes
EXPOSE 8765
ENTRYPOINT ["waygraph"]
# A container's ports can be published only if what listens is not on its loopback; then
# everything, reading too, needs the key that the printed address holds.
CMD ["serve", "--no-browser", "--listen", "0.0.0.0"]
