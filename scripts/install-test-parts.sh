#!/usr/bin/env bash
# Installs the parts the tests drive and this project did not write; a Debian machine, as root. Safe to run again.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

install() {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@"
}

# An AWS command line of before the JSON protocol: it speaks CloudWatch's query protocol.
[ -x /usr/bin/aws ] || install awscli

# The current AWS command line, botocore's models and moto, all of one Python.
current() {
  command -v moto_server >/dev/null && python3 -c 'import botocore, moto' 2>/dev/null &&
    aws --region us-east-1 appconfig stop-deployment --generate-cli-skeleton input 2>/dev/null | grep AllowRevert >/dev/null
}
if ! current; then
  python3 -m pip --version >/dev/null 2>&1 || install python3 python3-pip
  # Debian wants to be told that packages beside its own are meant.
  PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --quiet --root-user-action=ignore 'awscli>=1.45' 'moto[server]>=5.2'
  hash -r
  current || { echo 'the current AWS command line, botocore or moto cannot be used' >&2; exit 1; }
fi

# CloudFormation's schemas and rules, also of that Python.
command -v cfn-lint >/dev/null || PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --quiet --root-user-action=ignore 'cfn-lint>=1.51'

# What fires alerts, and checks its own configuration (amtool).
command -v amtool >/dev/null || install prometheus-alertmanager

# Certificates of the tests' own.
command -v openssl >/dev/null || install openssl

# Compose's schema.
[ -x /usr/bin/docker-compose ] || install docker-compose

# What builds and runs the image, and makes a base for it where no registry of images can be asked.
for tool in podman buildah debootstrap; do
  command -v "$tool" >/dev/null || {
    install podman buildah debootstrap runc conmon netavark aardvark-dns catatonit iptables uidmap
    break
  }
done

# Puts a process's clock off.
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || install libfaketime

# Metric stores that speak PromQL, and what gives the one a history.
for tool in prometheus promtool victoria-metrics; do
  command -v "$tool" >/dev/null || {
    install prometheus victoria-metrics
    break
  }
done

# Say what is there, so that a log shows it.
/usr/bin/aws --version
aws --version
python3 -c 'import botocore, moto; print("botocore", botocore.__version__, "moto", moto.__version__)'
cfn-lint --version
podman --version
buildah --version
debootstrap --version
docker-compose --version
prometheus --version 2>&1 | head -n 1
dpkg-query -W -f 'victoria-metrics ${Version}\n' victoria-metrics
openssl version
