import { nicknameKey } from "../../xmpp/jid.ts";
import { SmallMap } from "./small-map.ts";

/**
 * A map by nickname. Nicknames that are equal after normalization (RFC 3920 appendix B) find the same entry; keys keep
 * the spelling that was set last.
 */
export class NicknameMap<V> extends SmallMap<string, V> {
  /** The nicknames whose spelling differs from the normalized one, by the normalized one. */
  #forms: Map<string, string> | undefined;

  override has(nick: string): boolean {
    return super.has(this.#formOf(nick));
  }

  override get(nick: string): V | undefined {
    return super.get(this.#formOf(nick));
  }

  override set(nick: string, value: V): this {
    const form = this.#formOf(nick);
    if (form !== nick) this.delete(form);
    const key = nicknameKey(nick);
    if (key !== nick) {
      this.#forms ??= new Map();
      this.#forms.set(key, nick);
    }
    return super.set(nick, value);
  }

  override delete(nick: string): boolean {
    const form = this.#formOf(nick);
    this.#forms?.delete(nicknameKey(form));
    return super.delete(form);
  }

  override clear(): void {
    this.#forms = undefined;
    super.clear();
  }

  /** Returns the spelling of a nickname that is in the map; the nickname itself if there is none. */
  #formOf(nick: string): string {
    if (super.has(nick)) return nick;
    const key = nicknameKey(nick);
    return super.has(key) ? key : (this.#forms?.get(key) ?? nick);
  }
}
