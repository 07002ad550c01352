/** For browsers and Workers. @module */

export * from "./engine-api.js";
