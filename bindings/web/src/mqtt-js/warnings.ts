/** What a program asks for and does not get is said once, by name. @module */

const said = new Set<string>();

interface ProcessLike {
  emitWarning?(warning: string, options: { type: string }): void;
}

/** To `process`'s warnings where there is a process, else to the console. */
export function warn(name: string, why: string): void {
  const text = `mqttka/mqtt-js: ${name}: ${why}`;
  if (said.has(text)) return;
  said.add(text);
  const { process } = globalThis as { process?: ProcessLike };
  if (process?.emitWarning !== undefined) process.emitWarning(text, { type: "MqttkaWarning" });
  else console.warn(text);
}
