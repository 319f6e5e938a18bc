#!/bin/sh
# What an image takes from its distribution, Debian or Ubuntu, and the user that the server runs as.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# pip fetches those models that come from PyPI; it runs nothing of them.
apt-get install -y -qq --no-install-recommends ca-certificates python3-pip >/dev/null
rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log

groupadd --gid 10001 voxbridge
useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin voxbridge
install -d -o voxbridge -g voxbridge /models
# The tokens, as hashes.
install -d -o voxbridge -g voxbridge -m 700 /state
