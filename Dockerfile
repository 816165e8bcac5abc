# One image for every service: `docker run … serve kms` runs the KMS, `serve gateway` the gateway.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends \
        libzmq3-dev libmicrohttpd-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libqrencode-dev libpq-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Dependencies first: they change less often than the sources, and their layer is kept.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
# Package.swift names them, and SwiftPM looks for every target before it builds one.
COPY Benchmarks/BusBench Benchmarks/BusBench
COPY Benchmarks/OrderBench Benchmarks/OrderBench
COPY Benchmarks/SearchBench Benchmarks/SearchBench
RUN swift build --configuration release --product fountain --static-swift-stdlib \
    && install -D "$(swift build --configuration release --show-bin-path)/fountain" /out/fountain

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends \
        ca-certificates libzmq5 libmicrohttpd12 libssl3 libcurl4 libsqlite3-0 libqrencode4 libpq5 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/fountain fountain \
    && install -d -o fountain -g fountain -m 0700 /var/lib/fountain
COPY --from=build /out/fountain /usr/local/bin/fountain
COPY topology /etc/fountain/topology
USER fountain
# A new named volume takes over the owner and mode of what it is mounted on.
VOLUME /var/lib/fountain
STOPSIGNAL SIGTERM
ENTRYPOINT ["fountain"]
CMD ["up", "--topology", "/etc/fountain/topology/compose.yaml"]
# docker-compose.yml says which service each container asks about.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["fountain", "ping", "--topology", "/etc/fountain/topology/compose.yaml"]
