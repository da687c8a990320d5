// Why calls end, in Plivo's words and numbers.
import type { FinalStatus } from "./emulated-call.ts";

export interface HangupCause {
  /** `HangupCause`, the switch's word. */
  readonly cause: string;
  /** `HangupCauseName`. */
  readonly name: string;
  /** `HangupCauseCode`. */
  readonly code: number;
  /** `CallStatus` of a call that ends like this without having been answered. */
  readonly unanswered: FinalStatus;
  /** `HangupSource`. */
  readonly source: "Caller" | "Callee" | "Plivo" | "API Request" | "Answer XML" | "Error";
}

const NORMAL = { cause: "NORMAL_CLEARING", name: "Normal Hangup", code: 4000, unanswered: "failed" } as const;

export const CAUSES = {
  caller: { ...NORMAL, source: "Caller" },
  callee: { ...NORMAL, source: "Callee" },
  hungUpByXml: { ...NORMAL, source: "Answer XML" },
  hungUpByApi: { ...NORMAL, source: "API Request" },
  endOfXml: { ...NORMAL, name: "End Of XML Instructions", code: 4010, source: "Answer XML" },
  timeLimit: { ...NORMAL, cause: "ALLOTTED_TIMEOUT", source: "Plivo" },
  canceled: { cause: "ORIGINATOR_CANCEL", name: "Cancelled", code: 1000, unanswered: "failed", source: "API Request" },
  abandoned: { cause: "ORIGINATOR_CANCEL", name: "Cancelled", code: 1000, unanswered: "no-answer", source: "Caller" },
  busy: { cause: "USER_BUSY", name: "Busy Line", code: 3010, unanswered: "busy", source: "Callee" },
  declined: { cause: "CALL_REJECTED", name: "Rejected", code: 3020, unanswered: "busy", source: "Callee" },
  noAnswer: { cause: "NO_ANSWER", name: "No Answer", code: 3000, unanswered: "no-answer", source: "Callee" },
  ringTimeout: { cause: "NO_ANSWER", name: "No Answer", code: 3000, unanswered: "timeout", source: "Plivo" },
  unreachable: {
    cause: "UNALLOCATED_NUMBER",
    name: "Invalid Destination Address",
    code: 2000,
    unanswered: "failed",
    source: "Plivo",
  },
  machine: { ...NORMAL, name: "Machine Detected", code: 9100, source: "Plivo" },
  rejectedByXml: {
    cause: "CALL_REJECTED",
    name: "Rejected",
    code: 3020,
    unanswered: "failed",
    source: "Answer XML",
  },
  busyByXml: { cause: "USER_BUSY", name: "Busy Line", code: 3010, unanswered: "busy", source: "Answer XML" },
} as const satisfies Record<string, HangupCause>;

/** The kinds of document, by the last digit of their error codes. */
const DOCUMENTS = { answer: 1, action: 2, transfer: 3, redirect: 4 } as const;

export type DocumentKind = keyof typeof DOCUMENTS;

/** The cause 701x (`unreachable`) or 801x (`invalid`) of a call whose document could not be run. */
export function documentCause(kind: DocumentKind, problem: "unreachable" | "invalid"): HangupCause {
  const word = kind.charAt(0).toUpperCase() + kind.slice(1);
  const unreachable = problem === "unreachable";
  return {
    cause: "NORMAL_CLEARING",
    name: unreachable ? `Error Reaching ${word} URL` : `Invalid ${word} XML`,
    code: (unreachable ? 7010 : 8010) + DOCUMENTS[kind],
    unanswered: "failed",
    source: "Error",
  };
}
