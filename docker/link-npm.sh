#!/bin/sh
# Puts npm, which was copied from the image of Node, on the PATH.
set -eu

for program in npm npx; do
  ln -s "../lib/node_modules/npm/bin/$program-cli.js" "/usr/local/bin/$program"
done
