#!/usr/bin/env bash
# machine.sh COMMAND...: runs a command on a throw-away copy of this machine: its files, but nothing that is written stays; a
# network of its own, so that all ports are free; and a `systemctl` that knows prosody, ejabberd and verona. Needs root.
set -euo pipefail

if [ -z "${IN_NAMESPACE:-}" ]; then
  IN_NAMESPACE=1 exec unshare --mount --pid --net --fork --kill-child "$0" "$@"
fi

repository=$(cd "$(dirname "$0")/../../.." && pwd)
copy=$(mktemp -d)
mount -t tmpfs tmpfs "$copy"
mkdir "$copy/changes" "$copy/work" "$copy/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$copy/changes,workdir=$copy/work" "$copy/root"
root=$copy/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
ip link set lo up

# The command that the package installs, and the package's files. The checkout may be in a folder that only root may read.
modules=$(npm root -g)
mkdir -p "$root/opt/verona-muc" "$root$modules"
mount --bind "$repository" "$root/opt/verona-muc"
ln -s /opt/verona-muc "$root$modules/verona-muc"
cat >"$root/usr/local/bin/verona" <<END
#!/bin/sh
exec /opt/verona-muc/node_modules/node/bin/node /opt/verona-muc/bin/verona.cjs "\$@"
END
cp "$repository/test/e2e/walk-through/systemctl.sh" "$root/usr/local/bin/systemctl"
chmod +x "$root/usr/local/bin/verona" "$root/usr/local/bin/systemctl"
mkdir -p "$root/run/prosody" "$root/run/ejabberd"
chown prosody "$root/run/prosody"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /
# Not "exec": this shell, the first process, takes over processes without a parent.
chroot "$root" "$@"
