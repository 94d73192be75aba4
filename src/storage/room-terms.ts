// The terms by which the stores find public rooms: every three letters in a row of a word, and its last two and last one. A
// word that a search finds anywhere in a text has all of its terms there. In hexadecimal, so that no database reads a
// letter as something else, and a beginning of a term is one of its writing.
import { comparedText } from "../muc/model/compared-text.ts";
import type { RoomConfig } from "../muc/model/room-config.ts";

const LENGTH = 3;

const write = (letters: readonly string[]): string => Buffer.from(letters.join("")).toString("hex");

/** Returns the distinct terms of a room in the list; undefined for a room that is not there. */
export function roomTerms(
  node: string,
  { name, description, public: isPublic }: Pick<RoomConfig, "name" | "description" | "public">,
  isLocked: boolean,
): string[] | undefined {
  if (!isPublic || isLocked) return undefined;
  const words = [name, description, node].flatMap((text) => comparedText(text).split(/\s+/u));
  return [
    ...new Set(
      words.flatMap((word) => {
        const letters = [...word];
        return letters.map((_, place) => write(letters.slice(place, place + LENGTH)));
      }),
    ),
  ];
}

/** The most rooms with the terms of a search that are compared with its words. */
export const MOST_CANDIDATES = 10_000;

/** Returns true if the name, description and node of a room (a row of `node`, `name` and `description`) have all the words. */
export function hasWords(
  { node, name, description }: Record<string, unknown>,
  words: readonly string[],
): boolean {
  const texts = [name, description, node].map((text) => comparedText(String(text)));
  return words.every((word) => texts.some((text) => text.includes(word)));
}

interface Term {
  readonly term: string;
  /** True if it is the beginning of a term of the room. */
  readonly isStart: boolean;
}

/**
 * Returns terms that a room with all the words has: side by side, as those between them hardly narrow the search. A short
 * word is the beginning of one.
 */
export function termsOf(words: readonly string[]): Term[] {
  return words.flatMap((word): Term[] => {
    const letters = [...word];
    if (letters.length < LENGTH) return [{ term: write(letters), isStart: true }];
    const last = letters.length - LENGTH;
    return Array.from({ length: Math.ceil(letters.length / LENGTH) }, (_, index) => {
      const place = Math.min(index * LENGTH, last);
      return { term: write(letters.slice(place, place + LENGTH)), isStart: false };
    });
  });
}
