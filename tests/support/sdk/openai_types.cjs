// Do captured messages fit the types of OpenAI's own client? node openai_types.cjs FOLDER, where
// FOLDER holds *.jsonl of tests/support/fakes/captured.py. Each becomes an object literal of its type,
// and TypeScript's compiler judges: wrong or missing values are errors, in what we send unknown keys
// too (answers may have keys that the client does not know). Prints {"checked": {type:
// number}, "errors": [text]}. NODE_PATH names the folders of `openai` and `typescript`.
const fs = require('fs');
const path = require('path');
const ts = require('typescript');

const home = path.dirname(require.resolve('openai'));
const from = {
  'resources/chat/completions/completions': ['ChatCompletion', 'ChatCompletionChunk', 'ChatCompletionCreateParams'],
  'resources/responses/responses': ['Response', 'ResponseCreateParams', 'ResponseStreamEvent'],
  'resources/audio/speech': ['SpeechCreateParams'],
  'resources/audio/transcriptions': ['TranscriptionCreateParams', 'TranscriptionStreamEvent'],
  'resources/realtime/realtime': ['RealtimeClientEvent', 'RealtimeServerEvent'],
};

// Fields of a form are texts; the client's parameters are what they mean.
function parameters(form) {
  const named = {};
  for (const [name, value] of Object.entries(form)) {
    const key = name.replace('[]', '');
    if (value && value.filename) named[key] = null;
    else if (name.endsWith('[]')) named[key] = [value];
    else if (key === 'stream') named[key] = value === 'true';
    else if (key === 'temperature') named[key] = Number(value);
    else named[key] = value;
  }
  return named;
}

// The service sends null where the client's types of Realtime events say that a field may be absent.
const without_nulls = (value) => JSON.parse(JSON.stringify(value, (_, v) => (v === null ? undefined : v)));

// `output_text` is the client's own addition.
const with_text = (value) => (value.response ? { ...value, response: { ...value.response, output_text: '' } } : value);

const meaning = { TranscriptionCreateParams: parameters, RealtimeServerEvent: without_nulls, ResponseStreamEvent: with_text };

const messages = new Map();  // literal text by type: each of them once
for (const name of fs.readdirSync(process.argv[2]).filter((file) => file.endsWith('.jsonl'))) {
  for (const line of fs.readFileSync(path.join(process.argv[2], name), 'utf8').trim().split('\n')) {
    const { type, value } = JSON.parse(line);
    const literal = JSON.stringify(meaning[type] ? meaning[type](value) : value, null, 1);
    if (!messages.has(type)) messages.set(type, new Set());
    messages.get(type).add(literal.replace(/^ "file": null/m, ' "file": upload'));
  }
}

const lines = [
  'declare const upload: File;',
  'type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };',
  'declare function answer<const T>(value: T): Writable<T>;',
];
const origin = [];
for (const [file, types] of Object.entries(from)) lines.push(`import type { ${types.join(', ')} } from ${JSON.stringify(path.join(home, file))};`);
for (const [type, literals] of messages) {
  for (const literal of literals) {
    origin.push({ type, literal, line: lines.length });
    const ours = /Params$|ClientEvent$/.test(type);
    lines.push(`export const m${origin.length}: ${type} =${ours ? '' : ' answer('}`, ...literal.split('\n'), ours ? ';' : ');');
  }
}
const source = path.join(process.argv[2], 'captured.ts');
fs.writeFileSync(source, lines.join('\n'));
const program = ts.createProgram([source], {
  strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
});
const errors = ts.getPreEmitDiagnostics(program).map((found) => {
  const text = ts.flattenDiagnosticMessageText(found.messageText, ' ').slice(0, 500);
  if (!found.file || found.file.fileName !== source) return text;
  const { line } = found.file.getLineAndCharacterOfPosition(found.start);
  const of = origin.filter((entry) => entry.line <= line).pop();
  return of ? `${of.type}, at ${lines[line].trim()}: ${text} in ${of.literal.replace(/\s+/g, ' ').slice(0, 300)}` : text;
});
const checked = Object.fromEntries([...messages].map(([type, literals]) => [type, literals.size]));
console.log(JSON.stringify({ checked, errors }));
