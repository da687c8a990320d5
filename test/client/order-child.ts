// A command of one order: starts the daemon, asks it something, prints the daemon's pid, and has nothing more to do.
import { Connection } from "../../src/client/connection.ts";
import { exchange } from "../../src/client/exchange.ts";

const [stateDir = "", configFile = "", entry = ""] = process.argv.slice(2);
await using connection = await Connection.open({ stateDir, configFile, entry, autoStart: true });
const { agent, record } = connection;
const outcome = await exchange(record, { type: "query", path: "calls.list", input: undefined, agent });
process.stdout.write(`${record.pid} ${outcome.kind}\n`);
