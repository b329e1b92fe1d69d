// openairealtime: speech to speech by OpenAI's Realtime API. See docs/elements/openairealtime.md.
//
// The sink pad's chain only enqueues for the network. What arrives is handled in the process's
// worker pool; the src pad's task pushes the reply at the pace at which it is played.
#include "gstopenairealtime.hpp"

#include <cstring>
#include <utility>

#include "blocking_query.hpp"
#include "function_signals.hpp"
#include "realtime_state.hpp"
#include "trial.hpp"
#include "turn_events.hpp"

// Not static: the other parts log under the same name.
GST_DEBUG_CATEGORY(openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

using namespace openai::realtime;

struct _GstOpenaiRealtime {
  GstElement parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstOpenaiRealtime, gst_openai_realtime, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openairealtime, "openairealtime", GST_RANK_NONE,
                                      GST_TYPE_OPENAI_REALTIME,
                                      GST_DEBUG_CATEGORY_INIT(openairealtime_debug,
                                                              "openairealtime", 0,
                                                              "speech to speech by OpenAI"))

namespace openai::realtime {
State& state_of(GstOpenaiRealtime* self) { return *self->state; }
}  // namespace openai::realtime

namespace {

#define REALTIME_CAPS                                               \
  "audio/x-mulaw, rate=(int)8000, channels=(int)1; "                \
  "audio/x-alaw, rate=(int)8000, channels=(int)1; "                 \
  "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, " \
  "rate=(int)24000, channels=(int)1"
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(REALTIME_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(REALTIME_CAPS));

constexpr std::size_t kMostTold = 32;
constexpr std::size_t kLongestTold = 64 * 1024;  // bytes

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_OPENAI_REALTIME(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    const gstpp::BufferPtr buffer{raw};
    State& s = *self->state;
    Input input;
    {
      const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
      if (!map) return GST_FLOW_ERROR;
      input.audio.assign(map.data(), map.data() + map.size());
    }
    if (input.audio.empty()) return GST_FLOW_OK;
    const GstClockTime start =
        gst_segment_to_running_time(&s.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer.get()));
    Lock lock(s.lock);
    if (!s.running) return GST_FLOW_FLUSHING;
    if (!s.format) return GST_FLOW_NOT_NEGOTIATED;
    if (s.ended) return GST_FLOW_EOS;
    input.end = (GST_CLOCK_TIME_IS_VALID(start) ? start : now(s)) +
                input.audio.size() * GST_MSECOND / bytes_per_ms(*s.format);
    take_input(s, std::move(input));
    return GST_FLOW_OK;
  });
}

gboolean take_caps(GstOpenaiRealtime* self, GstCaps* caps) {
  State& s = *self->state;
  const auto format = format_of(caps);
  if (!format) return FALSE;
  Lock lock(s.lock);
  if (s.format && s.format != format) {
    lock.unlock();
    GST_ELEMENT_ERROR(self, CORE, NEGOTIATION, ("The audio format cannot change during a session"),
                      (nullptr));
    return FALSE;
  }
  set_format(s, lock, *format);
  return TRUE;
}

gboolean sink_event(GstPad*, GstObject* parent, GstEvent* raw) {
  auto* self = GST_OPENAI_REALTIME(parent);
  gstpp::EventPtr event{raw};
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    switch (GST_EVENT_TYPE(event.get())) {
      case GST_EVENT_CAPS: {
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event.get(), &caps);
        return take_caps(self, caps);
      }
      case GST_EVENT_SEGMENT:
        gst_event_copy_segment(event.get(), &s.segment);
        return TRUE;
      case GST_EVENT_EOS: {
        Lock lock(s.lock);
        input_ended(s, lock);
        return TRUE;
      }
      case GST_EVENT_STREAM_START:
      case GST_EVENT_GAP:
      case GST_EVENT_FLUSH_START:  // of the caller's stream: the reply has one of its own
      case GST_EVENT_FLUSH_STOP:
        return TRUE;
      case GST_EVENT_CUSTOM_DOWNSTREAM: {
        if (const auto start = jackfield::parse_turn_start(event.get())) {
          Lock lock(s.lock);
          turn_started(s, lock, start->turn_id, start->speech_start);
          return TRUE;
        }
        if (const auto end = jackfield::parse_turn_end(event.get())) {
          Lock lock(s.lock);
          turn_ended(s, lock, end->speech_end, end->decided_at);
          return TRUE;
        }
        return gst_pad_push_event(s.src, event.release());
      }
      case GST_EVENT_TAG:
        return TRUE;
      default:
        return gst_pad_push_event(s.src, event.release());
    }
  });
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (jackfield::answer_never_blocks(query, GST_ELEMENT_CAST(parent))) return TRUE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean src_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  auto* self = GST_OPENAI_REALTIME(parent);
  gstpp::EventPtr event{raw};
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    if (const auto played = jackfield::parse_played(event.get())) {
      Lock lock(s.lock);
      if (s.call && GST_CLOCK_TIME_IS_VALID(played->position)) {
        s.knows_played = true;
        if (s.flush_starting == 0 && !s.flush_due) s.call->playout().heard_until(played->position);
        s.wake.notify_all();
      }
      return TRUE;
    }
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_LATENCY) {
      GstClockTime latency = 0;
      gst_event_parse_latency(event.get(), &latency);
      Lock lock(s.lock);
      s.latency = GST_CLOCK_TIME_IS_VALID(latency) ? latency : 0;
    }
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// The reply is made now, not when the caller's audio was captured.
gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  State& s = *GST_OPENAI_REALTIME(parent)->state;
  if (!gst_pad_peer_query(s.sink, query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime least = 0;
  gst_query_parse_latency(query, &live, &least, nullptr);
  gst_query_set_latency(query, live, least, GST_CLOCK_TIME_NONE);
  return TRUE;
}

gboolean src_activate(GstPad* pad, GstObject* parent, GstPadMode, gboolean active) {
  auto* self = GST_OPENAI_REALTIME(parent);
  State& s = *self->state;
  {
    Lock lock(s.lock);
    s.running = active;
    s.begun = s.ended = s.flush_due = false;
    s.discont = true;
  }
  s.wake.notify_all();
  return active ? gst_pad_start_task(pad, loop, self, nullptr) : gst_pad_stop_task(pad);
}

// --- States -----------------------------------------------------------------------------------

bool start(GstOpenaiRealtime* self) {
  State& s = *self->state;
  auto prepared = prepare(s);
  if (!prepared) return false;
  Settings& used = *prepared;
  if (jackfield::is_trial(GST_ELEMENT_CAST(self))) return true;
  openai::RealtimeLink::Options options;
  options.socket.url = websocket_address(used);
  options.socket.most_queued = 1 << 20;
  if (!used.api_key.empty()) {
    options.socket.headers.emplace_back("Authorization", "Bearer " + used.api_key);
  }
  used.api_key.clear();
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  {
    Lock lock(s.lock);
    s.used = std::move(used);
    s.call.reset();
    s.format.reset();
    s.last_word.reset();
    s.error_reply.reset();
    s.filler.reset();
    s.planned = 0;
    s.told.clear();
    s.greet = false;
    s.waiting.clear();
    s.waiting_bytes = s.turn_bytes = 0;
    s.open = s.failed = s.in_turn = s.eos_received = s.playing = s.knows_played = false;
    s.latency = s.next_poll = 0;
    s.bytes_sent = s.bytes_received = s.input_dropped = s.bad_events = 0;
    s.connections_lost = s.flushes = s.underruns = 0;
    // Under the lock, which the first of its calls waits for.
    s.link = std::make_unique<openai::RealtimeLink>(std::move(options), s);
    find_format(s, lock);
  }
  return true;
}

void stop(GstOpenaiRealtime* self) {
  State& s = *self->state;
  std::unique_ptr<openai::RealtimeLink> link;
  {
    Lock lock(s.lock);
    link = std::move(s.link);
  }
  link.reset();
}

void set_playing(GstOpenaiRealtime* self, bool playing) {
  State& s = *self->state;
  {
    Lock lock(s.lock);
    s.playing = playing;
  }
  s.wake.notify_all();
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = GST_OPENAI_REALTIME(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(self, false);
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_openai_realtime_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) set_playing(self, true);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE)) {
    stop(self);
  }
  return result;
}

bool tool_result(GstOpenaiRealtime* self, const std::string& call_id, const std::string& output) {
  State& s = *self->state;
  Lock lock(s.lock);
  Outcome out;
  if (!s.call || !s.link || !s.call->tool_result(call_id, output, out)) return false;
  deliver(s, lock, std::move(out));
  return true;
}

void offer_tools(GstOpenaiRealtime* self, std::vector<jackfield::Tool> tools) {
  State& s = *self->state;
  Lock lock(s.lock);
  s.offered = std::move(tools);
  if (s.call) deliver(s, lock, s.call->offer(s.offered));
}

// Without blanks around it; nullptr when it is no text.
gstpp::CharPtr text_of(const gchar* given) {
  if (!given || !g_utf8_validate(given, -1, nullptr)) return nullptr;
  gstpp::CharPtr text{g_strstrip(g_strdup(given))};
  if (!*text) return nullptr;
  return text;
}

gboolean say_filler(GstOpenaiRealtime* self, const gchar* given) {
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    const gstpp::CharPtr text = text_of(given);
    Lock lock(s.lock);
    Outcome out;
    if (!text || !s.call || !s.link || s.failed || !audible(s) ||
        !s.call->say_filler(text.get(), now(s), out)) {
      return FALSE;
    }
    deliver(s, lock, std::move(out));
    return TRUE;
  });
}

gboolean tell(GstOpenaiRealtime* self, const gchar* given, gboolean speak) {
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    const gstpp::CharPtr text = text_of(given);
    if (!text || strlen(text.get()) > kLongestTold) return FALSE;
    Lock lock(s.lock);
    if (!s.link || s.failed || s.ended || s.eos_received) return FALSE;
    if (!s.call) {
      if (s.told.size() >= kMostTold) return FALSE;
      s.told.push_back({.text = text.get(), .speak = speak != FALSE});
      return TRUE;
    }
    Outcome out;
    if (!s.call->tell(text.get(), speak != FALSE, now(s), out)) return FALSE;
    deliver(s, lock, std::move(out));
    return TRUE;
  });
}

gboolean greet(GstOpenaiRealtime* self) {
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    Lock lock(s.lock);
    if (!s.link || s.failed || s.ended || s.eos_received || s.used.call.speak_first) return FALSE;
    if (!s.call) return s.greet = true;
    Outcome out;
    if (!s.call->greet(out)) return FALSE;
    deliver(s, lock, std::move(out));
    return TRUE;
  });
}

gboolean user_text(GstOpenaiRealtime* self, const gchar* typed) {
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    const gstpp::CharPtr text = text_of(typed);
    if (!text) return FALSE;
    Lock lock(s.lock);
    Outcome out;
    if (!s.call || !s.link || s.failed || s.eos_received || !audible(s) ||
        !s.call->user_text(text.get(), now(s), out)) {
      return FALSE;
    }
    deliver(s, lock, std::move(out));
    return TRUE;
  });
}

// --- Properties -------------------------------------------------------------------------------

GstStructure* make_stats(GstOpenaiRealtime* self) {
  State& s = *self->state;
  Lock lock(s.lock);
  const RealtimeCall::Stats none;
  const RealtimeCall::Stats& c = s.call ? s.call->stats() : none;
  const uint64_t per_ms = s.format ? bytes_per_ms(*s.format) : 8;
  const uint64_t queued = s.call ? s.call->playout().queued_bytes() * GST_MSECOND / per_ms : 0;
  return gst_structure_new(
      "application/x-openairealtime-stats", "state", G_TYPE_STRING,
      s.call ? s.call->state().c_str() : "listening", "connected", G_TYPE_BOOLEAN,
      static_cast<gboolean>(s.call && s.call->ready()), "sessions", G_TYPE_UINT64, c.sessions,
      "connections-lost", G_TYPE_UINT64, s.connections_lost, "turns", G_TYPE_UINT64, c.turns,
      "replies", G_TYPE_UINT64, c.replies, "interruptions", G_TYPE_UINT64, c.interruptions,
      "resumed", G_TYPE_UINT64, c.resumed, "backchannels", G_TYPE_UINT64, c.backchannels,
      "tool-calls", G_TYPE_UINT64, c.tool_calls, "errors", G_TYPE_UINT64, c.errors, "bad-events",
      G_TYPE_UINT64, s.bad_events, "audio-sent", G_TYPE_UINT64, s.bytes_sent * GST_MSECOND / per_ms,
      "audio-received", G_TYPE_UINT64, s.bytes_received * GST_MSECOND / per_ms, "input-dropped",
      G_TYPE_UINT64, s.input_dropped * GST_MSECOND / per_ms, "reply-queued", G_TYPE_UINT64, queued,
      "deltas-dropped", G_TYPE_UINT64, c.deltas_dropped, "deltas-refused", G_TYPE_UINT64,
      c.audio_refused, "flushes", G_TYPE_UINT64, s.flushes, "underruns", G_TYPE_UINT64, s.underruns,
      "last-hang-over", G_TYPE_UINT64, c.last_hang_over, "last-thinking", G_TYPE_UINT64,
      c.last_thinking, "last-output", G_TYPE_UINT64, c.last_output, "last-total", G_TYPE_UINT64,
      c.last_total, nullptr);
}

void set_held_back(State& s, bool held_back) {
  {
    const Lock lock(s.lock);
    s.held_back = held_back;
  }
  s.wake.notify_all();
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  gstpp::guarded(object, 0, [&] {
    if (id == kPropHoldBack) {
      set_held_back(*GST_OPENAI_REALTIME(object)->state, g_value_get_boolean(value));
      return 0;
    }
    const gstpp::ObjectLock lock(object);
    if (!set_setting(GST_OPENAI_REALTIME(object)->state->settings, id, value)) {
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    return 0;
  });
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  auto* self = GST_OPENAI_REALTIME(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(self));
    return;
  }
  if (id == kPropHoldBack) {
    const Lock lock(self->state->lock);
    g_value_set_boolean(value, self->state->held_back);
    return;
  }
  const gstpp::ObjectLock lock(object);
  if (!get_setting(self->state->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void finalize(GObject* object) {
  delete GST_OPENAI_REALTIME(object)->state;
  G_OBJECT_CLASS(gst_openai_realtime_parent_class)->finalize(object);
}

}  // namespace

static void gst_openai_realtime_init(GstOpenaiRealtime* self) {
  self->state = new State(self);
  State& s = *self->state;
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, chain);
  gst_pad_set_event_function(s.sink, sink_event);
  gst_pad_set_query_function(s.sink, sink_query);
  GST_PAD_SET_PROXY_CAPS(s.sink);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_event_function(s.src, src_event);
  gst_pad_set_query_function(s.src, src_query);
  gst_pad_set_activatemode_function(s.src, src_activate);
  GST_PAD_SET_PROXY_CAPS(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
}

static void gst_openai_realtime_class_init(GstOpenaiRealtimeClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  element->change_state = change_state;
  install_properties(object);
  jackfield::add_function_signals<GstOpenaiRealtime, offer_tools, tool_result>(object);
  // Has the model's voice say a sentence while tools are waited for. FALSE: there is something to
  // hear, or nothing is waited for. Any thread.
  g_signal_new_class_handler("say-filler", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(say_filler), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1,
                             G_TYPE_STRING);
  // The model learns what nobody has said; with the boolean it answers as soon as nobody has the
  // word. FALSE when it is not taken. Any thread.
  g_signal_new_class_handler("tell", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(tell), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 2,
                             G_TYPE_STRING, G_TYPE_BOOLEAN);
  // Without speak-first: the first reply is asked for now, or once the session stands. FALSE when
  // it is not taken: the conversation has begun. Any thread, from PAUSED on.
  g_signal_new_class_handler("greet", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(greet), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 0);
  // A turn of the caller in writing. Returns whether it was taken: not before the session stands,
  // in PAUSED, and when the call is ending. Any thread.
  g_signal_new_class_handler("user-text", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(user_text), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1,
                             G_TYPE_STRING);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(
      element, "OpenAI Realtime", "Filter/Network/Audio",
      "Talks with a caller, speech to speech, by OpenAI's Realtime API", "Jackfield project");
}
