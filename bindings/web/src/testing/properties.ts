/** Properties for the packets that a fake broker sends. */

import type { Pairs, Text } from "../options.ts";

/** The packets of a broker that a test can put properties into. */
export type BearingPacket =
  | "CONNACK"
  | "PUBACK"
  | "PUBREC"
  | "PUBREL"
  | "PUBCOMP"
  | "SUBACK"
  | "UNSUBACK"
  | "DISCONNECT"
  | "AUTH";

/** Properties of MQTT 5.0 that packets of a broker can have, each as its packet allows it (section 2.2.2.2). */
export interface BrokerProperties {
  /** Seconds, 0 to 4,294,967,295. */
  readonly sessionExpiryInterval?: number | undefined;
  readonly assignedClientIdentifier?: string | undefined;
  /** Seconds, 0 to 65,535. */
  readonly serverKeepAlive?: number | undefined;
  readonly authenticationMethod?: string | undefined;
  /** Up to 65,535 bytes. */
  readonly authenticationData?: Text | undefined;
  readonly responseInformation?: string | undefined;
  readonly serverReference?: string | undefined;
  readonly reasonString?: string | undefined;
  /** 1 to 65,535. */
  readonly receiveMaximum?: number | undefined;
  /** 0 to 65,535. */
  readonly topicAliasMaximum?: number | undefined;
  readonly maximumQos?: 0 | 1 | undefined;
  readonly retainAvailable?: 0 | 1 | undefined;
  /** Bytes, 1 to 4,294,967,295. */
  readonly maximumPacketSize?: number | undefined;
  readonly wildcardSubscriptionAvailable?: 0 | 1 | undefined;
  readonly subscriptionIdentifierAvailable?: 0 | 1 | undefined;
  readonly sharedSubscriptionAvailable?: 0 | 1 | undefined;
  readonly userProperties?: Pairs | undefined;
}
