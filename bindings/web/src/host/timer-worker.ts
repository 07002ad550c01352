/**
 * The timer of all clients of a page, in a Worker: a hidden page's own timers are slowed to one tick
 * a second, after some minutes to one a minute; a Worker's are not, and its message wakes the page.
 *
 * In: `{ id, delay }` in milliseconds, in place of what this id had; a negative delay takes it back.
 * Out: `{ id }`, once. Times do not cross the border: page and Worker count from different origins.
 */

interface Order {
  readonly id: number;
  readonly delay: number;
}

/** What of the Worker's global scope is used here. */
interface Scope {
  onmessage: ((event: { readonly data: Order }) => void) | null;
  postMessage(message: { readonly id: number }): void;
}

const scope = globalThis as unknown as Scope;
const armed = new Map<number, ReturnType<typeof setTimeout>>();

scope.onmessage = ({ data: { id, delay } }) => {
  clearTimeout(armed.get(id));
  armed.delete(id);
  if (delay >= 0) {
    const fire = () => {
      armed.delete(id);
      scope.postMessage({ id });
    };
    armed.set(id, setTimeout(fire, delay));
  }
};

export {};
