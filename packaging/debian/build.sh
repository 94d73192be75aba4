#!/usr/bin/env bash
# build.sh [FOLDER]: writes verona-muc_VERSION_ARCHITECTURE.deb of this checkout to the folder (default: here). It brings
# the Node of node_modules, so "npm ci" comes first. The same commit gives the same file. REVISION (default 1) is the last
# part of the version; COMPRESSION and LEVEL are options of dpkg-deb (default xz, 6).
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
mkdir -p "${1:-.}"
output=$(cd "${1:-.}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export PATH="$PWD/node_modules/node/bin:$PATH"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
version=$(node -p 'require("./package.json").version')-${REVISION:-1}
architecture=$(dpkg --print-architecture)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
app=$root/usr/lib/verona/app
doc=$root/usr/share/doc/verona-muc

# Packs a copy, as packing builds into the packed folder.
mkdir "$work/source"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | xargs -0 cp --parents --target-directory "$work/source"
ln -s "$PWD/node_modules" "$work/source/node_modules"
(cd "$work/source" && npm pack --silent --pack-destination "$work" >/dev/null)
mkdir -p "$app" "$doc"
tar -xzf "$work"/verona-muc-*.tgz --strip-components 1 -C "$app"
cp package-lock.json "$app/"
(cd "$app" && npm ci --silent --omit dev --ignore-scripts --no-audit --no-fund)
rm -r "$app/package-lock.json" "$app/node_modules/.package-lock.json" "$app/node_modules/.bin"
# What only programmers read.
find "$app/node_modules" \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \
  -o -name '*.html' -o -name '.*' -o -name '*.sh' -o -name '*.mk' \) -type f -delete
find "$app/node_modules" -type d \( -name test -o -name tests -o -name benchmark -o -name benchmarks -o -name docs \
  -o -name example -o -name examples -o -name scripts -o -name '.*' \) -prune -exec rm -r {} +
find "$app/node_modules" -type d -empty -delete
install -m 755 "$(readlink -f node_modules/node/bin/node)" "$root/usr/lib/verona/node"
gzip -9nc node_modules/node/node_modules/node-linux-*/LICENSE >"$doc/node-licence.gz"
strip --strip-unneeded --remove-section .comment --remove-section .note "$root/usr/lib/verona/node"

install -d "$root/usr/bin" "$root/etc/verona" "$root/usr/share/verona"
install -m 755 "$here/verona" "$root/usr/bin/verona"
# The copy that is run here finds its Node and its files below the folder.
verona() { "$root/usr/lib/verona/node" "$app/bin/verona.cjs" "$@"; }
sed -e 's|"\./config.schema.json"|"/usr/lib/verona/app/config.schema.json"|' \
  -e 's|sqlite:\./|sqlite:/var/lib/verona/|' "$app/config.example.json" >"$root/etc/verona/config.json"
chmod 640 "$root/etc/verona/config.json"
install -d "$root/usr/lib/systemd/system" "$root/usr/share/bash-completion/completions" "$root/usr/share/man/man1"
sed -e 's|/usr/local/bin/|/usr/bin/|' -e 's|/etc/verona.json|/etc/verona/config.json|' "$app/docs/verona.service" \
  >"$root/usr/lib/systemd/system/verona.service"
verona completion bash >"$root/usr/share/bash-completion/completions/verona"
{
  cat "$here/verona.1"
  verona --help | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\\&&/"
  echo .fi
} | gzip -9n >"$root/usr/share/man/man1/verona.1.gz"

# The servers' modules are used where they are, so they are no documentation.
mv "$app/contrib" "$root/usr/share/verona/"
ln -s ../../verona/contrib "$doc/contrib"
mv "$app/docs" "$app/README.md" "$app/SECURITY.md" "$app/doap.xml" "$app/config.example.json" "$doc/"
rm "$app/LICENSE"
gzip -9nc "$app/CHANGELOG.md" >"$doc/changelog.gz"
rm "$app/CHANGELOG.md"
ln -s changelog.gz "$doc/CHANGELOG.md.gz"
printf 'verona-muc (%s) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' "$version" \
  "The Verona developers <verona@localhost>" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.Debian.gz"
{
  cat "$here/copyright"
  echo "Files: usr/lib/verona/node"
  echo "Copyright: Node.js contributors, and those whom /usr/share/doc/verona-muc/node-licence.gz names"
  echo "License: Expat"
  echo
  node "$here/licences.mjs" "$app/node_modules"
} >"$doc/copyright"
install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/verona-muc"

find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -path "$root/etc/*" ! -perm -u+x -exec chmod 644 {} +
# Nothing here is a program of its own, for the Node of somebody else.
find "$app" -type f -exec chmod 644 {} + -exec sed -i '1{/^#!/d}' {} +
install -d "$root/DEBIAN"
for script in postinst prerm postrm; do install -m 755 "$here/$script" "$root/DEBIAN/"; done
echo /etc/verona/config.json >"$root/DEBIAN/conffiles"
size=$(du --summarize --apparent-size --block-size=1K --exclude DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" "$here/control" \
  >"$root/DEBIAN/control"
(cd "$root" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
  >"$root/DEBIAN/md5sums"
chmod 644 "$root"/DEBIAN/{conffiles,control,md5sums}
find "$root" -depth -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
# One thread, as the number of threads changes the file.
dpkg-deb --root-owner-group --threads-max=1 -Z "${COMPRESSION:-xz}" -z "${LEVEL:-6}" --build "$root" \
  "$output/verona-muc_${version}_$architecture.deb"
