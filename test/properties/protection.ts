// Random stanzas about the gate (XEP-0158) and lock-downs, and low limits that ordinary sequences reach.
import fc from "fast-check";
import type { ActionRates } from "../../src/muc/model/action-rates.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { type Arb, field, id, markup, mostly, often, pick, room } from "./pieces.ts";

/** Rates that some users reach within a sequence. */
export const RATES: ActionRates = {
  messagesPerMinute: 2,
  statesPerMinute: 2,
  privateMessagesPerMinute: 1,
  entriesPerMinute: 2,
  nicknamesPerMinute: 1,
  presencePerMinute: 2,
  invitationsPerMinute: 1,
  requestsPerMinute: 4,
  archiveQueriesPerMinute: 3,
  searchesPerMinute: 2,
  discoPerMinute: 2,
  domainRateFactor: 3,
};

export const LIMITS = {
  strangerCharacters: 400,
  strangerLines: 3,
  strangerMentions: 1,
  strangerBytes: 2_000,
  raidEntries: 3,
  raidRefusals: 2,
};

const answer = pick("accept", "heath", "Heath!", "never");
const command = (node: string, formType: string, ...fields: Arb[]): Arb =>
  markup`<command xmlns="${NS.commands}" node="${node}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${formType}</value></field>${fc
    .tuple(...fields)
    .map((all) => all.join(""))}</x></command>`;

/** Answers of those behind a gate. */
export const answers = fc.oneof(
  often(
    3,
    markup`<message ${pick('type="groupchat"', 'type="chat"', "")} ${id} to="${room}"><body>${answer}</body></message>`,
  ),
  often(
    1,
    markup`<iq type="set" ${id} to="${room}">${command("verona#answer", NS.captcha, field("qa", answer))}</iq>`,
  ),
  often(
    1,
    markup`<iq type="set" ${id} to="${room}"><captcha xmlns="${NS.captcha}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.captcha}</value></field>${field("challenge", pick("x"))}${field("qa", answer)}</x></captcha></iq>`,
  ),
);

/** Commands that begin and end a lock-down. */
export const lockdowns = mostly(
  command(
    "verona#lock-down",
    "verona#moderation",
    field("effect", pick("visitors", "gate", "refuse", "king")),
    field("minutes", pick("1", "10", "0")),
  ),
  pick(`<command xmlns="${NS.commands}" node="verona#end-lock-down"/>`),
);

/** Fields of the configuration form. */
export const protectionField = fc.oneof(
  often(
    6,
    markup`${field("verona#gate", pick("1"))}${field("verona#gate_question", pick("Where do they meet?"))}`,
  ),
  often(1, field("verona#gate", mostly(pick("1"), pick("0")))),
  often(1, field("verona#gate_question", mostly(pick("Where do they meet?"), pick("")))),
  often(2, field("verona#gate_answers", pick("heath", "heath|the heath", ""))),
  often(2, field("verona#flood_action", pick("mute", "kick", "none", "king"))),
  often(2, field("verona#raid_action", pick("visitors", "gate", "refuse", "none"))),
  often(
    1,
    field(pick("verona#raid_entries", "verona#raid_refusals", "verona#stranger_lines"), pick("0", "1", "x")),
  ),
  often(1, field("verona#lockdown_minutes", pick("0", "1", "15"))),
);
