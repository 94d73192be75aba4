// Exits with 0 while the service in this container lives: it answers at the metrics' port if the environment sets one, also
// as a standby, or else runs the operation "status".
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");

const { VERONA_METRICS_HOST: host = "127.0.0.1", VERONA_METRICS_PORT: port } = process.env;
if (port) {
  const address = /^(0\.0\.0\.0|::)$/.test(host) ? "127.0.0.1" : host;
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}/livez`;
  fetch(url, { signal: AbortSignal.timeout(8_000) }).then(
    (answer) => process.exit(answer.ok ? 0 : 1),
    () => process.exit(1),
  );
} else {
  const { status } = spawnSync(process.execPath, [join(__dirname, "verona.cjs"), "status"], {
    timeout: 8_000,
  });
  process.exit(status === 0 ? 0 : 1);
}
