# The image the daemon is shipped in: compiled JavaScript, production dependencies, nothing else; not root.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
# Types, source maps, documents and tests of packages are most of what they weigh, and Node reads none; licences stay.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund \
 && find node_modules dist -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' -o -name '*.flow' \) -delete \
 && find node_modules -type f \( -iname '*.md' -o -iname '*.rst' \) ! -iname '*licen[cs]e*' ! -iname '*notice*' -delete \
 && find node_modules -type d \( -name test -o -name tests -o -name docs -o -name benchmark -o -name benchmarks -o -name examples -o -name .github \) -prune -exec rm -r {} + \
 && find node_modules -type d -empty -delete
RUN mkdir /volume

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
ENV NODE_ENV=production \
    APPCONFIG_WATCHDOG_CONFIG=/etc/appconfig-watchdog/watchdog.yaml
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
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
