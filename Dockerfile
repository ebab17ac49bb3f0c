# The set-up needs a compiler, what runs does not.
FROM node:20-bookworm AS build
WORKDIR /app
COPY . .
RUN node scripts/setup.mjs && npm prune --omit=dev --ignore-scripts
# Optional packages, for --store and --redis. The lock file has them as tools of development, so they need a folder of their own.
RUN npm install --prefix /packages --omit=peer --ignore-scripts pg@8 pg-copy-streams@7 rate-limit-redis@6 redis@6

FROM node:20-bookworm-slim
ENV NODE_ENV=production MULTVAE_HOME=/data NODE_PATH=/packages/node_modules
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /packages/node_modules /packages/node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/web/dist ./web/dist
COPY --from=build /app/native/build ./native/build
COPY --from=build /app/configs ./configs
COPY --from=build /app/datasets/sample ./datasets/sample
COPY --from=build /app/deploy/nightly.sh ./deploy/nightly.sh
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
# On every address of the container: it needs MULTVAE_API_KEYS, or --insecure.
CMD ["serve", "--host", "0.0.0.0"]
