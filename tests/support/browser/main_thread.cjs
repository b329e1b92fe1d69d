// How long the tasks of a page's main thread are, in their own time: what other programs take meanwhile
// does not count, so that a busy machine changes nothing.

// From here on; the function that it gives tells the longest, in ms.
async function watchTasks(context, page) {
  const session = await context.newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { traceConfig: { includedCategories: ["toplevel", "__metadata"] }, transferMode: "ReportEvents" });
  return async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    const threads = new Set(events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => `${pid}/${tid}`));
    const tasks = events.filter(({ name, tdur, pid, tid }) => name.endsWith("RunTask") && tdur > 0 && threads.has(`${pid}/${tid}`));
    return Math.max(0, ...tasks.map(({ tdur }) => tdur / 1000));
  };
}

module.exports = { watchTasks };
