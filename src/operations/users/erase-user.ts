import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { actRecord } from "../../muc/model/act.ts";
import { Effects } from "../../muc/model/effects.ts";
import { ERASED, eraseAccount } from "../../muc/service/erase-account.ts";
import { type ErasePlace, FIRST_PLACE } from "../../storage/account-table.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { userParameter } from "../parameters.ts";
import { roomsWithTraces } from "./account-rooms.ts";

/** Messages that one transaction replaces, and the milliseconds between two steps. */
const STEP = 100;
const PAUSE_MS = 5;

/** Its parameter is not called `user`: the log names those. */
export const eraseUser: Operation = operation({
  name: "user.erase",
  summary: "Erases an account: its messages, affiliations and all that names it; bans stay as a hash",
  scope: "admin",
  effect: "destroys",
  http: "DELETE /users/{account}",
  operands: ["account"],
  params: z.strictObject({
    account: userParameter,
    skipRewrite: z.boolean().default(false).meta({
      description:
        "Leave the SQLite file as it is: quicker, but the address stays in its free space until the file is written anew",
    }),
  }),
  result: z.object({
    rooms: z.int().meta({ description: "Rooms that had something about the account" }),
    messages: z.int().meta({ description: "Archived messages that were replaced" }),
    ownerless: z.array(z.string()).meta({ description: "Rooms that have no owner any more" }),
    elsewhere: z
      .array(z.string())
      .meta({ description: "Rooms that another node serves: call the operation there too" }),
    isRewritten: z.boolean().meta({
      description: "False if the SQLite file may have the address in free space",
    }),
  }),
  refusals: ["not-allowed"],
  async run(service, { account, skipRewrite }, caller) {
    const { registry, store } = service;
    const { environment } = registry;
    if (environment.isServiceAdmin(account))
      return refuse(errors.notAllowed(say`Remove the administrator from the configuration first`));
    const [ownerless, elsewhere]: [string[], string[]] = [[], []];
    let [rooms, messages] = [0, 0];
    for await (const node of roomsWithTraces(store, account)) {
      const room = `${node}@${environment.domain}`;
      const erased = await service.inRoom(node, (live) => {
        const payload = eraseAccount(live, account);
        return ok({ payload, isOwned: [...live.affiliations.values()].some(isOwner) });
      });
      if (erased.kind === "refused") {
        if (erased.error.condition !== "item-not-found") elsewhere.push(room);
        continue;
      }
      rooms += 1;
      if (!erased.value.isOwned) ownerless.push(room);
      for (let step = STEP; step > 0; ) {
        step = await store.eraseMessages(node, account, erased.value.payload, STEP);
        messages += step;
        await delay(PAUSE_MS);
      }
    }
    await service.bans.erase(account);
    const effects = new Effects();
    const act = actRecord(environment.now(), { kind: "user-erased", by: caller.jid.bare });
    effects.journal.push({ kind: "act-recorded", node: "", act });
    await service.apply(effects);
    for (let place: ErasePlace | undefined = FIRST_PLACE; place; ) {
      place = await store.eraseTexts(account, ERASED, place);
      await delay(PAUSE_MS);
    }
    const isRewritten = !skipRewrite && (!store.rewrite || (await store.rewrite()));
    return ok({ rooms, messages, ownerless, elsewhere, isRewritten });
  },
});

const isOwner = ({ affiliation }: { readonly affiliation: string }): boolean => affiliation === "owner";
