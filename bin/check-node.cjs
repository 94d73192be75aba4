// Ends the program with one sentence where Node is too old for it. Older JavaScript on purpose: such a Node reads it.
// npm's "engines" is not used, as npm then warns whoever installs a clone, which brings a Node of its own.
const NEEDED = 24;

const major = Number(process.versions.node.split(".")[0]);
if (major < NEEDED) {
  process.stderr.write(
    `verona: requires Node ${NEEDED} or newer, but this is Node ${process.versions.node} (${process.execPath}); ` +
      "see docs/installation.md\n",
  );
  process.exit(2);
}
