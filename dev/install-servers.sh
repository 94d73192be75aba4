#!/usr/bin/env bash
# Installs the Debian packages for the tests, the demo and the benchmark, or those that are named: Prosody and ejabberd
# (with SQLite and PostgreSQL), jabberd2, PostgreSQL, Patroni with etcd, NATS, Prometheus, lintian, systemd, Chromium,
# slixmpp, tmux, mcabber, poezio, ip and curl. Does nothing if they are installed. Without root it prints the command to run.
set -euo pipefail
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

wanted=("$@")
if [ ${#wanted[@]} -eq 0 ]; then
  wanted=(prosody lua-dbi-sqlite3 lua-dbi-postgresql ejabberd erlang-p1-sqlite3 erlang-p1-pgsql postgresql)
  wanted+=(patroni etcd-server nats-server prometheus lintian systemd iproute2 curl chromium python3-slixmpp jabberd2 tmux mcabber poezio)
fi

is_there() {
  case "$1" in
    ejabberd) command -v ejabberdctl ;;
    lua-dbi-sqlite3) compgen -G "/usr/lib/*/lua/5.*/dbd/sqlite3.so" ;;
    lua-dbi-postgresql) compgen -G "/usr/lib/*/lua/5.*/dbd/postgresql.so" ;;
    erlang-p1-sqlite3) compgen -G "/usr/lib/erlang/lib/p1_sqlite3-*" ;;
    erlang-p1-pgsql) compgen -G "/usr/lib/erlang/lib/p1_pgsql-*" ;;
    postgresql) compgen -G "/usr/lib/postgresql/*/bin/postgres" ;;
    python3-slixmpp) /usr/bin/python3 -c "import slixmpp" 2>&1 ;;
    jabberd2) command -v jabberd2-router ;;
    etcd-server) command -v etcd ;;
    systemd) command -v systemd-analyze ;;
    prometheus) command -v promtool ;;
    iproute2) command -v ip ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

missing=()
for package in "${wanted[@]}"; do
  is_there "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing: ${missing[*]}. Run as root:" >&2
  echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "Missing: ${missing[*]}. This is no Debian system: install them by other means." >&2
  exit 1
fi

# The tests run the servers themselves, so no system service may start and hold a port.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "${missing[@]}"

for package in "${missing[@]}"; do
  case "$package" in
    prosody | ejabberd | jabberd2 | postgresql | patroni | etcd-server | nats-server | prometheus)
      service=${package/etcd-server/etcd}
      systemctl disable --now "$service" >/dev/null 2>&1 || service "$service" stop >/dev/null 2>&1 || true
      ;;
  esac
done
