/** Properties of MQTT 5.0, as they come. */

/** Names and values that MQTT gives no meaning, in order; a name may be there several times. */
export type UserProperties = readonly (readonly [name: string, value: string])[];

/** Properties of MQTT 5.0 of a message, or of a CONNACK. */
export interface Properties {
  /** 0: bytes, 1: UTF-8 text. */
  readonly payloadFormatIndicator?: 0 | 1;
  /** What is left of its lifetime, in seconds. */
  readonly messageExpiryInterval?: number;
  /** What the payload is, such as a MIME type. */
  readonly contentType?: string;
  /** Where an answer is expected. */
  readonly responseTopic?: string;
  /** Marks which request this belongs to. */
  readonly correlationData?: Uint8Array;
  /** The identifiers of the subscriptions that it came for. */
  readonly subscriptionIdentifiers?: readonly number[];
  /** The publisher's own, or the broker's; undefined where there are none. */
  readonly userProperties?: UserProperties;
  /** Of a CONNACK: the other properties of section 3.2.2.3 by their names. */
  readonly [other: string]: unknown;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A message's properties, of the form that `engine/src/properties.rs` writes. */
export function readProperties(bytes: Uint8Array | undefined): Properties {
  const properties: { -readonly [Name in keyof Properties]: Properties[Name] } = {};
  if (bytes === undefined) {
    return properties;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const binary = (): Uint8Array => {
    const from = at + 2;
    at = from + view.getUint16(at, true);
    return bytes.slice(from, at);
  };
  const text = (): string => utf8.decode(binary());
  const long = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  while (at < bytes.length) {
    switch (bytes[at++]) {
      case 0x01:
        properties.payloadFormatIndicator = view.getUint8(at++) === 1 ? 1 : 0;
        break;
      case 0x02:
        properties.messageExpiryInterval = long();
        break;
      case 0x03:
        properties.contentType = text();
        break;
      case 0x08:
        properties.responseTopic = text();
        break;
      case 0x09:
        properties.correlationData = binary();
        break;
      case 0x0b:
        properties.subscriptionIdentifiers = [
          ...(properties.subscriptionIdentifiers ?? []),
          long(),
        ];
        break;
      case 0x23:
        at += 2;
        break;
      case 0x26:
        properties.userProperties = [...(properties.userProperties ?? []), [text(), text()]];
        break;
      default:
        // No other one is in a PUBLISH.
        return properties;
    }
  }
  return properties;
}
