# syntax=docker/dockerfile:1
# Builds with `docker build -t weir .`; `--build-arg STORE=omit` leaves the embedded ClickHouse out:
# a sidecar of some 200 MB, which needs a configuration of its own in /etc/weir/config.yaml.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:24-trixie-slim AS modules
ARG STORE=include
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not `--omit=optional`: the codecs of Kafka come as optional packages of their platforms.
RUN npm ci --omit=dev --ignore-scripts && if [ "$STORE" = omit ]; then rm -rf node_modules/chdb node_modules/@chdb; fi

FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/cmd/weir/demo/captures ./cmd/weir/demo/captures
COPY --from=build /app/processors/genai/prices/catalogue.json /app/processors/genai/prices/overlay.yaml ./processors/genai/prices/
COPY deploy/docker/config.yaml /etc/weir/config.yaml
# An empty directory that belongs to the user the image runs as, so that a fresh volume does too.
COPY --from=build --chown=65532:65532 /app/deploy/docker/data /var/lib/weir
# Less memory for the same work: bodies go back to the system, and the main thread's new objects get 12 MiB, not 48.
ENV NODE_ENV=production WEIR_DATA_DIR=/var/lib/weir MALLOC_MMAP_THRESHOLD_=65536 MALLOC_ARENA_MAX=2 NODE_OPTIONS=--max-semi-space-size=4
USER 65532:65532
VOLUME /var/lib/weir
STOPSIGNAL SIGTERM
EXPOSE 4317 4318 8888 13133
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/nodejs/bin/node", "bin/weir.js", "healthcheck"]
ENTRYPOINT ["/nodejs/bin/node", "bin/weir.js"]
CMD ["--config", "/etc/weir/config.yaml"]
