// Links and paths in the documentation must resolve.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((page) => existsSync(join(ROOT, page)));

const read = (page: string): string => readFileSync(join(ROOT, page), "utf8").replace(/^```.*?^```/gms, "");

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** Returns the anchors that GitHub makes from a page's headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
  return new Set(headings);
}

test.each(pages)("every link of %s leads to a file, and to a heading where it names one", (page) => {
  const broken = [...read(page).matchAll(LINK)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).has(anchor);
    });
  expect(broken).toEqual([]);
});

const PATH = /`([\w.-]+(?:\/[\w.-]+)+)`/g;
/** Folders to which a path in the text may be relative. */
const FOLDERS = ["", "src", "test", "bench"];

test.each(pages)("every path that %s names in a code span exists", (page) => {
  const missing = [...read(page).matchAll(PATH)]
    .map(([, path = ""]) => path)
    .filter((path) => !FOLDERS.some((folder) => existsSync(join(ROOT, folder, path))));
  expect(missing).toEqual([]);
});
