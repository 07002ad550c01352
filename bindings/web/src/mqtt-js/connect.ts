/** `connect` and `connectAsync`, for each kind of host. @module */

import { type MakeClient, MqttClient } from "./client.ts";
import { withUrl } from "./server.ts";
import type { IClientOptions } from "./types.ts";

/** What the module gives to programs. */
export interface Functions {
  /** Makes a client, which connects by itself. Throws where URL or options cannot be honoured. */
  connect(url: string, options?: IClientOptions): MqttClient;
  connect(options: IClientOptions): MqttClient;
  /** Resolves at the first `connect`; rejects at the first `error`, and, without `allowRetries`, at the first `close`. */
  connectAsync(url: string, options?: IClientOptions, allowRetries?: boolean): Promise<MqttClient>;
  connectAsync(options: IClientOptions): Promise<MqttClient>;
}

/** `defaultProtocol`: where neither URL nor options name one. */
export function functions(make: MakeClient, defaultProtocol: string): Functions {
  const connect = (first: string | IClientOptions, options: IClientOptions = {}): MqttClient => {
    const given = typeof first === "string" ? withUrl(first, options) : first;
    return new MqttClient(make, withAuth(given), defaultProtocol);
  };
  const connectAsync = (
    first: string | IClientOptions,
    options?: IClientOptions,
    allowRetries = true,
  ): Promise<MqttClient> =>
    new Promise((resolve, reject) => {
      const client = connect(first, options);
      const forget = () => {
        client
          .off("connect", onConnect)
          .off("end", onConnect)
          .off("error", onError)
          .off("close", onClose);
      };
      const onConnect = () => {
        forget();
        resolve(client);
      };
      const onError = (error: Error) => {
        forget();
        client.end();
        reject(error);
      };
      const onClose = () => onError(new Error("Couldn't connect to server"));
      client.on("connect", onConnect).on("end", onConnect).on("error", onError);
      if (!allowRetries) client.on("close", onClose);
    });
  return { connect, connectAsync };
}

/** `auth` is `username:password`. */
function withAuth({ auth, query, ...options }: IClientOptions): IClientOptions {
  if (query?.clientId !== undefined) options = { ...options, clientId: query.clientId };
  if (auth === undefined) return options;
  const [, username, password] = /^([^:]*):?(.*)$/s.exec(auth) ?? [];
  return {
    ...options,
    ...(username === undefined ? {} : { username }),
    ...(password ? { password } : {}),
  };
}
