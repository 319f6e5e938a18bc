#!/bin/sh
# BAKE_MODELS says which models become part of the image: "none" (the first start fetches them), "needed" (those of the
# default configuration), or names of models.lock.json with spaces between them.
set -eu

case ${BAKE_MODELS:-none} in
  none) ;;
  needed) node dist/models/cli.js ;;
  *)
    # shellcheck disable=SC2086 # Several names are meant.
    node dist/models/cli.js fetch $BAKE_MODELS
    ;;
esac
