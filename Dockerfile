# docker build -t lastgood:0.1.0 .
# What runs is plain JavaScript and git, as nobody, on a root file system that may be read-only: it writes to $XDG_CACHE_HOME and /tmp only.
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-alpine
# From 2.50.1 on, git does not let a repository write outside of its clone (CVE-2025-48384): an older one ends the build here.
RUN apk add --no-cache "git>=2.50.1" openssh-client-default ca-certificates
WORKDIR /opt/lastgood
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/config ./config
COPY --from=build /src/fixtures/demo ./fixtures/demo
# To read ten thousand targets in git takes less than 128 MiB so, for a little more work of the garbage collector.
ENV NODE_ENV=production XDG_CACHE_HOME=/var/cache/lastgood NODE_OPTIONS=--max-semi-space-size=2
RUN ln -s /opt/lastgood/dist/main.js /usr/local/bin/lastgood && mkdir -p /var/cache/lastgood && chown 65534:65534 /var/cache/lastgood
USER 65534:65534
VOLUME /var/cache/lastgood
ENTRYPOINT ["lastgood"]
CMD ["--help"]
