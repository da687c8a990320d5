// Identifiers of the domain; plain strings on the wire, named here so that signatures say which one they mean.

/** Our id of one phone call, `call-` + 16 letters and digits. */
export type CallId = string;

/** The carrier's own id of a call's leg, e.g. Twilio's `CA` + 32 hex digits. */
export type CarrierCallId = string;

/** One thing spoken by us; `u` + the call sequence number of the event that asked for it. */
export type UtteranceId = string;

/** One opening of our ear; `t` + the call sequence number of the event that opened it. Stale ones never count. */
export type TurnId = string;

/** One order to send digits; `d` + the call sequence number of the event that asked for it. */
export type DigitsId = string;

/** One caller's turn offered to responders; `o` + a call sequence number. */
export type OfferId = string;
