// The files of the console, as the listener of the HTTP API serves them.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readConsole } from "../../src/http/console-files.ts";
import { openHttp } from "../../src/http/server.ts";

const FOLDER = fileURLToPath(new URL("../../src/console/", import.meta.url));

async function open(
  hasConsole: boolean,
): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const parts = {
    ...{ version: "1.2.3", state: () => "starting", service: () => undefined },
    ...{ wrongToken: () => {}, faulted: () => {} },
  };
  const { port, close } = await openHttp({ host: "127.0.0.1", port: 0, console: hasConsole }, parts);
  onTestFinished(close);
  return (path, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: "manual" });
}

test("the page and its files come without a token, and with a policy that allows this origin alone", async () => {
  const get = await open(true);
  const page = await get("/console/");
  const text = await page.text();
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(named).toEqual(expect.arrayContaining(["main.ts", "console.css", "packages/preact.js"]));
  for (const path of ["", ...named]) {
    const { status, headers } = await get(`/console/${path}`);
    expect(status, path).toBe(200);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-cache");
  }
  expect(text).not.toMatch(/<script(?! type="module" src=)|<style| style=| on\w+=/);
});

test("a file that the browser has is not sent again", async () => {
  const get = await open(true);
  const tag = (await get("/console/main.ts")).headers.get("etag") ?? "";
  const again = await get("/console/main.ts", { "if-none-match": tag });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("the address without its slash leads to the page", async () => {
  const moved = await (await open(true))("/console");
  expect([moved.status, moved.headers.get("location")]).toEqual([308, "/console/"]);
});

test.each([
  "/console/nothing.ts",
  "/console/../package.json",
  "/console/%2e%2e/%2e%2e/package.json",
  "/console/tsconfig.json",
])("%s is not served", async (path) => {
  expect((await (await open(true))(path)).status).toBe(404);
});

test("without http.console there is none", async () => {
  expect((await (await open(false))("/console/")).status).toBe(404);
});

test("scripts import each other by addresses that exist", () => {
  const files = readConsole();
  const scripts = [...files].filter(([, { type }]) => type.startsWith("text/javascript"));
  expect(scripts.length).toBeGreaterThan(20);
  for (const [path, { body }] of scripts)
    for (const [, name = ""] of body.matchAll(/\b(?:from|import) ?"([^"]+)"/g))
      expect(files.has(new URL(name, `http://a/${path}`).pathname.slice(1)), `${name} in ${path}`).toBe(true);
});

test("nothing in the console makes elements of texts", () => {
  const ways =
    /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|setHTML|createContextualFragment|DOMParser|document\.write|\beval\(|new Function|srcdoc/;
  for (const path of globSync("**/*.ts", { cwd: FOLDER }))
    expect(ways.exec(readFileSync(`${FOLDER}${path}`, "utf8"))?.[0], path).toBeUndefined();
});
