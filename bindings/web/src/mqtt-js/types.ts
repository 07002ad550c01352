/** The names that programs written for MQTT.js use, as far as this adapter has them. @module */

/** A quality of service. */
export type QoS = 0 | 1 | 2;

/** Names and values; several values of a name as an array. */
export type UserProperties = Record<string, string | string[]>;

/** What a message may be published with. */
export type PayloadInput = string | Uint8Array | ArrayBuffer;

/**
 * The bytes of a message: a `Buffer` where there is one (Node, Deno, Bun), else a `Uint8Array` whose
 * `toString()` is the text.
 */
export interface Payload extends Uint8Array {
  /** The text, from UTF-8; browsers know no other `encoding` than `utf8` and `hex`. */
  toString(encoding?: string): string;
}

/** What 5.0 lets a publish say. */
export interface IPublishProperties {
  payloadFormatIndicator?: boolean;
  messageExpiryInterval?: number;
  responseTopic?: string;
  correlationData?: Uint8Array;
  userProperties?: UserProperties;
  contentType?: string;
}

/** The message that the broker publishes where this client goes without a goodbye. */
export interface IWill {
  topic: string;
  payload: PayloadInput;
  qos?: QoS;
  retain?: boolean;
  properties?: IPublishProperties & { willDelayInterval?: number };
}

/** What 5.0 lets a connect say. */
export interface IConnectProperties {
  sessionExpiryInterval?: number;
  receiveMaximum?: number;
  maximumPacketSize?: number;
  requestResponseInformation?: boolean;
  requestProblemInformation?: boolean;
  userProperties?: UserProperties;
  /** Warned of: the client asks the broker for no topic aliases. */
  topicAliasMaximum?: number;
  /** Refused: there is no enhanced authentication. */
  authenticationMethod?: string;
  /** Refused: there is no enhanced authentication. */
  authenticationData?: Uint8Array;
}

/** One of several servers. */
export interface IServer {
  host: string;
  port: number;
  protocol?: string;
}

/** Options of `connect`, by MQTT.js's names. What is not among them is warned of. */
export interface IClientOptions {
  /** Seconds; 60. The event comes within 1.5 times this, and no extra option is needed for that. */
  keepalive?: number;
  /** `mqttjs_` and eight hexadecimal digits. */
  clientId?: string;
  /** 4 (3.1.1), the default, or 5. */
  protocolVersion?: 4 | 5;
  protocolId?: "MQTT";
  /** Whether to begin with a new session; true. */
  clean?: boolean;
  /**
   * Milliseconds. Given: before each attempt a random wait of up to this; 0: the client does not come
   * back by itself. Not given: mqttka's own waits, up to 1 s, 2 s, 4 s, ... 60 s.
   */
  reconnectPeriod?: number;
  /** Try again also after refusals that trying again does not help; false. */
  reconnectOnConnackError?: boolean;
  /** Milliseconds for a whole attempt; the smaller of 1.5 keep-alives and 30 s. */
  connectTimeout?: number;
  username?: string;
  password?: string | Uint8Array;
  will?: IWill;
  properties?: IConnectProperties;
  /** Whether QoS 0 publishes wait for a connection; true. */
  queueQoSZero?: boolean;
  /** Connect at `client.connect()`, not at once; false. */
  manualConnect?: boolean;
  /** Gives the URL of each attempt. May change `client.options`: name and password are read after it. */
  transformWsUrl?: (url: string, options: IClientOptions, client: unknown) => string;
  /** Of the URL's query; only `clientId` is read, as MQTT.js does. */
  query?: { clientId?: string; [name: string]: string | undefined };
  /** `username:password`. */
  auth?: string;
  protocol?: string;
  host?: string;
  hostname?: string;
  port?: number;
  path?: string;
  servers?: IServer[];
  /** `headers`, where a WebSocket can have some (not in browsers). */
  wsOptions?: { headers?: Record<string, string> } & Record<string, unknown>;
  /** TLS, where the program speaks it (not in browsers): PEM. */
  ca?: string | Uint8Array;
  cert?: string | Uint8Array;
  key?: string | Uint8Array;
  passphrase?: string;
  servername?: string;
  ALPNProtocols?: string | string[];
  rejectUnauthorized?: boolean;
  [name: string]: unknown;
}

/** Options of a publish. */
export interface IClientPublishOptions {
  qos?: QoS;
  retain?: boolean;
  /** Refused where true: whether a publish is sent again is the client's business. */
  dup?: boolean;
  properties?: IPublishProperties;
  /** Called when the message is in the queue. */
  cbStorePut?: () => void;
}

/** Options of a subscribe. */
export interface IClientSubscribeOptions {
  qos?: QoS;
  /** 5.0: do not send back what this client published. */
  nl?: boolean;
  /** 5.0: keep the publisher's retain flag. */
  rap?: boolean;
  /** 5.0: which retained messages come. */
  rh?: 0 | 1 | 2;
  properties?: { subscriptionIdentifier?: number; userProperties?: UserProperties };
}

/** Options of an unsubscribe. */
export interface IClientUnsubscribeOptions {
  properties?: { userProperties?: UserProperties };
}

/** Topic filters, each with options of its own. */
export type ISubscriptionMap = Record<string, IClientSubscribeOptions> | { resubscribe?: boolean };

/** What a broker granted. */
export interface ISubscriptionGrant {
  topic: string;
  /** The QoS, or a reason code from 128 on. */
  qos: number;
  nl?: boolean;
  rap?: boolean;
  rh?: number;
  properties?: IClientSubscribeOptions["properties"];
}

/** A message, or a publish of one's own that is complete. */
export interface IPublishPacket {
  cmd: "publish";
  topic: string;
  payload: Payload | PayloadInput;
  qos: QoS;
  retain: boolean;
  dup: boolean;
  properties?: IPublishProperties & { subscriptionIdentifier?: number | number[] };
}

/** The broker accepted the connection. */
export interface IConnackPacket {
  cmd: "connack";
  sessionPresent: boolean;
  /** 3.1.1; 0. */
  returnCode?: number;
  /** 5.0; 0. */
  reasonCode?: number;
  properties?: Record<string, unknown>;
}

/** The broker's DISCONNECT (5.0), or options of `end`. */
export interface IDisconnectPacket {
  cmd?: "disconnect";
  reasonCode?: number;
  properties?: {
    sessionExpiryInterval?: number;
    reasonString?: string;
    userProperties?: UserProperties;
    serverReference?: string;
  };
}

/** An answer of the broker's to a subscribe or an unsubscribe. */
export interface IAckPacket {
  cmd: "suback" | "unsuback";
  granted: number[];
}

/** What the broker's refusal is, as an error. */
export class ErrorWithReasonCode extends Error {
  /** The reason code. */
  code: number;

  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type DoneCallback = (error?: Error) => void;
export type PacketCallback = (error?: Error | null, packet?: IPublishPacket | IAckPacket) => void;
export type ClientSubscribeCallback = (
  error: Error | null,
  granted?: ISubscriptionGrant[],
  packet?: IAckPacket,
) => void;
export type OnMessageCallback = (topic: string, payload: Payload, packet: IPublishPacket) => void;

/** The events, and what their listeners get. */
export interface MqttClientEventCallbacks {
  connect: (packet: IConnackPacket) => void;
  message: OnMessageCallback;
  disconnect: (packet: IDisconnectPacket) => void;
  error: (error: Error) => void;
  close: () => void;
  end: () => void;
  reconnect: () => void;
  offline: () => void;
  outgoingEmpty: () => void;
}
