#!/bin/sh
# TypeScript in src/ to JavaScript in dist/.
set -eu

npm ci --no-audit --no-fund
npm run --silent build
rm dist/.tsbuildinfo
