// The SQL of the public list (XEP-0045 section 6.3). Its rooms are in sections of some hundreds, each with its first node
// and its number of rooms, which triggers keep up. So a page and the place of a room are found without reading all rooms.
import type { ListedRoom, ListQuery } from "../muc/model/records.ts";

interface Tables {
  /** The tables of rooms and of sections. */
  readonly room: string;
  readonly section: string;
  /** The columns of a listed room, and the SQL condition for it. */
  readonly columns: string;
  readonly isListed: string;
  /** Writes the parameter with a number, from 1. */
  parameter(number: 1 | 2): string;
}

/** The statements of the list; `max` is the second parameter of those that read rooms. */
export function listStatements({ room, section, columns, isListed, parameter }: Tables) {
  const [place, max] = [parameter(1), parameter(2)];
  const rooms = `SELECT ${columns} FROM ${room} WHERE ${isListed}`;
  return {
    listAfter: `${rooms} AND node > ${place} ORDER BY node LIMIT ${max}`,
    listBefore: `${rooms} AND node < ${place} ORDER BY node DESC LIMIT ${max}`,
    listFrom: `WITH start AS (SELECT first_node, CAST(before AS BIGINT) AS before
        FROM (SELECT first_node, sum(rooms) OVER (ORDER BY first_node) - rooms AS before FROM ${section}) AS places
        WHERE before <= ${place} ORDER BY first_node DESC LIMIT 1)
      ${rooms} AND node >= (SELECT first_node FROM start) ORDER BY node
      LIMIT ${max} OFFSET (SELECT ${place} - before FROM start)`,
    countListed: `SELECT sum(rooms) AS n FROM ${section}`,
    countListedBefore: `SELECT coalesce((SELECT sum(rooms) FROM ${section} WHERE first_node < start.first_node), 0)
        + (SELECT count(*) FROM ${room} WHERE ${isListed} AND node >= start.first_node AND node < ${place}) AS n
      FROM (SELECT max(first_node) AS first_node FROM ${section} WHERE first_node <= ${place}) AS start`,
  } as const;
}

type ListStatement = Extract<keyof ReturnType<typeof listStatements>, `list${string}`>;

/** Returns the statement for a page, and its place. */
export function statementFor({ after, before, index }: ListQuery): readonly [ListStatement, string | number] {
  if (before !== undefined) return ["listBefore", before];
  return index === undefined ? ["listAfter", after ?? ""] : ["listFrom", index];
}

/** Puts the rows of a page into the order of nodes. */
export const inOrder = (rooms: ListedRoom[], { before }: ListQuery): ListedRoom[] =>
  before === undefined ? rooms : rooms.reverse();
