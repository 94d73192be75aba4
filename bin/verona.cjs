#!/usr/bin/env node
// The command "verona": of a clone's sources, or of what is published. Nothing else is loaded by a Node too old for it.
require("./check-node.cjs");

const { existsSync } = require("node:fs");
const { join } = require("node:path");

import(existsSync(join(__dirname, "../src/main.ts")) ? "../src/main.ts" : "../dist/main.js");
