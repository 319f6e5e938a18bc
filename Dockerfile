# Two images: "cpu", which is what is built where no --target is named, and "gpu". See "In a container" in the README.
# What each stage does stands in docker/, so that scripts/rehearse-image.sh can do the same without Docker.

ARG NODE_IMAGE=node:20-bookworm-slim
# Of the major version of CUDA that ONNX Runtime's provider was built for; docker/check-cuda.sh compares them.
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04

FROM ${NODE_IMAGE} AS node

FROM node AS compiled
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY types types
COPY src src
COPY docker/compile.sh docker/
RUN docker/compile.sh

FROM node AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY docker/production-packages.sh docker/
RUN docker/production-packages.sh

FROM node AS cpu-base
COPY docker/system-packages.sh /usr/local/libexec/
RUN /usr/local/libexec/system-packages.sh
WORKDIR /app
COPY package.json models.lock.json LICENSE ./
COPY public public
COPY samples samples
COPY voices voices
COPY docker/bake-models.sh docker/healthcheck.mjs docker/
COPY --from=packages /app/node_modules node_modules
COPY --from=compiled /app/dist dist
# What npm keeps while models are fetched is as large as they are: it goes where they are made, and goes away with that.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 MODELS_DIR=/models TOKENS_FILE=/state/tokens.json HOME=/tmp npm_config_cache=/models/.staging/npm

FROM cpu-base AS cpu-models
ARG BAKE_MODELS=none
RUN docker/bake-models.sh

FROM cpu-base AS gpu-models
ARG BAKE_MODELS=none
ENV USE_GPU=true
RUN docker/bake-models.sh

FROM cpu-base AS cuda-provider
COPY docker/cuda-provider.sh docker/cuda-provider.txt docker/
RUN docker/cuda-provider.sh

FROM ${CUDA_IMAGE} AS gpu
LABEL org.opencontainers.image.title="Voxbridge, on an NVIDIA GPU"
LABEL org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later"
COPY docker/system-packages.sh /usr/local/libexec/
RUN /usr/local/libexec/system-packages.sh
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
COPY docker/link-npm.sh docker/check-cuda.sh /usr/local/libexec/
RUN /usr/local/libexec/link-npm.sh
WORKDIR /app
COPY --from=cuda-provider /app /app
RUN /usr/local/libexec/check-cuda.sh
COPY --from=gpu-models --chown=10001:10001 /models /models
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 MODELS_DIR=/models TOKENS_FILE=/state/tokens.json HOME=/tmp npm_config_cache=/models/.staging/npm
ENV USE_GPU=true NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
VOLUME /models /state
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=15m --retries=3 CMD ["node", "docker/healthcheck.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node"]
CMD ["dist/server.js"]

FROM cpu-base AS cpu
LABEL org.opencontainers.image.title="Voxbridge"
LABEL org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later"
COPY --from=cpu-models --chown=10001:10001 /models /models
USER 10001:10001
VOLUME /models /state
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=15m --retries=3 CMD ["node", "docker/healthcheck.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node"]
CMD ["dist/server.js"]
