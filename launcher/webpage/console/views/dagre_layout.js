// What is used of dagre: all else is left out when the page is put together.
export { Graph, layout } from "../dagre.js";
