import fc from "fast-check";
import { expect, it } from "vitest";
import { NicknameMap } from "../../../src/muc/model/nickname-map.ts";
import { nicknameKey } from "../../../src/xmpp/jid.ts";

it("nicknames that are equal after normalization share one key, spelled as it was set last (RFC 3920 appendix B)", () => {
  const nick = fc.constantFrom("x2", "x²", "ｘ²", "fiona", "ﬁona", "🤷");
  const step = fc.tuple(fc.constantFrom("set", "delete", "look"), nick, fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const map = new NicknameMap<number>();
      const model = new Map<string, readonly [nick: string, value: number]>();
      for (const [kind, nick, value] of steps) {
        const key = nicknameKey(nick);
        if (kind === "set") {
          map.set(nick, value);
          model.set(key, [nick, value]);
        } else if (kind === "delete") expect(map.delete(nick)).toBe(model.delete(key));
        expect([map.has(nick), map.get(nick)]).toEqual([model.has(key), model.get(key)?.[1]]);
        expect(new Map(map)).toEqual(new Map(model.values()));
        expect(map.size).toBe(model.size);
      }
    }),
  );
});
