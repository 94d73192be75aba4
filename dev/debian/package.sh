#!/usr/bin/env bash
# package.sh FOLDER: installs the package of the folder on a clean Debian, runs the service behind Prosody, upgrades to the
# next revision, removes and purges it. try.sh runs it. Lines that start with "newcomer: " report what was done.
set -euo pipefail

packages=$(cd "$1" && pwd)
config=/etc/verona/config.json

# What a purge has to restore, apart from what dpkg, apt and Prosody write meanwhile.
system() {
  find / -xdev \( -path /proc -o -path /dev -o -path /root -o -path /tmp -o -path /run -o -path /var/cache -o -path /var/log \
    -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/prosody \) -prune -o -print | sort
  cut -d : -f 1 /etc/passwd /etc/group | sort
}
as_verona() { (cd /var/lib/verona && runuser -u verona -- "$@"); }
expect() {
  if [ "$2" != "$3" ]; then echo "$1: $2 instead of $3"; exit 1; fi
}

# What the package needs is there before, so that only the package itself comes and goes.
apt-get install -y adduser libatomic1 prosody >/dev/null
system >/tmp/before

apt-get install -y "$packages"/*-1_*.deb | tee /tmp/install.log
grep -q "^Set component.domain" /tmp/install.log
expect "what runs" "$(find /proc -maxdepth 1 -user verona)" ""
expect "a link of systemd" "$(find /etc/systemd -name 'verona.service')" ""
expect "the configuration" "$(stat --format '%a %U %G' $config)" "640 root verona"
expect "the state" "$(stat --format '%a %U %G' /var/lib/verona)" "700 verona verona"
verona --version
verona --help >/dev/null
test -s /usr/share/man/man1/verona.1.gz || ! grep -qs man /etc/dpkg/dpkg.cfg.d/*
bash -c 'source /usr/share/bash-completion/completions/verona && complete -p verona'
as_verona verona check-config --config $config
if as_verona test -w $config; then echo "the service may write its configuration"; exit 1; fi

# The service behind Prosody, as the unit starts it.
cat >/etc/prosody/prosody.cfg.lua <<'END'
pidfile = "/run/prosody/prosody.pid"
log = { info = "/tmp/prosody.log" }
component_ports = { 5347 }
VirtualHost "example.com"
Component "conference.example.com"
	component_secret = "secret of this test"
END
install -d -o prosody /run/prosody
runuser -u prosody -- prosody -D
sed -i 's/"change-me"/"secret of this test"/' $config
unit=/usr/lib/systemd/system/verona.service
read -ra command < <(sed -n 's/^ExecStart=//p' $unit)
serve() {
  (cd /var/lib/verona && exec setpriv --reuid verona --regid verona --init-groups --no-new-privs --bounding-set=-all \
    "${command[@]}") >"$1" 2>&1 &
  service=$!
  for _ in $(seq 300); do
    if grep -q '"online"' "$1"; then return; fi
    kill -0 "$service" || break
    sleep 0.1
  done
  cat "$1" /tmp/prosody.log
  exit 1
}
serve /tmp/verona-1.log
as_verona verona status --config $config
as_verona verona room create coven --owners crone@example.com --config $config

apt-get install -y "$packages"/*-2_*.deb
expect "the version" "$(dpkg-query --show --showformat '${Version}' verona-muc | cut -d - -f 2)" 2
grep -q "secret of this test" $config
expect "the configuration after the upgrade" "$(stat --format '%a %U %G' $config)" "640 root verona"
kill -TERM "$service"
wait "$service"
serve /tmp/verona-2.log
as_verona verona rooms list --config $config | grep coven
kill -TERM "$service"
wait "$service"

apt-get remove -y verona-muc
test -e $config
test -s /var/lib/verona/verona.sqlite
apt-get purge -y verona-muc
kill "$(cat /run/prosody/prosody.pid)"
system >/tmp/after
diff /tmp/before /tmp/after
apt-get purge -y prosody >/dev/null
apt-get autoremove -y --purge >/dev/null
echo "newcomer: installed, ran, upgraded and purged the package; $SECONDS s"
