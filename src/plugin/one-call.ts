// Models repeat themselves, within a turn and after it: while a session's call to a number goes on, it gets no second one.
import { CallError } from "../call/error.ts";
import type { VoiceCall } from "../client/index.ts";
import { SessionQueue } from "./session-queue.ts";

export interface Wish {
  voice: VoiceCall;
  /** Of whom orders the call. */
  sessionKey: string | undefined;
  /** Undefined where it is not known; any of the session's calls then counts. */
  to: string | undefined;
  signal: AbortSignal;
}

/** One at a time for each session, so that the second of two at once sees the first. */
const placing = new SessionQueue();

/** @throws CallError `REQUEST_CONFLICT` naming the call that goes on. */
export function placeOnce<T>(wish: Wish, place: () => Promise<T>): Promise<T> {
  return placing.run(wish.sessionKey ?? "", wish.signal, async () => {
    await refuseSecond(wish);
    return await place();
  });
}

async function refuseSecond({ voice, sessionKey, to }: Wish): Promise<void> {
  const calls = await voice.calls.list();
  const ours = calls.filter(
    ({ direction, requesterSessionKey, endedAt }) =>
      direction === "outbound" && requesterSessionKey === sessionKey && endedAt === undefined,
  );
  const call = to === undefined ? ours[0] : ours.find((one) => one.to === to);
  if (call === undefined) return;
  const { callId, state } = call;
  throw new CallError("REQUEST_CONFLICT", `you are calling them already (${callId}, ${state}); nothing was dialled`, {
    callId,
    hint: "look with get_status, speak with speak_to_user or continue_call, or hang up with end_call before calling again",
  });
}
