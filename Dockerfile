# One image for every part; the command says which: see docker-compose.yml.
FROM node:24-slim

WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0

COPY package.json package-lock.json ./
# The image has Node itself, and PostgreSQL is a service of its own: neither is taken from npm.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

COPY . .
# Where a gateway keeps the last good supergraph.
RUN mkdir -p .data && chown node .data
USER node
CMD ["node", "--max-semi-space-size=32", "--heap-growing-percent=70", "gateway/main.ts"]
