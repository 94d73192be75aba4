// Replies to IQs as output: at once, or read from the store.
import { Effects, type Reveals, type StoreQuery } from "./muc/model/effects.ts";
import type { IqReply } from "./muc/model/outcome.ts";
import { type Awaitable, type Records, whenReady } from "./muc/model/records.ts";
import { sizeOf } from "./xmpp/element.ts";
import { bareOf } from "./xmpp/jid.ts";
import { errorReply, resultReply, type Stanza } from "./xmpp/stanza.ts";

/** Adds the reply to an IQ to `effects`, and returns them. */
export function sendReply(effects: Effects, stanza: Stanza, reply: IqReply): Effects {
  if (reply.kind === "refused") {
    effects.send(errorReply(stanza, reply.error, bareOf(stanza.to.full)));
    return effects;
  }
  for (const each of reply.before) effects.send(each);
  effects.send(resultReply(stanza, reply.payload));
  return effects;
}

/** Returns the query of the store that answers an IQ; `reveals` as in `Effects`. */
export function storeQuery(
  stanza: Stanza,
  read: (records: Records) => Awaitable<IqReply>,
  reveals: Reveals | undefined,
): Omit<StoreQuery, "kind"> {
  return {
    account: stanza.from.bare,
    size: sizeOf(stanza.element),
    read: (records) =>
      whenReady(read(records), (reply) => {
        const effects = sendReply(new Effects(stanza.to.local), stanza, reply);
        if (reveals === "nothing") effects.reveals = reveals;
        return effects;
      }),
    refuse: (error) => errorReply(stanza, error, bareOf(stanza.to.full)),
  };
}
