// Random requests of the protocols beside XEP-0045: moderation (XEP-0425), archives (XEP-0313), hats (XEP-0317), and the
// commands of moderators.
import fc from "fast-check";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ROOMS } from "./cast.ts";
import {
  type Arb,
  address,
  field,
  id,
  markup,
  mostly,
  nick,
  often,
  pick,
  reason,
  room,
  text,
} from "./pieces.ts";

/** Most of the ids that the room assigns in a short sequence. */
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

const MEASURES = "verona#moderation";
const who = fc.oneof(
  often(4, field("who", nick)),
  often(3, field("who", address)),
  often(1, field("stanza-id", said)),
);
const minutes = field("minutes", pick("1", "10", "forever", "0"));
const measure = (name: string, ...fields: Arb[]): Arb =>
  markup`<command xmlns="${NS.commands}" node="verona#${name}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${MEASURES}</value></field>${fc
    .tuple(...fields)
    .map((all) => all.join(""))}</x></command>`;
const messages = field("messages", pick("none", "hour", "all", "king"));
const measures = fc.oneof(
  often(4, measure("mute", who, minutes, field("reason", text))),
  often(1, measure("unmute", who)),
  often(2, measure("ban", who, minutes, messages)),
  often(2, measure("remove-messages", who, messages)),
  often(10, measure("silence", mostly(field("who", nick), who), field("minutes", pick("10", "forever")))),
  often(1, measure("unsilence", who)),
  often(1, measure("members-only", minutes)),
  often(1, pick(`<command xmlns="${NS.commands}" node="verona#reports"/>`)),
);

const filter = fc.oneof(
  often(4, field("with", address)),
  often(2, field("with", markup`${ROOMS[0] ?? ""}/${nick}`)),
  often(2, field(pick("after-id", "before-id", "ids"), said)),
  often(1, field(pick("start", "end"), pick("2026-01-01T00:00:10Z", "2026-01-01T00:00:00Z", "then"))),
  often(1, field("{urn:xmpp:fulltext:0}fulltext", text)),
  often(1, field("king", text)),
);
const archiveForm = markup`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mam}</value></field>${mostly(filter, markup`${filter}${filter}`)}</x>`;
const place = fc.oneof(
  often(2, pick("<before/>", "")),
  often(2, markup`<before>${said}</before>`),
  often(2, markup`<after>${said}</after>`),
);
const set = markup`<set xmlns="${NS.rsm}"><max>${pick("0", "1", "2", "10", "x")}</max>${place}</set>`;
const inside = fc.oneof(archiveForm, set, markup`${archiveForm}${set}`, pick("", "<flip-page/>"));

/** Requests to a room's archive (XEP-0313), most of them of type "set". */
export const archiveRequests = fc.oneof(
  often(9, markup`type="set" ${id} to="${room}"><query xmlns="${NS.mam}" queryid="q">${inside}</query>`),
  often(
    1,
    markup`type="get" ${id} to="${room}">${pick(`<metadata xmlns="${NS.mam}"/>`, `<query xmlns="${NS.mam}"/>`)}`,
  ),
);

/** Payloads of requests to the room. */
const earlierModeration = markup`<apply-to xmlns="${NS.fasten}" id="${said}"><moderate xmlns="${NS.moderateEarlier}"><retract xmlns="${NS.retractEarlier}"/>${reason}</moderate></apply-to>`;
export const extensions = fc.oneof(
  often(4, hats),
  often(9, measures),
  often(1, mostly(moderation, earlierModeration)),
);
