// Parts of random stanzas. Content that a client may not send itself contains the word FORGED.
import fc from "fast-check";
import { escapeAttribute, escapeText } from "../../src/xmpp/escape.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { BANNED, CLIENTS, ROOMS, SERVICE, USERS } from "./cast.ts";

export type Arb = fc.Arbitrary<string>;

/** Builds markup with a placeholder for each arbitrary. */
export function markup(texts: TemplateStringsArray, ...holes: (Arb | string)[]): Arb {
  const arbs = holes.map((hole) => (typeof hole === "string" ? fc.constant(hole) : hole));
  return fc.tuple(...arbs).map((values) => texts.reduce((all, text, i) => all + values[i - 1] + text));
}

export const pick = (...values: string[]): Arb => fc.constantFrom(...values);
export const often = (weight: number, arbitrary: Arb) => ({ weight, arbitrary });
/** Generates mostly the first, sometimes the second. */
export const mostly = (usual: Arb, rare: Arb): Arb => fc.oneof(often(6, usual), often(1, rare));

export const user = pick(...USERS);
export const client = pick(...CLIENTS);
export const room = fc.oneof(often(20, pick(ROOMS[0] ?? "")), often(3, pick(...ROOMS)));
const attribute = escapeAttribute;
/** Placeholder for the nickname that the sender has most of the time. */
export const OWN_NICK = "{own}";
const NICKS = ["tybalt", "benvolio", "mercutio", "romeo", "juliet", "nurse"];
export const nickOf = (jid: string): string => NICKS[CLIENTS.indexOf(jid) >> 1] ?? "";
const usualNick = pick(...NICKS);
const oddNick = pick(
  ...["rome\u0301o", "tyb\u0430lt", "Tybalt", "<&'\">", "\u{1F483}\u{1F3FD}", "two  words", "a/b@c", "$&"],
  ...["\u200b", " ", "\u202eoemor", "\ufeffromeo", "\u00a0", "x".repeat(1024), "\u0627\u200c\u0628"],
).map(attribute);
export const nick = fc.oneof(often(12, usualNick), often(1, oddNick));
export const ownNick = fc.oneof(often(6, pick(OWN_NICK)), often(2, nick));
export const id = pick('id="1"', 'id="a&amp;b"', "");
const oddText = pick("]]>", "&<>\"'", "\ufffe\u0000", "\u{1F469}\u200d\u{1F680}", "\r\n", "", " ", "$`$&");
export const text = mostly(pick("hail", "fie"), oddText).map(escapeText);
export const affiliation = mostly(pick("owner", "admin", "member", "none", "outcast"), pick("", "king"));
export const role = mostly(pick("moderator", "participant", "visitor", "none"), pick("", "king"));
export const address = fc.oneof(
  often(8, user),
  often(2, client),
  often(1, pick(BANNED)),
  often(1, pick("friar@abbey.example", "REAL1@Montague.example", "@", "", "a b@c", SERVICE, ROOMS[0] ?? "")),
);
export const reason = mostly(pick(""), markup`<reason>${text}</reason>`);

/** Content that a client sends beside the payload, or instead of it. */
export const extra = mostly(
  pick(""),
  pick(
    `<x xmlns="${NS.mucUser}"><item affiliation="owner" role="moderator" jid="FORGED@x.example"/><status code="110"/></x>`,
    `<occupant-id xmlns="${NS.occupantId}" id="FORGED"/>`,
    `<stanza-id xmlns="${NS.stanzaId}" by="${ROOMS[0]}" id="FORGED in the name of ${ROOMS[0]}"/>`,
    `<delay xmlns="${NS.delay}" from="${ROOMS[0]}" stamp="x">FORGED in the name of ${ROOMS[0]}</delay>`,
    `<hats xmlns="${NS.hats}"><hat title="FORGED" uri="x"/></hats>`,
    `<stanza-id xmlns="${NS.stanzaId}" by="other.example" id="kept"/>`,
    '<p:a xmlns:p="urn:p"><b p:c="1"/><p:d xml:lang="en"/></p:a>',
    '<a xmlns="urn:a"><b xmlns="">&lt;&amp;</b>]]&gt;</a>',
    '<error type="cancel"/>',
    ...["id-2", "id-5", "id-9"].map((said) => `<retract xmlns="${NS.retract}" id="${said}"/>`),
    `<apply-to xmlns="${NS.fasten}" id="id-5"><retract xmlns="${NS.retractEarlier}"/></apply-to>`,
    "<show>away</show><status>$&amp; $` &lt;</status>",
  ),
);

export const query = (xmlns: string, inside: Arb | string): Arb =>
  markup`<query xmlns="${xmlns}">${inside}</query>`;
/** Generates a field of a submitted form. */
export const field = (name: Arb | string, ...values: (Arb | string)[]): Arb => {
  const written = fc.tuple(...values.map((value) => markup`<value>${value}</value>`));
  return markup`<field var="${name}">${written.map((all) => all.join(""))}</field>`;
};
