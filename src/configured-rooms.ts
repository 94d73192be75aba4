// Rooms that the configuration describes: created if they are missing, changed where they differ, never destroyed.
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { z } from "zod";
import type { ConfiguredRoom } from "./config/config.ts";
import type { OperationOutcome } from "./operations/operation.ts";
import type { OperationRunner } from "./operations/run-operation.ts";

interface ConfiguredRoomsParts {
  rooms(): Readonly<Record<string, ConfiguredRoom>>;
  readonly operations: OperationRunner;
  /** Returns true if this process does what one of them has to do for all. */
  isFirst(): boolean;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** What an operation shows of a room. */
const shownRoom = z.object({
  configuration: z.record(z.string(), z.unknown()),
  affiliations: z.array(
    z.object({ user: z.string(), affiliation: z.string(), nickname: z.string().optional() }),
  ),
});
type ShownRoom = z.output<typeof shownRoom>;

/** Milliseconds until a process of a cluster asks again whether it is the first. */
const AGAIN_MS = 5_000;

export class ConfiguredRooms {
  readonly #parts: ConfiguredRoomsParts;
  #timer: NodeJS.Timeout | undefined;
  #known: readonly string[] = [];
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ConfiguredRoomsParts) {
    this.#parts = parts;
  }

  /** Compares the rooms with the configuration, after the start and after each reload. */
  request(): void {
    clearTimeout(this.#timer);
    if (!this.#parts.isFirst()) {
      this.#timer = setTimeout(() => this.request(), AGAIN_MS);
      return;
    }
    this.#work = this.#work.then(() => this.#compare());
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #compare(): Promise<void> {
    const rooms = this.#parts.rooms();
    for (const room of this.#known)
      if (!(room in rooms))
        this.#parts.log.warn({ room }, "a room is no longer in the configuration: it stays");
    this.#known = Object.keys(rooms);
    for (const [room, wanted] of Object.entries(rooms)) await this.#compareRoom(room, wanted);
  }

  async #compareRoom(room: string, wanted: ConfiguredRoom): Promise<void> {
    const { log } = this.#parts;
    const shown = await this.#run("room.show", { room });
    if (shown.kind === "refused" && shown.error.condition === "item-not-found") {
      const affiliations = affiliationsOf(wanted).filter(({ affiliation }) => affiliation !== "owner");
      const created = await this.#run("room.create", {
        room,
        owners: wanted.owners,
        set: wanted.options,
        affiliations,
      });
      if (created.kind !== "refused") log.info({ room }, "created a room of the configuration");
      else log.error({ room, err: created.error }, "cannot create a room of the configuration");
      return;
    }
    const found = shown.kind === "result" ? shownRoom.safeParse(shown.value).data : undefined;
    if (!found) {
      log.error(
        { room, ...(shown.kind === "refused" && { err: shown.error }) },
        "cannot compare a room with the configuration",
      );
      return;
    }
    await this.#change(room, wanted, found);
  }

  async #change(room: string, wanted: ConfiguredRoom, found: ShownRoom): Promise<void> {
    const { log } = this.#parts;
    const set = Object.fromEntries(
      Object.entries(wanted.options).filter(
        // The password is not shown.
        ([key, value]) => key !== "password" && !isDeepStrictEqual(value, found.configuration[key]),
      ),
    );
    const changes = affiliationsOf(wanted).filter((each) => !isAlready(each, found));
    if (Object.keys(set).length === 0 && changes.length === 0) return;
    // Affiliations first: a room that becomes members-only keeps its members inside.
    const outcomes = [
      changes.length > 0 && (await this.#run("affiliations.set", { room, changes })),
      Object.keys(set).length > 0 && (await this.#run("room.configure", { room, set })),
    ];
    const facts = { room, options: Object.keys(set), users: changes.map(({ user }) => user) };
    const refused = outcomes.find((outcome) => outcome && outcome.kind === "refused");
    if (refused) log.error({ ...facts, err: refused.error }, "cannot change a room as in the configuration");
    else log.info(facts, "changed a room that differed from the configuration");
  }

  #run(name: string, params: Record<string, unknown>): Promise<OperationOutcome> {
    const { operations } = this.#parts;
    return operations.run(name, params, operations.operator("the configuration"));
  }
}

interface WantedAffiliation {
  readonly user: string;
  readonly affiliation: "owner" | "admin" | "member" | "outcast";
  readonly nickname?: string;
}

function affiliationsOf({ owners, admins, members, banned }: ConfiguredRoom): WantedAffiliation[] {
  return [
    ...owners.map((user): WantedAffiliation => ({ user, affiliation: "owner" })),
    ...admins.map((user): WantedAffiliation => ({ user, affiliation: "admin" })),
    ...Object.entries(members).map(
      ([user, nickname]): WantedAffiliation => ({
        user,
        affiliation: "member",
        ...(nickname !== "" && { nickname }),
      }),
    ),
    ...banned.map((user): WantedAffiliation => ({ user, affiliation: "outcast" })),
  ];
}

function isAlready({ user, affiliation, nickname }: WantedAffiliation, { affiliations }: ShownRoom): boolean {
  const found = affiliations.find((each) => each.user === user);
  return found?.affiliation === affiliation && (nickname === undefined || nickname === found.nickname);
}
