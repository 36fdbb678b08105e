# SPDX-License-Identifier: Apache-2.0
# Photos in /input become depth maps in /output: docs/container.md
FROM debian:bookworm-slim AS build
COPY . /src
WORKDIR /src
RUN tools/container/build.sh /bundle

FROM debian:bookworm-slim
COPY --from=build /bundle /opt/relief
COPY tools/container /opt/relief/container
RUN /opt/relief/container/install.sh
# Nothing is written but results: the root file system may be read-only.
ENV RELIEF_MODELS=/models RELIEF_CACHE=off HOME=/nonexistent
WORKDIR /output
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/relief-container"]
