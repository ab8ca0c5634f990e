#!/usr/bin/env bash
# Installs the parts the tests drive and this project did not write; a Debian machine, as root. Safe to run again.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# An AWS command line of before the JSON protocol: it speaks CloudWatch's query protocol.
if ! [ -x /usr/bin/aws ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends awscli
fi

# The current AWS command line, botocore's models and moto come with Python; say what is there, so that a log shows it.
for part in aws moto_server python3; do
  printf '%s: %s\n' "$part" "$(command -v "$part" || echo 'not found')"
done
