// The files of the console, as browsers load them: read once, and served from memory.
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

export interface ConsoleFile {
  readonly type: string;
  readonly body: string;
  /** Value of the header ETag. */
  readonly tag: string;
}

/** Packages that the console imports, by the name of the file that stands for each. */
const PACKAGES = { preact: "preact.js", "preact/hooks": "hooks.js", htm: "htm.js" } as const;

const FOLDER = new URL("../console/", import.meta.url);
/** Sources are TypeScript in a clone, and JavaScript in what is published. */
const EXTENSION = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

const SCRIPT = "text/javascript; charset=utf-8";

/** Reads the files, by their path below the console's. The empty path is the page. */
export function readConsole(): ReadonlyMap<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  for (const path of globSync(`**/*${EXTENSION}`, { cwd: fileURLToPath(FOLDER) }).toSorted())
    files.set(path, script(read(new URL(path, FOLDER)), path.split("/").length - 1));
  for (const [name, file] of Object.entries(PACKAGES))
    files.set(`packages/${file}`, script(read(import.meta.resolve(name)), 1));
  const scripts = [...files.keys()];
  files.set("console.css", fileOf("text/css; charset=utf-8", read(new URL("console.css", FOLDER))));
  files.set("icon.svg", fileOf("image/svg+xml", ICON));
  files.set("", fileOf("text/html; charset=utf-8", pageOf(scripts)));
  return files;
}

const read = (url: URL | string): string => readFileSync(new URL(url), "utf8");

function fileOf(type: string, body: string): ConsoleFile {
  return { type, body, tag: `"${createHash("sha256").update(body).digest("base64url")}"` };
}

/** Makes a script that a browser can run. `depth`: folders between it and the page. */
function script(source: string, depth: number): ConsoleFile {
  const plain = EXTENSION === ".ts" ? withoutTypes(source) : source;
  const text = plain.replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return fileOf(SCRIPT, withAddresses(text, "../".repeat(depth) || "./"));
}

/** Removes types, without the warning by which Node calls this experimental: an operator can do nothing about it. */
function withoutTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Replaces the names of packages by addresses: browsers know no packages. */
function withAddresses(text: string, root: string): string {
  return text.replace(/\bfrom ?"([\w/-]+)"/g, (whole, name: string) =>
    isPackage(name) ? `from "${root}packages/${PACKAGES[name]}"` : whole,
  );
}

const isPackage = (name: string): name is keyof typeof PACKAGES => Object.hasOwn(PACKAGES, name);

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5d6b"/>' +
  '<path d="M8 9l8 15 8-15" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>';

const pageOf = (scripts: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Verona</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="console.css">
${scripts.map((path) => `<link rel="modulepreload" href="${path}">`).join("\n")}
<script type="module" src="main${EXTENSION}"></script>
</head>
<body>
<div id="console"><noscript>The console needs JavaScript.</noscript></div>
</body>
</html>
`;
