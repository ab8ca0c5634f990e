#!/usr/bin/env bash
# Makes the base the container tests build on, where no registry can be asked: Debian's smallest system, this project's
# own Node 24 and this machine's npm, laid out as the official image does (user 1000, /usr/local/bin/node). Debian's
# mirror, npm's registry and the certificates are those this machine is configured with. As root; quick when it is there.
# Prints the image's name.
set -euo pipefail
cd "$(dirname "$0")/.."
node=node_modules/node/bin/node
suite=bookworm
version=$("$node" --version)
image=localhost/appconfig-watchdog-base:${version#v}-$suite

if buildah inspect --type image "$image" >/dev/null 2>&1; then
  echo "$image"
  exit 0
fi

mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' "Created-By: Packages" | awk -v suite="$suite" '$2 == suite { print $1; exit }')
[ -n "$mirror" ] || { echo "apt knows no mirror of Debian $suite" >&2; exit 1; }
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
root=$top/root

debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$top/log" 2>&1 || { tail -20 "$top/log" >&2; exit 1; }
# As the official slim image: no package lists, no archives, no documentation.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/{doc,man,info,locale}/*
install -D -m 755 "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
cp -rL "$(npm root --global 2>/dev/null)/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
# Where npm fetches from and whom it trusts: an address and public certificates, nothing that is secret.
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf 'registry=%s\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n' \
  "$(npm config get registry 2>/dev/null)" >"$root/usr/local/etc/npmrc"
chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash node
[ "$(chroot "$root" node --version)" = "$version" ]

container=$(buildah from scratch)
trap 'rm -rf "$top"; buildah rm "$container" >/dev/null 2>&1 || true' EXIT
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd node "$container"
buildah commit --quiet --format docker "$container" "$image" >/dev/null
echo "$image"
