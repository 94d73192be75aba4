// A released migration never changes, because databases that already had it would keep the old form.
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { MIGRATIONS as POSTGRES } from "../../src/storage/postgres/migrations.ts";
import { MIGRATIONS as SQLITE } from "../../src/storage/sqlite/migrations.ts";

const hashes = (migrations: readonly string[]): string[] =>
  migrations.map((text) => createHash("sha256").update(text).digest("hex"));

const RELEASED = {
  sqlite: [
    "70868614daba2091b948c6af70c46d89963a25f1746f3cb5c05f2ff28f0f4913",
    "499c2d6bd2b1539f8c684660596391cba7f2244075e6fb0f6903706f140c3cdb",
    "9fd162191aeb7e634ab76deec549e96f889d7f1468803c61963843cbbbfaeb04",
    "335e5858a9e6610aa90584e1cbda952a04a009d31c54e8e69089fa0181735227",
    "f2c0158924dcf8793e38b15de461e400de2560827a9dd4fe6edf4ace28b575af",
    "527beec673d96a37278279b3e4de73d2aa5a3688f2e5179a80c652331e8dace7",
    "04f71faead4b477255bb7c3183a7688cf6826531ff56813c649fade86e2fd0f9",
    "a143ffab7b2ede7a01fcfb3d95de63f701ba9c99057f47b5633f3c2e1069c8c1",
    "2866877b3e3fd5c180e637fdcef63eba3cff4fd3753a0b2dc37f6e880d020b78",
    "300c6743859488e492b8536c9b6b3d3b5e39f11786962018f787bed92428dda2",
    "73b0ae290542562994642017b44628e7ebd2146051132e4a160ab1f04b0c2422",
    "780aca68bee604b75325e62e2f652934c524d6d00b1bb776b6a823c6c30c54c1",
    "8b5fc73d8c25bef24ec21a5d43f37ec20da94a8b224b59cdb6c42c4f9aa7c017",
    "20a971bc94a8271fe2173f027996cfb4105874a85d6a171217286586970b63b7",
    "d65323a7c295123898454a1f18a15658a87454d8afd2127330cf7a081c462780",
    "7018cd8d15fc84d5b718d42e0da4f31150ae33b3366aa84bd801b611e7bce0ee",
    "30b03b9785c7ca4fac1fb75743f370779dad62bdfdcb042893f98883a1343c20",
  ],
  postgres: [
    "b45b129c3a3348dbc0a6825789e759b3c731d7844586afc97ef7a661805b12ed",
    "a837c88cd57560b318a87e1aea00d76f44f1e1c5153e5c812c86e75fc9888f9d",
    "06ede89f955b60664719b01cd3db41f08e1511f428057f2d204f2af3c5150b8b",
    "212b3037622996315775cdecbec3cddb16b688eccb9fd609de445a5836c0f6f5",
    "61dbac4dc14dd5827ed24585e929f34508713639727e4256930331dccd2492eb",
    "806607ee15bd149c3cd9150fb998b8d9c6c00e7a825e9bd1fd9728ad2cd8aa1f",
    "b0cb10461c1a2f1d9465b78153f54b069fd46027657b503d363555e1db3011e0",
    "98701c55b6f28645ec85f8f6c8e445fc110bf922bbc34fb53f646029aa6e1a22",
    "25c9e484c73671803ac791698fae2bfb67624c3ad2bf1697d557331a52751298",
    "21bd6cad6fe2e56e12a5b0715a14e1f8b8f435b5301b94bf8564c6a3c1db1cdc",
    "b82835680a2b34721c2f0467f7b483fa3150a3d50a64fe3627d4bad314989217",
    "bcf5c43351f69c587ee623cccb342e2242117693ae95ad7b561e3101c58a5642",
    "1536643ce4c476885a24d09cf31f2b946fa3a2c65676e820e9720290e28250cd",
    "206e3daf351405297f44062bde1c34824dc1b4eea12d6fcd2c583599af4efed8",
    "90ba55064eb00bcb768fe6baed0dad000fda0d89f38e34f73d6c7e78fd1655ce",
    "2fde025ca3139c0b9cfd22e22ec447e8b281b01d3f409f570a3f1587a6297a41",
    "70df32c44eaac65832d965812dc52c58d4ac62051710d843e219268ef4bc9365",
    "12e073908d745b4145d96ff934485e0d4b4a93329332890acd80d2478b98b5a1",
    "5110ed370aca9be82729a08b88b6ea1f4f76ab337eac1f425bd8e4c637f49994",
  ],
};

it.each([
  ["SQLite", SQLITE, RELEASED.sqlite],
  ["PostgreSQL", POSTGRES, RELEASED.postgres],
] as const)("migrations of %s do not change, and new ones are added here", (_store, migrations, released) => {
  expect(hashes(migrations)).toEqual(released);
});
