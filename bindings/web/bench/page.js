// The page of a run in a browser: what it is to do is passed by the harness.
import { perform } from "./work.js";

export function run(driver) {
  const asked = new URLSearchParams(location.search).get("cold");
  const cold = asked && open(JSON.parse(asked));

  async function open(work) {
    const flood = (work.count + work.warmUp) * (work.size + 1024);
    const client = await driver.open({ uri: work.uri, id: "bench", version: work.version, flood });
    return { client, at: performance.now() };
  }

  globalThis.ready = async (work) => {
    // From the beginning of the navigation.
    if (cold) return { wall: (await cold).at };
    const { client } = await open(work);
    const { wall, times } = await perform(driver, client, work, () => globalThis.measured());
    return { wall, times };
  };
}
