// What telling of calls needs of OpenClaw's plugin API, and no more.

interface SessionReference {
  sessionKey: string;
  agentId?: string;
}

export interface NotesHost {
  runtime: {
    system: {
      /** Puts the text into the session's next turn. */
      enqueueSystemEvent(text: string, session: SessionReference): unknown;
      /** Has that turn run now. */
      requestHeartbeat(wake: SessionReference & { source: "other"; intent: "event"; reason: string }): unknown;
    };
  };
}
