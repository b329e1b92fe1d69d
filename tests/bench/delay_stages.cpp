// Speech stages that understand and say nothing, each a fixed time after it was asked: in place of
// providers, so that what is left of an agent's latency is ours. A plugin for the benchmark.
//
//   delaystt   audio → text: `delay` after the end of a turn, one word
//   delayllm   text → text: `delay` after the end of a turn, one sentence; no greeting
//   delaytts   text → audio: `delay` after a text, a tone of `length`
#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <numbers>
#include <string_view>

#include "blocking_query.hpp"
#include "config.h"
#include "gstpp.hpp"
#include "param_flags.hpp"
#include "turn_events.hpp"

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kAudio[] = "audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1";
constexpr char kText[] = "text/x-raw,format=utf8";
constexpr GstClockTime kDefaultDelay = 100 * GST_MSECOND;
constexpr GstClockTime kDefaultLength = 200 * GST_MSECOND;
constexpr GstClockTime kPiece = 20 * GST_MSECOND;
constexpr std::size_t kPieceSamples = 160;
constexpr std::size_t kMaxItems = 1000;

struct DelayStage;

struct Kind {
  const char* name;
  const char* type_name;
  const char* klass;
  const char* sink_caps;
  const char* src_caps;
};
enum KindIndex { kStt, kLlm, kTts };
constexpr std::array<Kind, 3> kKinds{{
    {"delaystt", "JackfieldDelayStt", "Filter/Audio/Text", kAudio, kText},
    {"delayllm", "JackfieldDelayLlm", "Filter/Text", kText, kText},
    {"delaytts", "JackfieldDelayTts", "Filter/Text/Audio", kText, kAudio},
}};

// What waits for delaystt's task: an event, and the time before which it may not go on.
struct Item {
  gstpp::EventPtr event;
  SteadyClock::time_point due;
};

struct State {
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  GstClockTime delay = kDefaultDelay;    // guarded by the object lock
  GstClockTime length = kDefaultLength;  // guarded by the object lock
  std::mutex lock;
  std::condition_variable changed;
  // Guarded by lock.
  bool flushing = true;
  std::deque<Item> items;
  // Of the streaming thread.
  GstClockTime next = 0;  // end of the last audio
};

struct DelayStage {
  GstElement parent;
  State* state;
};
struct DelayStageClass {
  GstElementClass parent;
  KindIndex kind;
};

enum { kPropDelay = 1, kPropLength };

GstElementClass* parent_class = nullptr;

DelayStage* stage(gpointer object) { return static_cast<DelayStage*>(object); }
KindIndex kind_of(DelayStage* self) {
  return G_TYPE_INSTANCE_GET_CLASS(self, GST_TYPE_ELEMENT, DelayStageClass)->kind;
}
SteadyClock::duration delay_of(DelayStage* self) {
  const gstpp::ObjectLock guard(self);
  return std::chrono::nanoseconds(self->state->delay);
}

// False when a flush, or the end of the stream, came first.
bool wait_until(State& s, SteadyClock::time_point time) {
  std::unique_lock lock(s.lock);
  return !s.changed.wait_until(lock, time, [&] { return s.flushing; });
}

GstFlowReturn push_text(State& s, std::string_view text) {
  return gst_pad_push(s.src, gst_buffer_new_memdup(text.data(), text.size()));
}

// ---- delaystt: a task of its own, for its pusher must never wait

void stt_loop(gpointer data) {
  DelayStage* self = stage(data);
  State& s = *self->state;
  Item item;
  {
    std::unique_lock lock(s.lock);
    s.changed.wait(lock, [&] { return s.flushing || !s.items.empty(); });
    if (s.flushing) {
      lock.unlock();
      gst_pad_pause_task(s.src);
      return;
    }
    item = std::move(s.items.front());
    s.items.pop_front();
  }
  if (!wait_until(s, item.due)) return;
  if (jackfield::parse_turn_end(item.event.get())) push_text(s, "yes");
  gst_pad_push_event(s.src, item.event.release());
}

bool stt_enqueue(DelayStage* self, gstpp::EventPtr event) {
  State& s = *self->state;
  const bool turn = jackfield::parse_turn_end(event.get()).has_value();
  const auto now = SteadyClock::now();
  const auto due = turn ? now + delay_of(self) : now;
  const std::lock_guard guard(s.lock);
  if (s.flushing || s.items.size() >= kMaxItems) return false;
  s.items.push_back({std::move(event), due});
  s.changed.notify_all();
  return true;
}

// ---- delayllm

bool llm_answer(DelayStage* self, const jackfield::TurnEnd& end) {
  State& s = *self->state;
  if (end.turn_id != 0) {
    if (!wait_until(s, SteadyClock::now() + delay_of(self))) return true;
    push_text(s, "yes");
  }
  return gst_pad_push_event(s.src, jackfield::make_event(jackfield::ReplyEnd{
                                       .turn_id = end.turn_id, .hang_up = false, .transfer = {}}));
}

// ---- delaytts

GstFlowReturn tts_speak(DelayStage* self) {
  State& s = *self->state;
  if (!wait_until(s, SteadyClock::now() + delay_of(self))) return GST_FLOW_FLUSHING;
  GstClockTime left = 0;
  {
    const gstpp::ObjectLock guard(self);
    left = self->state->length;
  }
  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  if (GST_CLOCK_TIME_IS_VALID(now)) s.next = std::max(s.next, now);
  for (; left >= kPiece; left -= kPiece) {
    gstpp::BufferPtr piece{gst_buffer_new_allocate(nullptr, kPieceSamples * 2, nullptr)};
    {
      gstpp::MappedBuffer map{piece.get(), GST_MAP_WRITE};
      std::size_t i = 0;
      // 400 Hz: a whole number of periods in 20 ms.
      for (auto& sample : map.as<gint16>())
        sample = static_cast<gint16>(
            8000 * std::sin(2 * std::numbers::pi * 400 * static_cast<double>(++i) / 8000));
    }
    GST_BUFFER_PTS(piece.get()) = s.next;
    GST_BUFFER_DURATION(piece.get()) = kPiece;
    s.next += kPiece;
    const GstFlowReturn flow = gst_pad_push(s.src, piece.release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

// ---- The pads

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  DelayStage* self = stage(parent);
  return kind_of(self) == kTts ? tts_speak(self) : GST_FLOW_OK;
}

void set_flushing(State& s, bool flushing) {
  const std::lock_guard guard(s.lock);
  s.flushing = flushing;
  if (flushing) s.items.clear();
  s.changed.notify_all();
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  DelayStage* self = stage(parent);
  State& s = *self->state;
  gstpp::EventPtr event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_FLUSH_START:
      set_flushing(s, true);
      return gst_pad_event_default(pad, parent, event.release());
    case GST_EVENT_FLUSH_STOP: {
      s.next = 0;
      const gboolean done = gst_pad_event_default(pad, parent, event.release());
      set_flushing(s, false);
      if (kind_of(self) == kStt) gst_pad_start_task(s.src, stt_loop, self, nullptr);
      return done;
    }
    case GST_EVENT_CAPS: {
      const gstpp::CapsPtr caps{gst_caps_from_string(kKinds[kind_of(self)].src_caps)};
      event.reset(gst_event_new_caps(caps.get()));
      break;
    }
    default:
      break;
  }
  if (kind_of(self) == kStt && GST_EVENT_IS_SERIALIZED(event.get()))
    return stt_enqueue(self, std::move(event));
  if (kind_of(self) == kLlm) {
    if (const auto end = jackfield::parse_turn_end(event.get())) return llm_answer(self, *end);
  }
  return gst_pad_push_event(s.src, event.release());
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (kind_of(stage(parent)) == kStt && jackfield::answer_never_blocks(query, GST_ELEMENT(parent)))
    return TRUE;
  return gst_pad_query_default(pad, parent, query);
}

// ---- The element

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  DelayStage* self = stage(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    s.next = 0;
    set_flushing(s, false);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    set_flushing(s, true);
  }
  const auto result = parent_class->change_state(element, transition);
  if (kind_of(self) != kStt) return result;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    gst_pad_start_task(s.src, stt_loop, self, nullptr);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_pad_stop_task(s.src);
  return result;
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec*) {
  const gstpp::ObjectLock guard(object);
  State& s = *stage(object)->state;
  (id == kPropDelay ? s.delay : s.length) = g_value_get_uint64(value);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  const gstpp::ObjectLock guard(object);
  const State& s = *stage(object)->state;
  g_value_set_uint64(value, id == kPropDelay ? s.delay : s.length);
}

void instance_init(GTypeInstance* instance, gpointer klass) {
  DelayStage* self = stage(instance);
  self->state = new State;
  const auto add = [&](const char* name) {
    GstPad* pad = gst_pad_new_from_template(
        gst_element_class_get_pad_template(GST_ELEMENT_CLASS(klass), name), name);
    gst_element_add_pad(GST_ELEMENT(self), pad);
    return pad;
  };
  self->state->sink = add("sink");
  self->state->src = add("src");
  gst_pad_set_chain_function(self->state->sink, chain);
  gst_pad_set_event_function(self->state->sink, sink_event);
  gst_pad_set_query_function(self->state->sink, sink_query);
}

void class_init(gpointer klass, gpointer data) {
  const auto index = static_cast<KindIndex>(GPOINTER_TO_INT(data));
  const Kind& kind = kKinds[index];
  auto* object_class = G_OBJECT_CLASS(klass);
  auto* element_class = GST_ELEMENT_CLASS(klass);
  static_cast<DelayStageClass*>(klass)->kind = index;
  parent_class = static_cast<GstElementClass*>(g_type_class_peek(GST_TYPE_ELEMENT));
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = [](GObject* object) {
    delete stage(object)->state;
    G_OBJECT_CLASS(parent_class)->finalize(object);
  };
  element_class->change_state = change_state;
  const auto pad = [&](const char* name, GstPadDirection direction, const char* text) {
    const gstpp::CapsPtr caps{gst_caps_from_string(text)};
    gst_element_class_add_pad_template(
        element_class, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  };
  pad("sink", GST_PAD_SINK, kind.sink_caps);
  pad("src", GST_PAD_SRC, kind.src_caps);
  gst_element_class_set_static_metadata(element_class, "Stage with a fixed delay", kind.klass,
                                        "Stands in for a provider in benchmarks", PACKAGE_ORIGIN);
  g_object_class_install_property(
      object_class, kPropDelay,
      g_param_spec_uint64("delay", "Delay", "Time from the question to the answer (ns)", 0,
                          60 * GST_SECOND, kDefaultDelay, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropLength,
      g_param_spec_uint64("length", "Length", "Length of a spoken answer (ns); delaytts only", 0,
                          60 * GST_SECOND, kDefaultLength, jackfield::kReadWritePlaying));
}

gboolean plugin_init(GstPlugin* plugin) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    GTypeInfo info{};
    info.class_size = sizeof(DelayStageClass);
    info.class_init = class_init;
    info.class_data = GINT_TO_POINTER(static_cast<int>(i));
    info.instance_size = sizeof(DelayStage);
    info.instance_init = instance_init;
    const GType type = g_type_register_static(GST_TYPE_ELEMENT, kKinds[i].type_name, &info,
                                              static_cast<GTypeFlags>(0));
    if (!gst_element_register(plugin, kKinds[i].name, GST_RANK_NONE, type)) return FALSE;
  }
  return TRUE;
}

}  // namespace

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, delaystages,
                  "Speech stages with a fixed delay, for benchmarks", plugin_init, PACKAGE_VERSION,
                  "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
