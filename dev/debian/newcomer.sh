#!/usr/bin/env bash
# Follows the README and docs/installation.md on a Debian that has only nodejs and npm. try.sh runs it. Lines that start
# with "newcomer: " report what was done.
set -euo pipefail
cd "$(dirname "$0")/../.."

tell() { echo "newcomer: $*; $SECONDS s"; }

cp package-lock.json /tmp/lock-before.json
node=$(node --version)

# "Try it": starts the demo and joins its chat as the page does.
log=/tmp/demo.log
(npm ci && exec npm run demo -- --port 18080) >"$log" 2>&1 &
demo=$!
until grep -q "^Open http" "$log"; do
  kill -0 "$demo" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.5
done
if grep -i "warn" "$log"; then echo "npm warns a newcomer"; exit 1; fi
npx --no-install node dev/debian/join-demo.ts "$(sed -n 's/^Open \(http[^ ]*\).*/\1/p' "$log")"
kill -TERM "$demo"
wait "$demo" || true
tell "joined the demo, with Debian's Node $node and npm $(npm --version)"

# "Develop". Packages that take long to install are only simulated, to see that Debian has them.
apt-get install --simulate --no-install-recommends \
  postgresql lua-dbi-postgresql erlang-p1-pgsql chromium python3-slixmpp jabberd2 >/dev/null
bash dev/install-servers.sh prosody lua-dbi-sqlite3 ejabberd erlang-p1-sqlite3
npm run lint
npm run typecheck
npm test -- test/main.test.ts test/heap-compaction.test.ts test/config
cmp package-lock.json /tmp/lock-before.json
tell "checked it with Node $(npx --no-install node --version)"

# docs/installation.md: installs the package and the oldest supported Node.
npm pack
npm install -g node@24 ./verona-muc-*.tgz
package=$(npm root -g)/verona-muc
(cd / && verona --version && verona check-config --config "$package/config.example.json")
size=$(du --summarize --apparent-size --block-size=1M "$package" | cut -f1)
[ "$size" -le 30 ] || { echo "the package takes $size MB"; exit 1; }
tell "installed the package, which takes $size MB"

# Tests that Node with this Debian's servers.
node=$(cd / && node --version)
[[ $node == v24.* ]] || { echo "the command runs on Node $node"; exit 1; }
vitest="node node_modules/vitest/vitest.mjs run"
$vitest test/muc test/xmpp test/disco test/admin test/connection test/main.test.ts test/heap-compaction.test.ts
$vitest test/e2e/scansion.test.ts --testNamePattern "behind (prosody|ejabberd) "
$vitest test/e2e/component-hold.test.ts
tell "tested it with Node $node, behind $(dpkg-query --show --showformat '${Package} ${Version}, ' prosody ejabberd | sed 's/, $//')"
