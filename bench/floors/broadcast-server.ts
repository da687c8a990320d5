// Floor of following: a bare ws server that sends a 330-byte event to everybody, 50 times a second. Prints its port.
import { WebSocket, WebSocketServer } from "ws";

const everyMs = 20;
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
let seq = 0;

setInterval(() => {
  if (server.clients.size === 0) return;
  const event = {
    seq: ++seq,
    callId: "call-0123456789abcdef",
    at: Date.now(),
    type: "caller.spoke",
    text: "x".repeat(220),
  };
  const text = JSON.stringify(event);
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
}, everyMs);

server.on("listening", () => console.log(JSON.stringify(server.address())));
