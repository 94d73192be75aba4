#!/usr/bin/env bash
# try.sh RELEASE: runs package.sh and newcomer.sh on the committed state of this checkout in a new chroot of a Debian release.
# The mirror and npm's registry are those of this machine. The last line is "RELEASE: passed", "RELEASE: failed" (status 1) or, if no
# chroot can be made, "RELEASE: skipped, " and the reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
release=$1

skip() {
  echo "$release: skipped, $1"
  exit 0
}

# Mounts and processes in these namespaces end with them in any case.
if [ -z "${IN_NAMESPACE:-}" ]; then
  [ "$(id -u)" -eq 0 ] || skip "as only root can make a chroot"
  unshare --mount --pid --fork true 2>/dev/null || skip "as mounting is not allowed here"
  IN_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$release"
fi

export PATH="$PATH:/usr/sbin:/sbin"
work=$(mktemp -d)
root=$work/root
trap 'umount --lazy "$root/proc" "$root/dev/pts" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT

command -v debootstrap >/dev/null || apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends debootstrap >/dev/null 2>&1 ||
  skip "as debootstrap cannot be installed"
mirror=$(apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  sed -n 's/^Debian main //p' | head -1)
/usr/lib/apt/apt-helper download-file "${mirror}dists/$release/Release" "$work/Release" >/dev/null 2>&1 ||
  skip "as this machine's mirror does not have it"

# Copies the certificate authorities, proxies and registries of this machine.
hand_over() {
  local file
  for file in "$(npm config get cafile)" "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}"; do
    if [ -f "$file" ]; then install -D -m 644 "$file" "$root$file"; fi
  done
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump --format '%f "%v";%n' Acquire >"$root/etc/apt/apt.conf.d/99machine"
  if [ -d /etc/apt/auth.conf.d ]; then cp -r /etc/apt/auth.conf.d "$root/etc/apt/"; fi
  for file in "$(npm config get globalconfig)" "$(npm config get userconfig)"; do
    if [ -f "$file" ]; then cat "$file"; fi
  done >"$root/root/.npmrc"
}

inside() {
  local name passed=()
  for name in NODE_EXTRA_CA_CERTS SSL_CERT_FILE npm_config_registry {http,https,no}_proxy {HTTP,HTTPS,NO}_PROXY; do
    if [ -n "${!name:-}" ]; then passed+=("$name=${!name}"); fi
  done
  env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive "${passed[@]}" chroot "$root" "$@"
}

try() {
  debootstrap --variant=minbase "$release" "$root" "$mirror"
  mount -t proc proc "$root/proc"
  # The chroot has terminals of its own.
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -sf pts/ptmx "$root/dev/ptmx"
  # Faster; a chroot need not survive a crash.
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  hand_over
  inside apt-get update
  for revision in 1 2; do REVISION=$revision COMPRESSION=gzip LEVEL=1 packaging/debian/build.sh "$work/packages"; done
  cp -r "$work/packages" "$root/root/packages"
  cp dev/debian/package.sh "$root/root/"
  inside bash /root/package.sh /root/packages
  inside apt-get install -y nodejs npm
  hand_over
  git clone --quiet --depth 1 "file://$PWD" "$root/root/verona"
  inside bash /root/verona/dev/debian/newcomer.sh
}

# "if try" would disable "set -e" inside.
(try) >"$work/log" 2>&1 &
if wait $!; then
  grep '^newcomer: ' "$work/log" | sed "s/^newcomer: /$release: /"
  echo "$release: passed"
else
  tail -n 100 "$work/log"
  echo "$release: failed"
  exit 1
fi
