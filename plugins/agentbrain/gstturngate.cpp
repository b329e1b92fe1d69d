#include "gstturngate.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "blocking_query.hpp"
#include "gstpp.hpp"
#include "pad_task.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_turn_gate_debug);
#define GST_CAT_DEFAULT gst_turn_gate_debug

namespace {

constexpr std::size_t kMaxQueued =
    256;  // texts and events; beyond, new ones are dropped and counted

using Item = gstpp::MiniPtr<GstMiniObject>;

// Guarded by `lock`, which is never held while pushing or calling the listener.
struct State {
  std::mutex lock;
  std::condition_variable wake;
  std::deque<Item> queue;
  bool running = false;
  bool begun = false;      // stream-start, caps and segment were sent
  bool announced = false;  // the stage below knows that turns are told of by events
  int flush_starting = 0;  // FLUSH_START is on its way
  bool flush_due = false;  // FLUSH_STOP is to be sent by the task
  guint32 flush_seqnum = 0;
  std::deque<gstpp::EventPtr> heard;  // sent right behind the flush
  guint64 flushes = 0;
  guint64 dropped = 0;
  agentbrain::TurnGateListener* listener = nullptr;
  const agentbrain::MediaTime* time = nullptr;
};

}  // namespace

struct _GstTurnGate {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstTurnGate, gst_turn_gate, GST_TYPE_ELEMENT)

namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

GstClockTime now(GstTurnGate* self) {
  const State& s = *self->state;
  if (s.time) return s.time->now(GST_ELEMENT(self));
  const GstClockTime t = gstpp::running_time(GST_ELEMENT(self));
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

Item to_item(gpointer mini) { return Item{GST_MINI_OBJECT_CAST(mini)}; }

void enqueue(GstTurnGate* self, Item item, bool essential) {
  State& s = *self->state;
  {
    std::lock_guard guard(s.lock);
    if (!essential && s.queue.size() >= kMaxQueued) {
      ++s.dropped;
      return;
    }
    s.queue.push_back(std::move(item));
  }
  s.wake.notify_all();
}

gstpp::BufferPtr text_buffer(const std::string& text, GstClockTime pts) {
  gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, text.size(), nullptr)};
  gst_buffer_fill(buffer.get(), 0, text.data(), text.size());
  GST_BUFFER_PTS(buffer.get()) = pts;
  return buffer;
}

void send_segment_and_gap(GstTurnGate* self) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(self->srcpad, gst_event_new_segment(&segment));
  gst_pad_push_event(self->srcpad, gst_event_new_gap(now(self), GST_CLOCK_TIME_NONE));
}

void begin(GstTurnGate* self) {
  gstpp::CharPtr id{gst_pad_create_stream_id(self->srcpad, GST_ELEMENT(self), "turns")};
  gst_pad_push_event(self->srcpad, gst_event_new_stream_start(id.get()));
  gstpp::CapsPtr caps{gst_static_pad_template_get_caps(&src_template)};
  gst_pad_push_event(self->srcpad, gst_event_new_caps(caps.get()));
  send_segment_and_gap(self);
}

void end_flush(GstTurnGate* self, guint32 seqnum, std::deque<gstpp::EventPtr> heard) {
  GstEvent* stop = gst_event_new_flush_stop(FALSE);
  gst_event_set_seqnum(stop, seqnum);
  gst_pad_push_event(self->srcpad, stop);
  send_segment_and_gap(self);
  for (auto& event : heard) gst_pad_push_event(self->srcpad, event.release());
}

void push_item(GstTurnGate* self, Item item) {
  State& s = *self->state;
  if (GST_IS_EVENT(item.get())) {
    gst_pad_push_event(self->srcpad, GST_EVENT_CAST(item.release()));
    return;
  }
  const GstFlowReturn flow = gst_pad_push(self->srcpad, GST_BUFFER_CAST(item.release()));
  // FLUSHING: an interruption, whose FLUSH_STOP is ours to send, or the end. EOS: nobody listens
  // any more. Neither is a failure of the stage.
  if (flow >= GST_FLOW_OK || flow == GST_FLOW_FLUSHING || flow == GST_FLOW_EOS) return;
  // The rest of this question would be answered without its beginning.
  {
    std::lock_guard guard(s.lock);
    while (!s.queue.empty()) {
      GstMiniObject* next = s.queue.front().get();
      if (GST_IS_EVENT(next) && GST_EVENT_IS_STICKY(GST_EVENT_CAST(next))) break;
      const bool end =
          GST_IS_EVENT(next) && jackfield::parse_turn_end(GST_EVENT_CAST(next)).has_value();
      s.queue.pop_front();
      if (end) break;
    }
  }
  GST_WARNING_OBJECT(self, "the stage below returned %s", gst_flow_get_name(flow));
  if (s.listener) s.listener->on_answer_failed(flow);
}

void loop(gpointer data) {
  GstTurnGate* self = GST_TURN_GATE(data);
  State& s = *self->state;
  std::unique_lock lock(s.lock);
  s.wake.wait(lock, [&] {
    return !s.running || (s.flush_starting == 0 && (s.flush_due || !s.begun || !s.queue.empty()));
  });
  if (!s.running) {
    gst_pad_pause_task(self->srcpad);
  } else if (!s.begun) {
    lock.unlock();
    begin(self);
    lock.lock();
    s.begun = true;
  } else if (s.flush_due) {
    s.flush_due = false;
    const guint32 seqnum = s.flush_seqnum;
    auto heard = std::exchange(s.heard, {});
    lock.unlock();
    end_flush(self, seqnum, std::move(heard));
  } else {
    Item item = std::move(s.queue.front());
    s.queue.pop_front();
    lock.unlock();
    push_item(self, std::move(item));
  }
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  GstTurnGate* self = GST_TURN_GATE(parent);
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    State& s = *self->state;
    if (!s.listener) {
      enqueue(self, to_item(buffer.release()), false);
      return GST_FLOW_OK;
    }
    gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
    if (!map) return GST_FLOW_OK;
    std::string text(reinterpret_cast<const char*>(map.data()), map.size());
    // Some elements count the closing NUL as text.
    while (!text.empty() && text.back() == '\0') text.pop_back();
    if (g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) {
      s.listener->on_text(text);
    } else {
      GST_WARNING_OBJECT(self, "text that is not UTF-8 was dropped");
    }
    return GST_FLOW_OK;
  });
}

bool handle_sink_event(GstTurnGate* self, GstPad* pad, gstpp::EventPtr event) {
  State& s = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_GAP:
      return true;  // the gate's own came before the first word
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      return true;  // a seek in the caller's stream is no interruption of the agent
    case GST_EVENT_EOS:
      if (s.listener) {
        s.listener->on_input_eos();
      } else {
        enqueue(self, to_item(event.release()), true);
      }
      return true;
    default:
      break;
  }
  if (const auto end = jackfield::parse_turn_end(event.get()); end && s.listener) {
    s.listener->on_turn_end(*end);
    return true;
  }
  if (GST_EVENT_IS_SERIALIZED(event.get())) {
    if (jackfield::parse_turn_start(event.get())) {
      const std::lock_guard guard(s.lock);
      s.announced = true;
    }
    const bool sticky = GST_EVENT_IS_STICKY(event.get());
    enqueue(self, to_item(event.release()), sticky);
    return true;
  }
  return gst_pad_event_default(pad, GST_OBJECT(self), event.release());
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    return handle_sink_event(GST_TURN_GATE(parent), pad, gstpp::EventPtr{event});
  });
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (jackfield::answer_never_blocks(query, GST_ELEMENT(parent))) return TRUE;
  // Those would wait for what is being pushed below.
  if (GST_QUERY_IS_SERIALIZED(query)) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  State& s = *GST_TURN_GATE(parent)->state;
  return agentbrain::activate_pad_task(pad, active, s, loop, parent, [&](bool) {
    s.begun = s.announced = false;
    s.flush_due = false;
    s.queue.clear();
    s.heard.clear();
  });
}

void finalize(GObject* object) {
  delete GST_TURN_GATE(object)->state;
  G_OBJECT_CLASS(gst_turn_gate_parent_class)->finalize(object);
}

}  // namespace

static void gst_turn_gate_class_init(GstTurnGateClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_turn_gate_debug, "turngate", 0, "agentbrain's gate of turns");
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = finalize;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Turn gate", "Generic/Text",
                                        "Hands the caller's turns to the LLM stage; interruptions "
                                        "start here (private to agentbrain)",
                                        "The Jackfield authors");
}

static void gst_turn_gate_init(GstTurnGate* self) {
  self->state = new State;
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, chain);
  gst_pad_set_event_function(self->sinkpad, sink_event);
  gst_pad_set_query_function(self->sinkpad, sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_activatemode_function(self->srcpad, activate_src);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

void gst_turn_gate_connect(GstTurnGate* self, agentbrain::TurnGateListener* listener,
                           const agentbrain::MediaTime* time) {
  self->state->listener = listener;
  self->state->time = time;
}

void gst_turn_gate_submit(GstTurnGate* self, const std::vector<std::string>& texts,
                          const jackfield::TurnEnd& end, const std::vector<std::string>& overheard,
                          bool announced) {
  State& s = *self->state;
  const GstClockTime pts = GST_CLOCK_TIME_IS_VALID(end.speech_end) ? end.speech_end : now(self);
  std::vector<Item> items;
  if (announced) {
    items.push_back(to_item(
        jackfield::make_event(jackfield::TurnStart{.turn_id = end.turn_id, .speech_start = pts})));
  }
  if (!overheard.empty()) {
    jackfield::History before{.from_turn = jackfield::History::kForgetNothing, .said = {}};
    for (const std::string& text : overheard) {
      before.said.push_back({.turn_id = end.turn_id, .text = text, .addressed = false});
    }
    items.push_back(to_item(jackfield::make_event(before)));
  }
  const auto text_begins = static_cast<std::ptrdiff_t>(items.size());
  for (const std::string& text : texts) items.push_back(to_item(text_buffer(text, pts).release()));
  items.push_back(to_item(jackfield::make_event(end)));
  {
    // At once, so that a failure at the first text takes the rest with it.
    std::lock_guard guard(s.lock);
    if (s.queue.size() + items.size() > kMaxQueued) {
      s.dropped += items.size();
      return;
    }
    // Nobody spoke before it: a note for the greeting, what was typed, or a stage that sends none.
    if (!std::exchange(s.announced, true))
      items.insert(items.begin() + text_begins, to_item(jackfield::make_event(jackfield::TurnStart{
                                                    .turn_id = end.turn_id, .speech_start = pts})));
    for (Item& item : items) s.queue.push_back(std::move(item));
  }
  s.wake.notify_all();
}

static bool flush_below(GstTurnGate* self, gstpp::EventPtr heard) {
  State& s = *self->state;
  bool flush = false;
  guint32 seqnum = 0;
  {
    std::lock_guard guard(s.lock);
    if (!s.running) return false;
    // Unanswered questions are forgotten; what describes the stream stays.
    std::erase_if(s.queue, [](const Item& item) {
      return !GST_IS_EVENT(item.get()) || !GST_EVENT_IS_STICKY(GST_EVENT_CAST(item.get()));
    });
    if (heard && s.heard.size() < kMaxQueued) s.heard.push_back(std::move(heard));
    ++s.flushes;
    // Before the beginning, or while an earlier flush has not ended, nothing is below.
    flush = s.begun && !s.flush_due && s.flush_starting == 0;
    if (!flush) return s.flush_due || s.flush_starting > 0;
    ++s.flush_starting;
    s.flush_seqnum = seqnum = gst_util_seqnum_next();
  }
  GstEvent* start = gst_event_new_flush_start();
  gst_event_set_seqnum(start, seqnum);
  gst_pad_push_event(self->srcpad, start);
  {
    std::lock_guard guard(s.lock);
    --s.flush_starting;
    s.flush_due = true;
  }
  s.wake.notify_all();
  return true;
}

bool gst_turn_gate_barge(GstTurnGate* self, const jackfield::Heard& heard) {
  return flush_below(self, gstpp::EventPtr{jackfield::make_event(heard)});
}

bool gst_turn_gate_flush(GstTurnGate* self) { return flush_below(self, nullptr); }

void gst_turn_gate_finish(GstTurnGate* self) { enqueue(self, to_item(gst_event_new_eos()), true); }

void gst_turn_gate_add_stats(GstTurnGate* self, GstStructure* stats) {
  State& s = *self->state;
  std::lock_guard guard(s.lock);
  gst_structure_set(stats, "turns-queued", G_TYPE_UINT, static_cast<guint>(s.queue.size()),
                    "turns-dropped", G_TYPE_UINT64, s.dropped, "stage-flushes", G_TYPE_UINT64,
                    s.flushes, nullptr);
}
