// The join of a StageSwitch: lets through what the active provider gives.
#include <utility>

#include "stage_switch_state.hpp"
#include "turn_events.hpp"

namespace {

using agentbrain::StageSwitch;
using Shared = StageSwitch::Shared;

struct State {
  std::shared_ptr<Shared> shared;
};

}  // namespace

G_DECLARE_FINAL_TYPE(GstStageJoin, gst_stage_join, GST, STAGE_JOIN, GstElement)
struct _GstStageJoin {
  GstElement parent;
  GstPad* in[2];
  GstPad* src;
  State* state;
};
G_DEFINE_FINAL_TYPE(GstStageJoin, gst_stage_join, GST_TYPE_ELEMENT)

namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink_%u", GST_PAD_SINK, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

// Is the pad's provider the active one? `item`: what it gives. Behind a change its caps and segment
// go first.
bool admit(GstStageJoin* self, GstPad* pad, GstMiniObject* item) {
  Shared& s = *self->state->shared;
  bool first = false;
  bool answers = false;
  {
    std::lock_guard guard(s.lock);
    if (pad != self->in[s.active]) return false;
    if (item) {
      answers = s.came(item);
      first = std::exchange(s.announced, s.active) != s.active;
    }
  }
  if (!item) return true;
  if (answers) s.timer.stop();
  if (!first) return true;
  for (const GstEventType type : {GST_EVENT_CAPS, GST_EVENT_SEGMENT}) {
    if (GstEvent* event = gst_pad_get_sticky_event(pad, type, 0)) {
      gst_pad_push_event(self->src, event);
    }
  }
  return true;
}

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    GstStageJoin* self = GST_STAGE_JOIN(parent);
    gstpp::BufferPtr buffer{raw};
    // A provider in reserve is not told: it would stop for good.
    if (!admit(self, pad, GST_MINI_OBJECT_CAST(buffer.get()))) return GST_FLOW_OK;
    return gst_pad_push(self->src, buffer.release());
  });
}

gboolean event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    GstStageJoin* self = GST_STAGE_JOIN(parent);
    gstpp::EventPtr event{raw};
    if (jackfield::parse_history(raw)) return TRUE;  // a provider that knows nothing of it
    const bool custom = GST_EVENT_TYPE(raw) == GST_EVENT_CUSTOM_DOWNSTREAM;
    if (!admit(self, pad, custom ? GST_MINI_OBJECT_CAST(raw) : nullptr)) return TRUE;
    return gst_pad_push_event(self->src, event.release());
  });
}

}  // namespace

static void gst_stage_join_finalize(GObject* object) {
  delete GST_STAGE_JOIN(object)->state;
  G_OBJECT_CLASS(gst_stage_join_parent_class)->finalize(object);
}

static void gst_stage_join_class_init(GstStageJoinClass* klass) {
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = gst_stage_join_finalize;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Stage join", "Generic",
                                        "Lets through what the active one of two providers of a "
                                        "stage gives (private to agentbrain)",
                                        "The Jackfield authors");
}

static void gst_stage_join_init(GstStageJoin* self) {
  self->state = new State;
  for (int i = 0; i < 2; ++i) {
    self->in[i] = gst_pad_new_from_static_template(&sink_template, i ? "sink_1" : "sink_0");
    gst_pad_set_chain_function(self->in[i], chain);
    gst_pad_set_event_function(self->in[i], event);
    GST_PAD_SET_PROXY_CAPS(self->in[i]);
    gst_element_add_pad(GST_ELEMENT(self), self->in[i]);
  }
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->src);
  gst_element_add_pad(GST_ELEMENT(self), self->src);
}

namespace agentbrain {

GstElement* make_stage_join(std::shared_ptr<StageSwitch::Shared> shared) {
  auto* self = static_cast<GstStageJoin*>(g_object_new(gst_stage_join_get_type(), nullptr));
  shared->join_src = self->src;
  self->state->shared = std::move(shared);
  return GST_ELEMENT(self);
}

}  // namespace agentbrain
