#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Second stage: around the bundle in /opt/relief, what the image needs besides: certificates, a user, the folders.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -q=2
apt-get install -q=2 -y --no-install-recommends ca-certificates >/dev/null
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log /var/log/alternatives.log

# Anybody may run it (docker run --user), so nothing depends on this user or on a home.
groupadd --gid 10001 relief
useradd --uid 10001 --gid relief --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin relief
mkdir -p /input /output /models /cache
chown relief:relief /output /models /cache
ln -s /opt/relief/relief.sh /usr/local/bin/relief
ln -s /opt/relief/container/entrypoint.sh /usr/local/bin/relief-container
