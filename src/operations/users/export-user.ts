import { z } from "zod";
import { mentions } from "../../muc/model/account-mentions.ts";
import type { ArchivedMessage, RoomRecord } from "../../muc/model/journal.ts";
import type { Store } from "../../storage/store.ts";
import { bareOf } from "../../xmpp/jid.ts";
import { ok } from "../../xmpp/result.ts";
import { type Operation, streamOperation } from "../operation.ts";
import type { OperationService } from "../operation-service.ts";
import { userParameter } from "../parameters.ts";
import { roomsWithTraces } from "./account-rooms.ts";

const PAGE = 500;

const line = z.object({
  kind: z.enum(["affiliation", "client", "note", "message", "act", "ban", "standing"]).meta({
    description:
      "`note`: an entry of what a room remembers, such as invitations, registrations, requests, reports and measures, by the name of the note; `standing`: how lists of the service treat the account",
  }),
  room: z.string().exactOptional(),
  data: z.record(z.string(), z.unknown()),
});
type Line = z.input<typeof line>;

export const exportUser: Operation = streamOperation({
  name: "user.export",
  summary: "Writes everything that is kept about an account, as JSON Lines",
  scope: "admin",
  effect: "reads",
  http: "GET /users/{account}/export",
  operands: ["account"],
  params: z.strictObject({ account: userParameter }),
  result: line,
  refusals: [],
  run: async (service, { account }) => ok(everythingAbout(service, account)),
});

async function* everythingAbout(
  { registry, store, bans }: OperationService,
  account: string,
): AsyncGenerator<Line> {
  const { domain, access } = registry.environment;
  const standing = access.standingOf(account);
  if (standing !== "free") yield { kind: "standing", data: { standing } };
  for (let after = ""; ; ) {
    const page = bans.list(after, PAGE);
    for (const ban of page) {
      const texts = [ban.account, ban.by ?? "", ban.reason ?? ""];
      if (texts.some((text) => mentions(text, account))) yield { kind: "ban", data: { ...ban } };
    }
    const last = page.at(-1);
    if (!last) break;
    after = last.account;
  }
  for await (const node of roomsWithTraces(store, account)) {
    const record = await store.loadRoom(node);
    const room = `${node}@${domain}`;
    if (record) for (const each of inRoom(record, account)) yield { ...each, room };
    for await (const { payload, ...message } of messagesOf(store, node, account))
      yield { kind: "message", room, data: { ...message, payload } };
  }
  for (let last = 0; ; ) {
    const page = await store.actsAfter(last, PAGE);
    for (const { id: _id, node, ...act } of page)
      if (mentions(JSON.stringify(act), account))
        yield { kind: "act", ...(node !== "" && { room: `${node}@${domain}` }), data: act };
    const end = page.at(-1);
    if (!end) return;
    last = end.id;
  }
}

function* inRoom({ affiliations, sessions, notes, config }: RoomRecord, account: string): Generator<Line> {
  for (const record of affiliations)
    if (record.jid === account || mentions(record.reason ?? "", account))
      yield { kind: "affiliation", data: { ...record } };
  for (const session of sessions)
    if (bareOf(session.jid) === account) yield { kind: "client", data: { ...session } };
  if (config.contacts.includes(account)) yield { kind: "note", data: { note: "contacts", entry: account } };
  for (const [note, text] of notes)
    for (const entry of entriesOf(text))
      if (mentions(JSON.stringify(entry), account)) yield { kind: "note", data: { note, entry } };
}

/** Returns the entries of a note that is a list, or the whole note. */
function entriesOf(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [text];
  }
}

/** Yields what an account has said in a room, and what was said to it alone. */
async function* messagesOf(
  store: Pick<Store, "readArchive">,
  node: string,
  account: string,
): AsyncGenerator<ArchivedMessage> {
  for (let last: string | undefined; ; ) {
    const afterIds: string[] = last === undefined ? [] : [last];
    const page = await store.readArchive(node, {
      ...{ afterIds, beforeIds: [], extras: "all", max: PAGE, fromEnd: false },
    });
    // Retention has removed the last one: what follows is older than its limits, too.
    if (!page) return;
    yield* page.messages.filter(({ jid, to }) => bareOf(jid) === account || to?.jid === account);
    last = page.messages.at(-1)?.stanzaId ?? page.reached;
    if (page.complete || last === undefined) return;
  }
}
