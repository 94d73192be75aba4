// Relative paths of the configuration.
import { resolve } from "node:path";
import type { SourceValues } from "./schema.ts";

/** Parameters of a PostgreSQL address that name files. */
const FILES_IN_ADDRESS = /([?&](?:sslrootcert|sslcert|sslkey)=)([^&#]+)/g;

/** Returns the settings with absolute paths; relative ones start at `folder`. */
export function withAbsolutePaths(values: SourceValues, folder: string): SourceValues {
  const { component, service, storage, controlSocket } = values;
  const { secretFile, tlsCaFile } = component ?? {};
  return {
    ...values,
    ...(component && {
      component: {
        ...component,
        ...(secretFile !== undefined && { secretFile: resolve(folder, secretFile) }),
        ...(tlsCaFile !== undefined && { tlsCaFile: resolve(folder, tlsCaFile) }),
      },
    }),
    ...(service?.languageFiles && {
      service: { ...service, languageFiles: service.languageFiles.map((file) => resolve(folder, file)) },
    }),
    ...(controlSocket !== undefined && { controlSocket: resolve(folder, controlSocket) }),
    ...(storage !== undefined && { storage: absoluteStorage(storage, folder) }),
  };
}

function absoluteStorage(
  storage: NonNullable<SourceValues["storage"]>,
  folder: string,
): NonNullable<SourceValues["storage"]> {
  switch (storage.kind) {
    case "memory":
      return storage;
    case "sqlite":
      return { ...storage, path: resolve(folder, storage.path) };
    case "postgres":
      return {
        ...storage,
        url: storage.url.replace(
          FILES_IN_ADDRESS,
          (_, name: string, path: string) =>
            name + encodeURIComponent(resolve(folder, decodeURIComponent(path))).replaceAll("%2F", "/"),
        ),
      };
  }
}
