// Several callers in one process, which talk until the process is killed: then they have vanished, without
// a word. Prints a line for each that is connected. Arguments: the node_modules of @roamhq/wrtc and of ws;
// the address of the signalling; how many.
const path = require("path");
const [wrtcModules, wsModules, url, count] = process.argv.slice(2);
const wrtc = require(path.join(wrtcModules, "@roamhq/wrtc"));
const WebSocket = require(path.join(wsModules, "ws"));
const { WrtcPeer } = require("./wrtc_peer.cjs");

const HOUR = 3600;
// Without its samples, which are made as they are said.
const says = { length: HOUR * 48000, subarray: (from, to) => Float32Array.from({ length: to - from }, (_, i) => 0.3 * Math.sin(0.06 * (from + i))) };

async function call(number) {
  const peer = new WrtcPeer({ wrtc, WebSocket, url, says });
  await peer.call();
  console.log(`connected ${number}`);
  await peer.speak();
}

for (let number = 0; number < Number(count); ++number) {
  call(number).catch((error) => {
    console.error(String(error));
    process.exit(1);
  });
}
