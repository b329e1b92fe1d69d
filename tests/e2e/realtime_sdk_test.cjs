// The official npm client of the Realtime API talks to our fake of it, so that the fake is not merely
// our own opinion. Prints TAP. NODE_PATH holds `openai` and `ws`.
//
// Arguments: the base address, the key, the folder of the package `openai`.
'use strict'

const fs = require('fs')
const net = require('net')
const path = require('path')
const OpenAI = require('openai').default
const { OpenAIRealtimeWS } = require('openai/realtime/ws')

const [baseURL, apiKey, folder] = process.argv.slice(2)
let count = 0
let failed = 0
function check(what, good, details) {
  count += 1
  if (!good) failed += 1
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what}`)
  if (!good && details !== undefined) console.log('# ' + JSON.stringify(details))
}

// Events in the order of their arrival; next() waits for one of a type.
function follow(client) {
  const events = []
  const waiting = []
  const put = (event) => {
    events.push(event)
    const index = waiting.findIndex((w) => w.type === event.type)
    if (index >= 0) waiting.splice(index, 1)[0].resolve(event)
  }
  client.on('event', put)
  client.on('error', (error) => put(error.error ? { type: 'error', event_id: error.event_id, error: error.error } : { type: 'broken', message: String(error) }))
  return {
    events,
    next: (type) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${type}`)), 20000)
        waiting.push({ type, resolve: (event) => (clearTimeout(timer), resolve(event)) })
      }),
  }
}

// A transcription session. This version of the package knows no intent, so that the request is given
// its address on the way; all else is the package's own. Returns the events that came.
async function transcribe() {
  const createConnection = () => net.connect(Number(new URL(baseURL).port), '127.0.0.1')
  const finishRequest = (request) => {
    request.path = '/v1/realtime?intent=transcription'
    request.end()
  }
  const client = new OpenAIRealtimeWS({ model: 'none', options: { createConnection, finishRequest } }, new OpenAI({ apiKey, baseURL }))
  const session = follow(client)
  const send = (event, answer) => {
    const awaited = session.next(answer)
    client.send(event)
    return awaited
  }
  const update = (input, type = 'transcription') => ({ type: 'session.update', session: { type, audio: { input } } })
  const created = await session.next('session.created')
  check('a transcription session begins', created.session.type === 'transcription', created)
  const transcription = { model: 'gpt-live-transcribe' }
  const realtime = await send(update({ transcription }, 'realtime'), 'error')
  check('it stays one', realtime.error.param === 'session.type', realtime)
  const vad = await send(update({ transcription, turn_detection: { type: 'server_vad' } }), 'error')
  check('a live model has no turn detection', /not supported for this transcription model/.test(vad.error.message), vad)
  const whisper = await send(update({ transcription: { model: 'gpt-realtime-whisper', prompt: 'names' } }), 'error')
  check('gpt-realtime-whisper takes no prompt', whisper.error.param.endsWith('.prompt'), whisper)
  const unknown = await send(update({ transcription: { model: 'none' } }), 'error')
  check('an unknown model is refused', unknown.error.code === 'model_not_found', unknown)
  const updated = await send(update({ transcription, format: { type: 'audio/pcmu' }, turn_detection: null }), 'session.updated')
  check('the session is as it was asked for', updated.session.audio.input.transcription.model === transcription.model, updated)
  const response = await send({ type: 'response.create' }, 'error')
  check('nobody answers', response.error.type === 'invalid_request_error', response)
  const early = await send({ type: 'input_audio_buffer.commit' }, 'error')
  check('nothing is not committed', early.error.code === 'input_audio_buffer_commit_empty', early)
  const sound = Buffer.from(Array.from({ length: 8000 }, (_, i) => (i % 20 < 10 ? 0x90 : 0x10)))
  const first = session.next('conversation.item.input_audio_transcription.delta')
  client.send({ type: 'input_audio_buffer.append', audio: sound.toString('base64') })
  const delta = await first
  check('words come before the commit', delta.delta === 'one', delta)
  const last = session.next('conversation.item.input_audio_transcription.completed')
  const committed = await send({ type: 'input_audio_buffer.commit', event_id: 'mine' }, 'input_audio_buffer.committed')
  const completed = await last
  check('they are of the item that was committed', delta.item_id === committed.item_id && completed.item_id === committed.item_id, completed)
  check('the text is complete', completed.transcript === 'one two three four five six', completed)
  const failed = session.next('conversation.item.input_audio_transcription.failed')
  client.send({ type: 'input_audio_buffer.append', audio: sound.toString('base64') })
  client.send({ type: 'input_audio_buffer.commit' })
  const failure = await failed
  check('a transcription may fail', failure.error.message === 'too much', failure)
  client.close()
  return session.events
}

async function main() {
  // The package knows wss only; the fake has no certificate.
  const createConnection = () => net.connect(Number(new URL(baseURL).port), '127.0.0.1')
  const client = new OpenAIRealtimeWS({ model: 'gpt-realtime-2.1', options: { createConnection } }, new OpenAI({ apiKey, baseURL }))
  const session = follow(client)
  const send = (event, answer) => {
    const awaited = session.next(answer)
    client.send(event)
    return awaited
  }
  const created = await session.next('session.created')
  check('the session begins with the model', created.session.model === 'gpt-realtime-2.1', created)
  const bare = await send({ type: 'session.update', session: { instructions: 'x' } }, 'error')
  check('session.type is needed', bare.error.param === 'session.type', bare)
  const both = await send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['audio', 'text'] } }, 'error')
  check('both modalities are refused', both.error.param === 'session.output_modalities', both)
  const rate = { type: 'realtime', audio: { input: { format: { type: 'audio/pcm', rate: 16000 } } } }
  const wrong = await send({ type: 'session.update', session: rate, event_id: 'mine' }, 'error')
  check('16 kHz is refused, and the event named', wrong.error.event_id === 'mine', wrong)
  const format = { type: 'audio/pcmu' }
  const updated = await send(
    { type: 'session.update', session: { type: 'realtime', audio: { input: { format, turn_detection: null }, output: { format } } } },
    'session.updated',
  )
  check('the format is taken', updated.session.audio.output.format.type === 'audio/pcmu', updated)
  const empty = await send({ type: 'input_audio_buffer.commit' }, 'error')
  check('an empty buffer is not committed', empty.error.code === 'input_audio_buffer_commit_empty', empty)
  client.send({ type: 'input_audio_buffer.append', audio: Buffer.alloc(1600, 0xff).toString('base64') })
  const committed = await send({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
  check('200 ms are', Boolean(committed.item_id), committed)

  const done = session.next('response.done')
  await send({ type: 'response.create' }, 'response.created')
  const second = await send({ type: 'response.create' }, 'error')
  check('there is one response at a time', second.error.code === 'conversation_already_has_active_response', second)
  const response = (await done).response
  check('the response ends', response.status === 'completed', response)
  const deltas = session.events.filter((e) => e.type === 'response.output_audio.delta')
  const bytes = deltas.reduce((sum, e) => sum + Buffer.from(e.delta, 'base64').length, 0)
  check('two seconds of audio came', bytes === 16000, bytes)
  const text = session.events.filter((e) => e.type === 'response.output_audio_transcript.delta').map((e) => e.delta)
  check('with their words', text.join('') === 'Good morning.', text)
  const item = { type: 'conversation.item.truncate', item_id: deltas[0].item_id, content_index: 0 }
  const long = await send({ ...item, audio_end_ms: 2001 }, 'error')
  check('nothing is truncated behind its end', long.error.param === 'audio_end_ms', long)
  const cut = await send({ ...item, audio_end_ms: 1500 }, 'conversation.item.truncated')
  check('an item is truncated', cut.audio_end_ms === 1500, cut)
  const nothing = await send({ type: 'response.cancel' }, 'error')
  check('there is nothing to cancel', nothing.error.code === 'response_cancel_not_active', nothing)

  const heard = await transcribe()

  // What the fake sends is what the package's types know, by name and by field.
  const types = fs.readFileSync(path.join(folder, 'resources', 'realtime', 'realtime.d.ts'), 'utf8')
  const unknown = [...new Set([...session.events, ...heard].map((e) => e.type))].filter((type) => !types.includes(`type: '${type}'`))
  check('every event is one that the package knows', unknown.length === 0, unknown)
  const missing = []
  for (const event of [...session.events, ...heard]) {
    const body = types.split(/^export interface /m).find((part) => part.includes(`    type: '${event.type}';`)) || ''
    for (const field of Object.keys(event)) if (!body.includes(`    ${field}: `) && !body.includes(`    ${field}?: `)) missing.push(`${event.type}.${field}`)
    for (const [, field] of body.matchAll(/^ {4}(\w+): /gm)) if (!(field in event)) missing.push(`${event.type} lacks ${field}`)
  }
  check('with the fields that it knows', missing.length === 0, [...new Set(missing)])
  client.close()
  console.log(`1..${count}`)
  process.exit(failed ? 1 : 0)
}

main().catch((error) => {
  console.log(`Bail out! ${error.stack}`)
  process.exit(1)
})
