// Archives that are kept in another place than rooms: where rooms are nothing says so, but that there is no history at all.
import { type Item, TransferError } from "./source.ts";

/** Where archives are looked for, in words for the operator. */
export interface ArchivePlace {
  readonly name: string;
  /** What may say that they are elsewhere; undefined where this place was named for them. */
  readonly setting: string | undefined;
  /** What may be the other place. */
  readonly beside?: string | undefined;
}

/** A storage of rooms and of their archives, by nodes. */
interface Archives<T> {
  archive(node: string): AsyncIterable<T> | Iterable<T>;
}

/**
 * What is read from rooms with those archives; at the end, where rooms are archived and no archive has anything, a loss
 * that says how to bring the history. Throws `TransferError` then where the place was named for them.
 */
export async function* reportMissingHistory<T>(
  { archive }: Archives<T>,
  place: ArchivePlace,
  read: (archives: { archive(node: string): AsyncIterable<T> }) => AsyncIterable<Item>,
): AsyncGenerator<Item> {
  let isArchived = false;
  let isEmpty = true;
  const watched = {
    async *archive(node: string) {
      for await (const item of archive(node)) {
        isEmpty = false;
        yield item;
      }
    },
  };
  for await (const item of read(watched)) {
    isArchived ||= item.kind === "room" && item.room.config.archiving;
    yield item;
  }
  if (isArchived && isEmpty) yield { kind: "loss", node: undefined, what: describeMissing(place) };
}

function describeMissing({ name, setting, beside }: ArchivePlace): string {
  if (setting === undefined) throw new TransferError(`there is no history of these rooms in ${name}`);
  const example = beside === undefined ? "" : `, such as ${beside}`;
  return `the history: there is none in ${name}; where ${setting}, import with --archive and that place${example}`;
}
