// join-demo.ts URL: joins the chat of a running demo as its page does. Exits with 1 if that fails.
import { client, xml } from "@xmpp/client";
import { z } from "zod";
import { NS } from "../../src/xmpp/namespaces.ts";

const TIMEOUT_MS = 30_000;
const SETTINGS = /<script id="settings" type="application\/json">(.*?)<\/script>/s;
const settingsSchema = z.object({
  people: z.tuple([z.string()], z.string()),
  domain: z.string(),
  password: z.string(),
  room: z.string(),
  websocket: z.string(),
});

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

const page = new URL(process.argv[2] ?? "");
const settings = settingsSchema.parse(JSON.parse(SETTINGS.exec(await fetchText(page))?.[1] ?? ""));
await fetchText(new URL("/dist/converse.min.js", page));

const xmpp = client({
  service: settings.websocket,
  domain: settings.domain,
  username: settings.people[0],
  password: settings.password,
});
const timer = setTimeout(() => {
  process.stderr.write("the room does not answer\n");
  process.exit(1);
}, TIMEOUT_MS);
const joined = new Promise<void>((resolve, reject) => {
  xmpp.on("error", reject);
  xmpp.on("stanza", (stanza) => {
    if (stanza.getChild("x", NS.mucUser)?.getChildByAttr("code", "110")) resolve();
  });
});
await xmpp.start();
await xmpp.send(xml("presence", { to: `${settings.room}/Romeo` }, xml("x", { xmlns: NS.muc })));
await joined;
clearTimeout(timer);
await xmpp.stop();
