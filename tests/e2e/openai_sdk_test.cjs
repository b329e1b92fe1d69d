// npm's official client against our fake of the API: what the fake answers is not merely our own opinion.
// Prints TAP. Arguments: the client's node_modules, the fake (Python).
const { spawn } = require("child_process");
const path = require("path");
const [modules, fake] = process.argv.slice(2);
const OpenAI = require(path.join(modules, "openai"));
const KEY = "sk-test-sdk-0123456789";

function wav(seconds) {
  const data = Buffer.alloc(16000 * seconds);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

async function main() {
  const server = spawn("/usr/bin/python3", [fake, "--key", KEY], { stdio: ["pipe", "pipe", "inherit"] });
  const port = await new Promise((resolve) => server.stdout.once("data", (d) => resolve(String(d).trim().split(" ")[1])));
  const client = new OpenAI({ apiKey: KEY, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
  const script = (...steps) =>
    fetch(`http://127.0.0.1:${port}/_script`, { method: "POST", body: JSON.stringify(steps) }).then((r) => r.text());
  const messages = [{ role: "user", content: "Hello" }];
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
  const failure = (promise) => promise.then(() => null, (error) => error);
  const checks = {
    "models are listed": async () => (await client.models.list()).data.some((m) => m.id === "whisper-1"),
    "a chat completion": async () =>
      (await client.chat.completions.create({ model: "gpt-5.2", messages })).choices[0].message.content === "You said: Hello",
    "a streamed one, put together by the client": async () => {
      await script({ text: "One two three." });
      const stream = client.chat.completions.stream({ model: "gpt-5.2", messages, stream_options: { include_usage: true } });
      const done = await stream.finalChatCompletion();
      return done.choices[0].message.content === "One two three." && done.usage.total_tokens > 0;
    },
    "tool calls in fragments, and their answers": async () => {
      await script({ tool_calls: [{ name: "weather", arguments: { city: "Bonn" } }] });
      const asked = await client.chat.completions.stream({ model: "gpt-5.2", messages, tools }).finalChatCompletion();
      const call = asked.choices[0].message.tool_calls[0];
      const answer = { role: "tool", tool_call_id: call.id, content: "sunny" };
      const { role, content, tool_calls } = asked.choices[0].message;
      const next = await client.chat.completions.create({
        model: "gpt-5.2", tools,
        messages: [...messages, { role, content, tool_calls: tool_calls.map(({ id, type, function: f }) => ({ id, type, function: { name: f.name, arguments: f.arguments } })) }, answer],
      });
      return JSON.parse(call.function.arguments).city === "Bonn" && next.choices[0].message.content === "You said: sunny";
    },
    "a streamed response, put together by the client": async () => {
      const done = await client.responses.stream({ model: "gpt-5.2", input: "Hello", store: false }).finalResponse();
      return done.output_text === "You said: Hello" && done.status === "completed";
    },
    "a function call in a response": async () => {
      await script({ tool_calls: [{ name: "weather", arguments: { q: 1 } }] });
      const stream = client.responses.stream({ model: "gpt-5.2", input: "Hello", tools: [{ type: "function", name: "weather", strict: false, parameters: { type: "object", properties: {} } }] });
      const item = (await stream.finalResponse()).output.find((o) => o.type === "function_call");
      return item.name === "weather" && item.arguments === '{"q": 1}' && item.call_id.length > 0;
    },
    "speech": async () => {
      const reply = await client.audio.speech.create({ model: "gpt-4o-mini-tts", voice: "marin", input: "Hello", response_format: "pcm" });
      return (await reply.arrayBuffer()).byteLength === 5 * 960;
    },
    "a transcription": async () => {
      const file = await OpenAI.toFile(wav(1), "turn.wav", { type: "audio/wav" });
      return (await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file })).text === "hello";
    },
    "a streamed transcription": async () => {
      await script({ transcript: "one two" });
      const file = await OpenAI.toFile(wav(1), "turn.wav", { type: "audio/wav" });
      let text = "";
      for await (const e of await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file, stream: true })) {
        if (e.type === "transcript.text.delta") text += e.delta;
      }
      return text === "one two";
    },
    "a wrong key": async () => {
      const stranger = new OpenAI({ apiKey: "sk-wrong", baseURL: client.baseURL, maxRetries: 0 });
      const error = await failure(stranger.chat.completions.create({ model: "gpt-5.2", messages }));
      return error instanceof OpenAI.AuthenticationError && error.code === "invalid_api_key";
    },
    "a wrong model": async () => {
      const error = await failure(client.chat.completions.create({ model: "gpt-none", messages }));
      return error instanceof OpenAI.NotFoundError && error.code === "model_not_found";
    },
    "max_tokens for a reasoning model": async () => {
      const error = await failure(client.chat.completions.create({ model: "gpt-5.2", messages, max_tokens: 5 }));
      return error instanceof OpenAI.BadRequestError && error.param === "max_tokens";
    },
    "no quota": async () => {
      await script({ status: 429, error: { error: { message: "m", type: "insufficient_quota", code: "insufficient_quota" } } });
      const error = await failure(client.responses.create({ model: "gpt-5.2", input: "Hello" }));
      return error instanceof OpenAI.RateLimitError && error.code === "insufficient_quota";
    },
    "an error in the middle of a stream": async () => {
      await script({ text: "One two three", error_after: 3 });
      const error = await failure(client.chat.completions.stream({ model: "gpt-5.2", messages }).finalChatCompletion());
      return error instanceof OpenAI.APIError;
    },
  };
  console.log(`1..${Object.keys(checks).length}`);
  let number = 0;
  for (const [name, check] of Object.entries(checks)) {
    let good = false;
    let why = "";
    try {
      good = await check();
    } catch (error) {
      why = ` # ${String(error).replace(/\n/g, " ")}`;
    }
    console.log(`${good ? "ok" : "not ok"} ${++number} - ${name}${why}`);
  }
  server.stdin.end();
}

main().then(() => process.exit(0), (error) => {
  console.log(`Bail out! ${error}`);
  process.exit(1);
});
