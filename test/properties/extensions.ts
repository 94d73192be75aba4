// Random requests of the protocols beside XEP-0045: moderation (XEP-0425) and hats (XEP-0317).
import fc from "fast-check";
import { NS } from "../../src/xmpp/namespaces.ts";
import { type Arb, address, field, markup, mostly, often, pick, reason } from "./pieces.ts";

/** Most of the ids that the room gives out while a sequence is short. */
const said = fc.integer({ min: 2, max: 30 }).map((n) => `id-${n}`);
const moderation = markup`<moderate xmlns="${NS.moderate}" id="${said}"><retract xmlns="${NS.retract}"/>${reason}</moderate>`;

const HATS = "urn:xmpp:hats:commands";
const hat = pick("urn:x:scribe", "urn:x:fool");
const command = (name: string, ...fields: Arb[]): Arb =>
  markup`<command xmlns="${NS.commands}" node="${HATS}:${name}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${HATS}</value></field>${fc
    .tuple(...fields)
    .map((all) => all.join(""))}</x></command>`;
const hats = fc.oneof(
  often(4, command("create", field("hats#title", pick("Scribe", "Fool")), field("hats#uri", hat))),
  often(4, command("assign", field("hats#jid", address), field("hats#uri", hat))),
  often(1, command("unassign", field("hats#jid", address), field("hats#uri", hat))),
  often(1, command("destroy", field("hats#uri", hat))),
  often(
    1,
    pick(
      ...["list", "list-assigned", "king"].map(
        (n) => `<command xmlns="${NS.commands}" node="${HATS}:${n}"/>`,
      ),
    ),
  ),
);

/** Payloads of requests to the room. */
export const extensions = mostly(hats, moderation);
