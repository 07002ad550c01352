/** What goes wrong, as the errors that MQTT.js gives. @module */

import { ErrorWithReasonCode } from "./types.ts";

/** The part of mqttka's causes, errors and outcomes that is read here. */
export interface Failure {
  readonly kind?: string;
  readonly description?: string;
  readonly reasonCode?: number | undefined;
  readonly error?:
    | { readonly kind: string; readonly osError?: number | undefined; readonly message: string }
    | undefined;
}

/** The return codes of 3.1.1, which mqttka tells as the reason codes of the same meaning. */
const RETURN_CODES: Record<number, number> = { 132: 1, 133: 2, 136: 3, 134: 4, 135: 5 };

/** An attempt failed. */
export function connectError(error: Failure, version: number | undefined): Error {
  const { reasonCode } = error;
  if (error.kind === "refused" && reasonCode !== undefined) {
    const code = version === 5 ? reasonCode : (RETURN_CODES[reasonCode] ?? reasonCode);
    return new ErrorWithReasonCode(`Connection refused: ${error.description ?? ""}`, code);
  }
  if (error.kind === "timeout") return new Error("connack timeout", { cause: error });
  return new Error(error.description ?? "Connection failed", { cause: error });
}

/** A connection ended; nothing where MQTT.js has no error for it. */
export function disconnectError(cause: Failure): Error | undefined {
  if (cause.kind === "keepAliveTimeout" || cause.kind === "serverUnresponsive")
    return new Error("Keepalive timeout", { cause });
  if (cause.kind === "closedByServer" || cause.kind === "serverDisconnect") return undefined;
  return new Error(cause.description ?? "Connection lost", { cause });
}

/** A publish, subscribe or unsubscribe failed: `what` begins the message where the broker refused it. */
export function operationError(what: string, error: unknown): Error {
  const { reasonCode, message } = error as { reasonCode?: number; message: string };
  if (typeof reasonCode === "number")
    return new ErrorWithReasonCode(`${what} error: ${message}`, reasonCode, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
