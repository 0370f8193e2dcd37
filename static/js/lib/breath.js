// Long work lets go of the page now and then, so that it can be drawn and used.

const channel = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Go on as soon as the browser has done what it had to do: a timer would wait 4 ms more each time. @returns {Promise<void>} */
export function breath() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
