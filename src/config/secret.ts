import { readFileSync } from "node:fs";
import { reasonOf } from "./file.ts";
import type { SourceValues } from "./schema.ts";

/**
 * Returns the component's secret, of the environment or else of the file, as text or from a secret file (an absolute
 * path). Undefined if neither has a usable one. Adds faults to `problems`.
 */
export function readSecret(
  file: SourceValues,
  environment: SourceValues,
  problems: string[],
): { secret: string | undefined; given: boolean } {
  for (const [{ component = {} }, textName, fileName] of [
    [environment, "VERONA_SECRET", "VERONA_SECRET_FILE"],
    [file, "component.secret", "component.secretFile"],
  ] as const) {
    const { secret, secretFile } = component;
    if (secret !== undefined && secretFile !== undefined) {
      problems.push(`${fileName}: given together with ${textName}, expected only one of them`);
    }
    if (secretFile !== undefined)
      return { secret: readSecretFile(secretFile, fileName, problems), given: true };
    if (secret !== undefined) return { secret, given: true };
  }
  return { secret: undefined, given: false };
}

function readSecretFile(path: string, name: string, problems: string[]): string | undefined {
  try {
    const secret = readFileSync(path, "utf8").replace(/[\r\n]+$/, "");
    if (secret !== "") return secret;
    problems.push(`${name}: the secret file ${path} is empty`);
  } catch (error) {
    problems.push(`${name}: cannot read the secret file ${path}: ${reasonOf(error)}`);
  }
  return undefined;
}
