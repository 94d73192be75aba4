import type { Scenario } from "./scenario.ts";
import { CLIENTS, FAN_OUT } from "./scenarios/fan-out.ts";
import { GIANT_ROOM } from "./scenarios/giant.ts";
import { IDLE } from "./scenarios/idle.ts";
import { MANY_ROOMS } from "./scenarios/many-rooms.ts";
import { MIXED } from "./scenarios/mixed.ts";
import { RUSH } from "./scenarios/rush.ts";
import { STORED } from "./scenarios/stored.ts";
import { CLIENT_STORM, JOIN_STORM, LEAVE_STORM } from "./scenarios/storms.ts";

/** All scenarios, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  FAN_OUT,
  CLIENTS,
  JOIN_STORM,
  CLIENT_STORM,
  LEAVE_STORM,
  MANY_ROOMS,
  MIXED,
  GIANT_ROOM,
  RUSH,
  IDLE,
  STORED,
];
