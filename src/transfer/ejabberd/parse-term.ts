import { TransferError } from "../source.ts";
import { readTerm, type Term, TermSyntaxError } from "./term.ts";

/** Reads `TERM.`. Throws `TransferError` with the place. */
export function parseTerm(text: string, where: string): Term {
  try {
    return readTerm(text);
  } catch (error) {
    if (error instanceof TermSyntaxError) throw new TransferError(`${where}: ${error.message}`);
    throw error;
  }
}
