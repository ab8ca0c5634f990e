# The image the daemon is shipped in: the bundle, what V8 compiled of it, nothing else; not root.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle.ts scripts/third-party.ts ./scripts/
COPY src ./src
COPY config ./config
COPY LICENSE ./
# Declarations are for who writes tests with the sandbox; Node reads none.
RUN npm run build && find dist -name '*.d.ts' -delete && find dist -type d -empty -delete
RUN mkdir /volume && mkdir dist/compiled && chown 1000:1000 /volume dist/compiled
# One start as the user of the image, against an AWS that is not there: what V8 compiled for it is kept for the others.
USER 1000
RUN AWS_ENDPOINT_URL=http://127.0.0.1:9 DEMO_JOURNAL=/tmp/journal.sqlite AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
    timeout --foreground --preserve-status --signal TERM 8 node dist/main.js run --config config/demo.yaml

FROM ${BASE}
# The version in package.json; a test holds the two together. When it was built is left out, so that the same is the same.
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="appconfig-watchdog" \
      org.opencontainers.image.description="Watches AWS AppConfig deployments and stops the harmful ones." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# Where the policy file is, for the daemon and for what asks it: the health check finds http.port there.
# One pool of memory for all threads: glibc gives each its own, and keeps what is free in all of them (decision 21).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    APPCONFIG_WATCHDOG_CONFIG=/etc/appconfig-watchdog/watchdog.yaml
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/dist ./dist
COPY LICENSE ./
COPY config ./config
# A volume mounted there belongs to the user that writes the journal.
COPY --from=build --chown=1000:1000 /volume /var/lib/appconfig-watchdog
# On Fargate this is what gives a mounted volume that owner.
VOLUME ["/var/lib/appconfig-watchdog"]
USER 1000
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/dist/main.js", "health"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]
