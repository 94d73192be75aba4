import { setAffiliations } from "./affiliations/set-affiliations.ts";
import { createBot } from "./bots/create-bot.ts";
import { listBots } from "./bots/list-bots.ts";
import { removeBot } from "./bots/remove-bot.ts";
import { sayAsBot } from "./bots/say-as-bot.ts";
import { setBotCommands } from "./bots/set-bot-commands.ts";
import { ban } from "./moderation/ban.ts";
import { closeReport } from "./moderation/close-report.ts";
import { decideHeld } from "./moderation/decide-held.ts";
import { endLockDown } from "./moderation/end-lock-down.ts";
import { listHeld } from "./moderation/list-held.ts";
import { listQueue } from "./moderation/list-queue.ts";
import { listReports } from "./moderation/list-reports.ts";
import { lockDown } from "./moderation/lock-down.ts";
import { membersOnly } from "./moderation/members-only.ts";
import { mute } from "./moderation/mute.ts";
import { removeMessages } from "./moderation/remove-messages.ts";
import { silence } from "./moderation/silence.ts";
import { unmute } from "./moderation/unmute.ts";
import { unsilence } from "./moderation/unsilence.ts";
import { kick } from "./occupants/kick.ts";
import { setRole } from "./occupants/set-role.ts";
import type { Operation } from "./operation.ts";
import { configureRoom } from "./rooms/configure-room.ts";
import { createRoom } from "./rooms/create-room.ts";
import { destroyRoom } from "./rooms/destroy-room.ts";
import { destroyUnusedRooms } from "./rooms/destroy-unused-rooms.ts";
import { invite } from "./rooms/invite.ts";
import { listMessages } from "./rooms/list-messages.ts";
import { listRooms } from "./rooms/list-rooms.ts";
import { listUnusedRooms } from "./rooms/list-unused-rooms.ts";
import { purgeArchive } from "./rooms/purge-archive.ts";
import { renameRoom } from "./rooms/rename-room.ts";
import { sendMessage } from "./rooms/send-message.ts";
import { setSubject } from "./rooms/set-subject.ts";
import { showRoom } from "./rooms/show-room.ts";
import { announce } from "./service/announce.ts";
import { backUp } from "./service/back-up.ts";
import { listActs } from "./service/list-acts.ts";
import { reload } from "./service/reload.ts";
import { setLogLevel } from "./service/set-log-level.ts";
import { showBlocklists } from "./service/show-blocklists.ts";
import { showCounters } from "./service/show-counters.ts";
import { showStatus } from "./service/show-status.ts";
import { createToken } from "./tokens/create-token.ts";
import { listTokens } from "./tokens/list-tokens.ts";
import { revokeToken } from "./tokens/revoke-token.ts";
import { banUser } from "./users/ban-user.ts";
import { eraseUser } from "./users/erase-user.ts";
import { exportUser } from "./users/export-user.ts";
import { listBans } from "./users/list-bans.ts";
import { listUserRooms } from "./users/list-user-rooms.ts";
import { unbanUser } from "./users/unban-user.ts";
import { createWebhook } from "./webhooks/create-webhook.ts";
import { listDeadLetters } from "./webhooks/list-dead-letters.ts";
import { listWebhooks } from "./webhooks/list-webhooks.ts";
import { removeWebhook } from "./webhooks/remove-webhook.ts";
import { retryWebhook } from "./webhooks/retry-webhook.ts";
import { showWebhook } from "./webhooks/show-webhook.ts";

/** All operations, in the order of the documentation. */
export const CATALOGUE: readonly Operation[] = [
  showStatus,
  showCounters,
  announce,
  reload,
  setLogLevel,
  backUp,
  createToken,
  listTokens,
  revokeToken,
  createWebhook,
  listWebhooks,
  showWebhook,
  removeWebhook,
  listDeadLetters,
  retryWebhook,
  listRooms,
  listUnusedRooms,
  destroyUnusedRooms,
  showRoom,
  createRoom,
  configureRoom,
  renameRoom,
  destroyRoom,
  setAffiliations,
  setRole,
  kick,
  invite,
  setSubject,
  sendMessage,
  createBot,
  listBots,
  setBotCommands,
  removeBot,
  sayAsBot,
  listMessages,
  purgeArchive,
  mute,
  unmute,
  ban,
  removeMessages,
  silence,
  unsilence,
  lockDown,
  endLockDown,
  membersOnly,
  listQueue,
  listReports,
  closeReport,
  listHeld,
  decideHeld,
  listActs,
  listUserRooms,
  exportUser,
  eraseUser,
  banUser,
  unbanUser,
  listBans,
  showBlocklists,
];

/** Returns the operation of a name. */
export const findOperation = (name: string): Operation | undefined =>
  CATALOGUE.find((operation) => operation.name === name);
