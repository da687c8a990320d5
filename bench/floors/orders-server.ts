// Takes every order and does nothing, in the words of Telnyx. Prints its port when it listens.
import { createServer } from "node:http";

const taken = JSON.stringify({ data: { result: "ok" } });
const server = createServer((request, response) => {
  request.resume();
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", taken.length);
  response.end(taken);
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
