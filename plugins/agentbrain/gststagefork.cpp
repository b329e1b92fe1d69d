// The fork of a StageSwitch: gives the active provider what comes, and again what another owed.
#include <utility>

#include "stage_switch_state.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_stage_fork_debug);
#define GST_CAT_DEFAULT gst_stage_fork_debug

namespace {

using agentbrain::StageKind;
using agentbrain::StageSwitch;
using agentbrain::SwitchItem;
using Shared = StageSwitch::Shared;

struct State {
  std::shared_ptr<Shared> shared;
};

}  // namespace

G_DECLARE_FINAL_TYPE(GstStageFork, gst_stage_fork, GST, STAGE_FORK, GstElement)
struct _GstStageFork {
  GstElement parent;
  GstPad* sink;
  GstPad* out[2];
  State* state;
};
G_DEFINE_FINAL_TYPE(GstStageFork, gst_stage_fork, GST_TYPE_ELEMENT)

namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);

Shared& shared(GstStageFork* self) { return *self->state->shared; }

void push_event(GstStageFork* self, int to, const gstpp::EventPtr& event) {
  if (event) gst_pad_push_event(self->out[to], gst_event_ref(event.get()));
}

// A provider that failed gets its stream anew before it is tried again.
void restart(GstStageFork* self, int to) {
  Shared& s = shared(self);
  gstpp::EventPtr start, caps, segment;
  {
    std::lock_guard guard(s.lock);
    const auto copy = [](const gstpp::EventPtr& e) {
      return gstpp::EventPtr{e ? gst_event_ref(e.get()) : nullptr};
    };
    start = copy(s.stream_start);
    caps = copy(s.caps);
    segment = copy(s.segment);
  }
  gst_pad_push_event(self->out[to], gst_event_new_flush_stop(FALSE));
  push_event(self, to, start);
  push_event(self, to, caps);
  push_event(self, to, segment);
}

GstFlowReturn push_item(GstStageFork* self, int to, SwitchItem item) {
  if (GST_IS_BUFFER(item.get())) {
    return gst_pad_push(self->out[to], GST_BUFFER_CAST(item.release()));
  }
  gst_pad_push_event(self->out[to], GST_EVENT_CAST(item.release()));
  return GST_FLOW_OK;
}

// The call so far, for a language model that others spoke for.
void push_history(GstStageFork* self, int to, gstpp::EventPtr history) {
  const guint from = jackfield::parse_history(history.get())->from_turn;
  GST_INFO_OBJECT(self, "provider %d is told of the turns from %u on", to, from);
  if (gst_pad_push_event(self->out[to], history.release())) return;
  // A flush came first.
  Shared& s = shared(self);
  std::lock_guard guard(s.lock);
  s.history.told_in_vain(to, from);
}

GstFlowReturn deliver(GstStageFork* self, int to) {
  Shared& s = shared(self);
  std::unique_lock lock(s.lock);
  auto& branch = s.branches[to];
  if (branch.busy) return GST_FLOW_OK;
  branch.busy = true;
  GstFlowReturn flow = GST_FLOW_OK;
  while (!branch.queue.empty() && flow >= GST_FLOW_OK) {
    SwitchItem item = std::move(branch.queue.front());
    branch.queue.pop_front();
    const bool anew = std::exchange(branch.flushed, false);
    gstpp::EventPtr history = s.missing_history(to, item.get());
    lock.unlock();
    if (anew) restart(self, to);
    if (history) push_history(self, to, std::move(history));
    flow = push_item(self, to, std::move(item));
    lock.lock();
  }
  branch.busy = false;
  if (flow < GST_FLOW_OK) branch.queue.clear();
  const bool left = to != s.active;
  lock.unlock();
  if (flow >= GST_FLOW_OK || left) return GST_FLOW_OK;
  if (flow == GST_FLOW_FLUSHING || flow == GST_FLOW_EOS) return flow;
  const std::string cause = std::string("it returned ") + gst_flow_get_name(flow);
  return agentbrain::fail_provider(GST_ELEMENT(self), to, cause) ? GST_FLOW_OK : flow;
}

void on_slow(GstElement* element, gpointer) {
  GstStageFork* self = GST_STAGE_FORK(element);
  Shared& s = shared(self);
  {
    std::lock_guard guard(s.lock);
    if (s.active != 0 || s.answered || s.timed_question != s.question || s.kept.empty()) return;
  }
  agentbrain::fail_provider(element, 0, "it gave nothing in time");
}

// Does the provider owe something from this item on?
bool asks(const Shared& s, GstMiniObject* item) {
  if (s.kind == StageKind::kTts) return GST_IS_BUFFER(item) && !s.answered;
  return GST_IS_EVENT(item) && jackfield::parse_turn_end(GST_EVENT_CAST(item)).has_value();
}

GstFlowReturn handle(GstStageFork* self, SwitchItem item) {
  Shared& s = shared(self);
  GstClockTime slow_after = 0;
  bool back = false;
  int to = 0;
  {
    std::lock_guard guard(s.lock);
    if (s.begins_turn(item.get())) {
      if (s.kind != StageKind::kStt) s.forget();
      s.tried[0] = s.tried[1] = s.answered = false;
      back = s.active == 1 && gst_util_get_timestamp() >= s.failed_at + s.settings.stay;
      if (back) {
        s.active = 0;
        // The beginning of a turn lies before its announcement.
        for (const SwitchItem& kept : s.kept) {
          s.branches[0].queue.push_back(SwitchItem{gst_mini_object_ref(kept.get())});
        }
      }
    }
    const bool asked = asks(s, item.get());
    s.keep(item.get());
    s.note_question(item.get());
    to = s.active;
    if (asked) {
      ++s.question;
      if (s.kind != StageKind::kTts) s.answered = false;
      if (to == 0) slow_after = s.settings.after;
      s.timed_question = s.question;
    }
    s.branches[to].queue.push_back(std::move(item));
  }
  if (back && s.listener) {
    s.listener->on_fallback(agentbrain::stage_name(s.kind), 0, "fallback-for is over", {});
  }
  if (slow_after) s.timer.arm(GST_ELEMENT(self), slow_after, on_slow);
  return deliver(self, to);
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    return handle(GST_STAGE_FORK(parent), SwitchItem{GST_MINI_OBJECT_CAST(buffer)});
  });
}

void push_to_both(GstStageFork* self, const gstpp::EventPtr& event) {
  for (int i = 0; i < 2; ++i) push_event(self, i, event);
}

bool handle_event(GstStageFork* self, GstPad* pad, gstpp::EventPtr event) {
  Shared& s = shared(self);
  GstEvent* e = event.get();
  switch (GST_EVENT_TYPE(e)) {
    case GST_EVENT_FLUSH_START: {
      {
        std::lock_guard guard(s.lock);
        s.forget();
        ++s.question;
        for (auto& branch : s.branches) branch.queue.clear();
      }
      s.timer.stop();
      push_to_both(self, event);
      return true;
    }
    case GST_EVENT_FLUSH_STOP: {
      {
        std::lock_guard guard(s.lock);
        for (auto& branch : s.branches) branch.flushed = false;
      }
      push_to_both(self, event);
      return true;
    }
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT: {
      {
        std::lock_guard guard(s.lock);
        (GST_EVENT_TYPE(e) == GST_EVENT_STREAM_START ? s.stream_start
         : GST_EVENT_TYPE(e) == GST_EVENT_CAPS       ? s.caps
                                                     : s.segment)
            .reset(gst_event_ref(e));
      }
      push_to_both(self, event);
      return true;
    }
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      handle(self, SwitchItem{GST_MINI_OBJECT_CAST(event.release())});
      return true;
    default:
      return gst_pad_event_default(pad, GST_OBJECT(self), event.release());  // to both
  }
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    return handle_event(GST_STAGE_FORK(parent), pad, gstpp::EventPtr{event});
  });
}

// What a provider in reserve says upstream concerns nobody.
gboolean src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GstStageFork* self = GST_STAGE_FORK(parent);
  bool active = false;
  {
    Shared& s = shared(self);
    std::lock_guard guard(s.lock);
    active = pad == self->out[s.active];
  }
  const bool custom = GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_UPSTREAM;
  if (active || !custom) return gst_pad_event_default(pad, parent, event);
  gst_event_unref(event);
  return TRUE;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  GstStageFork* self = GST_STAGE_FORK(element);
  Shared& s = shared(self);
  const auto reset = [&](bool running) {
    std::lock_guard guard(s.lock);
    s.running = running;
    s.forget();
    s.history.clear();
    s.active = 0;
    s.announced = 0;
    s.forwards_ends = false;
    ++s.question;
    for (auto& branch : s.branches) {
      branch.queue.clear();
      branch.flushed = false;
    }
  };
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) reset(true);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) s.timer.stop();
  const auto result =
      GST_ELEMENT_CLASS(gst_stage_fork_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    reset(false);
    std::lock_guard guard(s.lock);
    s.stream_start.reset();
    s.caps.reset();
    s.segment.reset();
  }
  return result;
}

// The failed one is stopped, then the other one gets what is owed.
void take_over(GstElement* element, gpointer join_src) {
  GstStageFork* self = GST_STAGE_FORK(element);
  gstpp::guarded(self, 0, [&] {
    Shared& s = shared(self);
    int to = 0;
    bool stop = false;
    gstpp::EventPtr end;
    {
      std::lock_guard guard(s.lock);
      to = s.active;
      auto& failed = s.branches[1 - to];
      failed.queue.clear();
      stop = !std::exchange(failed.flushed, true);
      end = std::move(s.cut_end);
    }
    if (stop) gst_pad_push_event(self->out[1 - to], gst_event_new_flush_start());
    if (end) gst_pad_push_event(GST_PAD(join_src), end.release());
    deliver(self, to);
    return 0;
  });
}

}  // namespace

static void gst_stage_fork_finalize(GObject* object) {
  delete GST_STAGE_FORK(object)->state;
  G_OBJECT_CLASS(gst_stage_fork_parent_class)->finalize(object);
}

static void gst_stage_fork_class_init(GstStageForkClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_stage_fork_debug, "stagefork", 0, "agentbrain's providers");
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = gst_stage_fork_finalize;
  element->change_state = change_state;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Stage fork", "Generic",
                                        "Gives a turn to one of two providers of a stage (private "
                                        "to agentbrain)",
                                        "The Jackfield authors");
}

static void gst_stage_fork_init(GstStageFork* self) {
  self->state = new State;
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  for (int i = 0; i < 2; ++i) {
    self->out[i] = gst_pad_new_from_static_template(&src_template, i ? "src_1" : "src_0");
    gst_pad_set_event_function(self->out[i], src_event);
    GST_PAD_SET_PROXY_CAPS(self->out[i]);
    gst_element_add_pad(GST_ELEMENT(self), self->out[i]);
  }
}

namespace agentbrain {

GstElement* make_stage_fork(std::shared_ptr<StageSwitch::Shared> shared) {
  auto* self = static_cast<GstStageFork*>(g_object_new(gst_stage_fork_get_type(), nullptr));
  self->state->shared = std::move(shared);
  return GST_ELEMENT(self);
}

bool fail_provider(GstElement* fork, int provider, const std::string& cause,
                   const std::string& element) {
  GstStageFork* self = GST_STAGE_FORK(fork);
  Shared& s = shared(self);
  gpointer join_src = nullptr;
  {
    std::lock_guard guard(s.lock);
    if (!s.running) return false;
    if (provider != s.active) return true;  // in reserve, or replaced already
    if (std::exchange(s.tried[provider], true) || s.tried[1 - provider]) return false;
    s.active = 1 - provider;
    if (s.asking.empty()) s.history.failed(provider);  // otherwise the question was not put yet
    if (provider == 0) s.failed_at = gst_util_get_timestamp();
    // An answer that was heard in part is not begun anew by somebody else: it ends here.
    auto& queue = s.branches[s.active].queue;
    queue.clear();
    const bool cut = s.kind == StageKind::kLlm && s.answered;
    if (cut) {
      s.cut_end = s.end_of_cut();
      s.kept.clear();
    } else {
      for (SwitchItem& item : s.to_repeat()) queue.push_back(std::move(item));
    }
    s.answered = cut;
    join_src = gst_object_ref(s.join_src);
  }
  s.timer.stop();
  GST_WARNING_OBJECT(self, "%s provider %d: %s", stage_name(s.kind), provider, cause.c_str());
  if (s.listener) s.listener->on_fallback(stage_name(s.kind), 1 - provider, cause, element);
  gst_element_call_async(fork, take_over, join_src, gst_object_unref);
  return true;
}

}  // namespace agentbrain
