#!/usr/bin/env bash
# Stands in for systemctl on a machine without systemd: starts and stops the services of the walk-throughs as their units do.
set -euo pipefail

pid_file() { echo "/run/$1.walk-through.pid"; }

start() {
  local log=/var/log/$1.walk-through.log
  case $1 in
    prosody) command=(/usr/bin/prosody -F) user=prosody folder=/var/lib/prosody ;;
    ejabberd) command=(/usr/sbin/ejabberdctl foreground) user=ejabberd folder=/var/lib/ejabberd ;;
    verona)
      read -ra command < <(sed -n 's/^ExecStart=//p' /etc/systemd/system/verona.service)
      user=$(sed -n 's/^User=//p' /etc/systemd/system/verona.service)
      folder=$(sed -n 's/^WorkingDirectory=//p' /etc/systemd/system/verona.service)
      ;;
    *) echo "no service $1" >&2; exit 1 ;;
  esac
  (cd "$folder" && exec setsid setpriv --reuid "$user" --regid "$user" --init-groups \
    env HOME="$folder" "${command[@]}" >"$log" 2>&1 </dev/null) &
  echo $! >"$(pid_file "$1")"
}

stop() {
  local file
  file=$(pid_file "$1")
  [ -f "$file" ] || return 0
  kill -- "-$(cat "$file")" 2>/dev/null || true
  while kill -0 -- "-$(cat "$file")" 2>/dev/null; do sleep 0.1; done
  rm "$file"
}

action=$1
shift
[ "${1:-}" = --now ] && shift
case $action in
  daemon-reload) ;;
  start | enable) start "$1" ;;
  stop | disable) stop "$1" ;;
  restart) stop "$1"; start "$1" ;;
  *) echo "systemctl $action is not for a walk-through" >&2; exit 1 ;;
esac
