// Options of a room that its owners may not change, by the operator's settings (docs/moderation.md).
import type { OptionKey } from "../model/room-options.ts";
import type { Room } from "../room/room.ts";

/**
 * Returns true if the operator lets a user change an option. A user who may not make rooms persistent or public may still
 * leave a room so, or end it. Administrators of the service may change everything.
 */
export function mayChangeOption({ config, environment }: Room, bareJid: string, key: OptionKey): boolean {
  const { access, fixedOptions, isServiceAdmin } = environment;
  if (isServiceAdmin(bareJid)) return true;
  if (fixedOptions.includes(key)) return false;
  if (key === "persistent") return config.persistent || access.mayPersist(bareJid);
  return key !== "public" || config.public || access.mayPublish(bareJid);
}
