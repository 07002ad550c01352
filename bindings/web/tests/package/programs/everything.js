// All that there is.
import * as mqttka from "mqttka";

globalThis.mqttka = mqttka;
