// Servers may keep archives and rooms in different places. The only sign of that is that no room has any history.
import { type Item, TransferError } from "./source.ts";

/** The place in which archives are looked for, in words for the operator. */
export interface ArchivePlace {
  readonly name: string;
  /** The server's setting that may name another place; undefined if the operator named this one (--archive). */
  readonly setting: string | undefined;
  /** A likely other place. */
  readonly suggestion?: string | undefined;
}

/** The archives of rooms, by node. */
interface Archives<T> {
  archive(node: string): AsyncIterable<T> | Iterable<T>;
}

/**
 * Passes on what `read` yields. If rooms have archiving on but no archive holds anything, the last item is a loss that
 * says how to import the history; if the operator named the place of the archives, throws `TransferError` instead.
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

function describeMissing({ name, setting, suggestion }: ArchivePlace): string {
  if (setting === undefined) throw new TransferError(`there is no history of these rooms in ${name}`);
  const example = suggestion === undefined ? "" : `, such as ${suggestion}`;
  return `the history: ${name} has none; if ${setting}, import with --archive and that place${example}`;
}
