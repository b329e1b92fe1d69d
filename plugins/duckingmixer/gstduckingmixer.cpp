// Mixes voices. docs/elements/duckingmixer.md describes its pads and properties.
//
// Threads: whoever pushes into a sink pad only puts samples into the pad's ring, and waits there
// while they are too far ahead of their time. One task wakes every 10 ms, mixes what is there and
// hands it out; outputs that can hold their pusher up have a task of their own, so that nobody
// waits for them. mixer_task.hpp is that task, mixer_pads.hpp has what is kept for each pad,
// mixer_output.hpp the handing out, mixer_seats.hpp what mixerseat asks for.
#include "gstduckingmixer.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "blocking_query.hpp"
#include "caps_query.hpp"
#include "config.h"
#include "gstpp.hpp"
#include "mixer_input.hpp"
#include "mixer_output.hpp"
#include "mixer_pads.hpp"
#include "mixer_seats.hpp"
#include "mixer_settings.hpp"
#include "mixer_state.hpp"
#include "mixer_task.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_ducking_mixer_debug);
#define GST_CAT_DEFAULT gst_ducking_mixer_debug

namespace {

using namespace ducking;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(MIXER_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS(MIXER_CAPS));
GstStaticPadTemplate minus_template =
    GST_STATIC_PAD_TEMPLATE("src_%u", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS(MIXER_CAPS));

jackfield::MemberProperties<Settings>* properties = nullptr;

}  // namespace

static void gst_ducking_mixer_child_proxy_init(gpointer interface, gpointer);
static void gst_ducking_mixer_preset_init(gpointer interface, gpointer) { init_presets(interface); }

G_DEFINE_FINAL_TYPE_WITH_CODE(
    GstDuckingMixer, gst_ducking_mixer, GST_TYPE_ELEMENT,
    G_IMPLEMENT_INTERFACE(GST_TYPE_CHILD_PROXY, gst_ducking_mixer_child_proxy_init)
        G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, gst_ducking_mixer_preset_init)
            GST_DEBUG_CATEGORY_INIT(gst_ducking_mixer_debug, "duckingmixer", 0, "ducking mixer"))
GST_ELEMENT_REGISTER_DEFINE(duckingmixer, "duckingmixer", GST_RANK_NONE, GST_TYPE_DUCKING_MIXER)

namespace {

void loop_function(gpointer element) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(element);
  gstpp::guarded<bool>(self, false, [&] {
    run_task(self);
    return true;
  });
}

// --- Sink pads ---

gboolean sink_event(GstDuckingMixer* self, GstPad* pad, const gstpp::EventPtr& event) {
  Sink& sink = sink_of(pad);
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event.get(), &caps);
      return set_input_caps(sink, caps, format_of(self), is_live_upstream(pad));
    }
    case GST_EVENT_SEGMENT: {
      std::lock_guard guard(sink.lock);
      gst_event_copy_segment(event.get(), &sink.segment);
      return TRUE;
    }
    case GST_EVENT_EOS:
      end_input(sink);
      return TRUE;
    case GST_EVENT_FLUSH_START:
      flush_input(sink);
      return TRUE;
    case GST_EVENT_FLUSH_STOP: {
      restart_input(sink);
      std::lock_guard guard(self->state->lock);
      self->state->ended = self->state->ending;
      self->state->wake.notify_all();
      return TRUE;
    }
    default:
      // What is said of one input holds for no output.
      return TRUE;
  }
}

// --- Pads on request ---

// The number of "sink_7"; `next` is one that is free, and behind it.
guint number_of(const gchar* name, const char* prefix, guint& next) {
  guint number = next;
  if (name && g_str_has_prefix(name, prefix)) {
    guint64 asked = 0;
    if (g_ascii_string_to_unsigned(name + strlen(prefix), 10, 0, G_MAXUINT - 1, &asked, nullptr))
      number = static_cast<guint>(asked);
  }
  next = std::max(next, number + 1);
  return number;
}

}  // namespace

static GstFlowReturn gst_ducking_mixer_chain(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    Sink& sink = sink_of(pad);
    return put_buffer(sink, buffer.get(), running_time_of(sink, buffer.get()));
  });
}

static gboolean gst_ducking_mixer_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  const gstpp::EventPtr event{raw};
  return gstpp::guarded<gboolean>(
      parent, FALSE, [&] { return sink_event(GST_DUCKING_MIXER(parent), pad, event); });
}

static gboolean gst_ducking_mixer_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(parent);
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_CAPS:
      jackfield::answer_caps(query, format_caps(format_of(self)));
      return TRUE;
    case GST_QUERY_LATENCY:
      // A block leaves when it is complete. What comes late for it is heard late; nothing waits.
      if (GST_PAD_IS_SINK(pad)) return FALSE;
      gst_query_set_latency(query, TRUE, kBlock, GST_CLOCK_TIME_NONE);
      return TRUE;
    case GST_QUERY_ALLOCATION:
      return FALSE;
    default:
      if (GST_PAD_IS_SINK(pad) && jackfield::answer_never_blocks(query, GST_ELEMENT(parent))) {
        never_wait(sink_of(pad));
        return TRUE;
      }
      // Each input has its own answer to all others.
      return FALSE;
  }
}

static gboolean gst_ducking_mixer_src_event(GstPad*, GstObject*, GstEvent* raw) {
  const gstpp::EventPtr event{raw};
  return GST_EVENT_TYPE(raw) == GST_EVENT_LATENCY || GST_EVENT_TYPE(raw) == GST_EVENT_RECONFIGURE;
}

static gboolean gst_ducking_mixer_activate_sink(GstPad* pad, GstObject*, GstPadMode mode,
                                                gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  if (active)
    restart_input(sink_of(pad));
  else
    stop_input(sink_of(pad));
  return TRUE;
}

static gboolean gst_ducking_mixer_activate_src(GstPad* pad, GstObject*, GstPadMode mode,
                                               gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  if (active) {
    start_output(src_of(pad));
    return TRUE;
  }
  stop_output(src_of(pad));
  return gst_pad_stop_task(pad);
}

static GstPad* gst_ducking_mixer_request_new_pad(GstElement* element, GstPadTemplate* pad_template,
                                                 const gchar* asked, const GstCaps*) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(element);
  MixerState& state = *self->state;
  const bool is_sink = GST_PAD_TEMPLATE_DIRECTION(pad_template) == GST_PAD_SINK;
  bool muted = false;
  std::size_t most = 0;
  {
    gstpp::ObjectLock lock(self);
    muted = state.settings.join_muted;
    most = state.settings.max_inputs;
  }
  const bool minus = g_str_equal(GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template), "src_%u");
  std::string name = "src";
  std::string number;
  {
    std::lock_guard guard(state.lock);
    if (is_sink)
      name = "sink_" + std::to_string(number_of(asked, "sink_", state.next_sink));
    else if (minus) {
      number = std::to_string(number_of(asked, "src_", state.next_src));
      name = "src_" + number;
    }
  }
  gstpp::PadPtr pad{GST_PAD_CAST(gst_object_ref_sink(
      g_object_new(is_sink ? sink_pad_type() : src_pad_type(), "name", name.c_str(), "direction",
                   GST_PAD_TEMPLATE_DIRECTION(pad_template), "template", pad_template, nullptr)))};
  gst_pad_set_query_function(pad.get(), gst_ducking_mixer_query);
  if (is_sink) {
    gst_pad_set_chain_function(pad.get(), gst_ducking_mixer_chain);
    gst_pad_set_event_function(pad.get(), gst_ducking_mixer_sink_event);
    gst_pad_set_activatemode_function(pad.get(), gst_ducking_mixer_activate_sink);
    if (muted) g_object_set(pad.get(), "mute", TRUE, nullptr);
  } else {
    gst_pad_set_event_function(pad.get(), gst_ducking_mixer_src_event);
    gst_pad_set_activatemode_function(pad.get(), gst_ducking_mixer_activate_src);
    // Everybody hears all but oneself.
    if (minus) g_object_set(pad.get(), "route", ("all -sink_" + number).c_str(), nullptr);
  }
  bool placed = false;
  {
    std::lock_guard guard(state.lock);
    placed = (!is_sink || state.sinks.size() < most) && place_pad(state, pad.get());
    if (placed) {
      (is_sink ? state.sinks : state.srcs).push_back(gstpp::share_object(pad.get()));
      state.routes_changed = true;
      if (is_sink) {
        state.ended = state.ending;
        sound_join(self, true);
      }
      state.wake.notify_all();
    }
  }
  if (!placed) {
    GST_ELEMENT_WARNING(self, RESOURCE, NO_SPACE_LEFT,
                        ("duckingmixer has room for %d inputs.", static_cast<int>(most)),
                        (nullptr));
    return nullptr;
  }
  // The element keeps it from now on.
  GstPad* kept = pad.get();
  if (!gst_element_add_pad(element, kept)) return nullptr;
  gst_child_proxy_child_added(GST_CHILD_PROXY(self), G_OBJECT(kept), name.c_str());
  return kept;
}

static void gst_ducking_mixer_release_pad(GstElement* element, GstPad* pad) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(element);
  MixerState& state = *self->state;
  gst_pad_set_active(pad, FALSE);
  std::shared_ptr<OutputReceiver> receiver;
  {
    std::lock_guard guard(state.lock);
    auto& pads = GST_PAD_IS_SINK(pad) ? state.sinks : state.srcs;
    const auto it = std::find_if(pads.begin(), pads.end(),
                                 [&](const gstpp::PadPtr& one) { return one.get() == pad; });
    if (it == pads.end()) return;
    if (state.mixer && GST_PAD_IS_SINK(pad)) state.mixer->remove_input(sink_of(pad).place);
    if (state.mixer && GST_PAD_IS_SRC(pad)) state.mixer->remove_output(src_of(pad).place);
    receiver.swap(receiver_of(pad));
    if (GST_PAD_IS_SINK(pad)) sound_join(self, false);
    pads.erase(it);
    state.routes_changed = true;
  }
  if (receiver) receiver->ended();
  const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(pad))};
  gst_child_proxy_child_removed(GST_CHILD_PROXY(self), G_OBJECT(pad), name.get());
  gst_element_remove_pad(element, pad);
}

static GstStateChangeReturn gst_ducking_mixer_change_state(GstElement* element,
                                                           GstStateChange transition) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(element);
  MixerState& state = *self->state;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      make_mixer(self);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      state.time->play(element);
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED: {
      state.time->stop();
      std::lock_guard guard(state.lock);
      state.playing = false;
      state.clock_wait.wake();
      break;
    }
    default:
      break;
  }
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_ducking_mixer_parent_class)->change_state(element, transition);
  if (result == GST_STATE_CHANGE_FAILURE) {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) stop_task(self);
    return result;
  }
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      gst_task_start(state.task.get());
      return GST_STATE_CHANGE_NO_PREROLL;  // blocks come with the clock
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING: {
      std::lock_guard guard(state.lock);
      state.playing = true;
      state.wake.notify_all();
      break;
    }
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      stop_task(self);
      clear_seats(self);
      break;
    default:
      break;
  }
  return result;
}

// EOS sent to the element ends all outputs in order.
static gboolean gst_ducking_mixer_send_event(GstElement* element, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_EOS)
    return GST_ELEMENT_CLASS(gst_ducking_mixer_parent_class)->send_event(element, event);
  gst_event_unref(event);
  MixerState& state = *GST_DUCKING_MIXER(element)->state;
  std::lock_guard guard(state.lock);
  if (state.running) state.ending = true;
  return state.running;
}

static GstStructure* get_stats(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  std::lock_guard guard(state.lock);
  const auto blocks = static_cast<gdouble>(std::max<guint64>(state.blocks, 1));
  return gst_structure_new(
      "application/x-duckingmixer-stats", "inputs", G_TYPE_UINT,
      static_cast<guint>(state.sinks.size()), "outputs", G_TYPE_UINT,
      static_cast<guint>(state.srcs.size()), "blocks", G_TYPE_UINT64, state.blocks, "distinct",
      G_TYPE_DOUBLE, static_cast<gdouble>(state.distinct) / blocks, "block-time", G_TYPE_UINT64,
      static_cast<guint64>(static_cast<gdouble>(state.work) * 1000 / blocks), "clipped",
      G_TYPE_UINT64, state.clipped, "kernels", G_TYPE_STRING, kernels().name, nullptr);
}

static void gst_ducking_mixer_set_property(GObject* object, guint id, const GValue* value,
                                           GParamSpec* pspec) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(object);
  {
    gstpp::ObjectLock lock(self);
    if (!properties->set(self->state->settings, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
  self->state->settings_changed = true;
  if (!g_str_equal(pspec->name, "seats")) return;
  // A room has no source to end it: events for the sources of its pipeline are for the mixer.
  gstpp::ObjectLock lock(self);
  if (self->state->settings.seats.empty())
    GST_OBJECT_FLAG_UNSET(self, GST_ELEMENT_FLAG_SOURCE);
  else
    GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}

static void gst_ducking_mixer_get_property(GObject* object, guint id, GValue* value,
                                           GParamSpec* pspec) {
  GstDuckingMixer* self = GST_DUCKING_MIXER(object);
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, get_stats(self));
    return;
  }
  gstpp::ObjectLock lock(self);
  if (!properties->get(self->state->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_ducking_mixer_finalize(GObject* object) {
  MixerState* state = GST_DUCKING_MIXER(object)->state;
  g_rec_mutex_clear(&state->task_lock);
  delete state;
  G_OBJECT_CLASS(gst_ducking_mixer_parent_class)->finalize(object);
}

// "room.sink_0::gain=0.5" in launch text.
static GObject* gst_ducking_mixer_get_child(GstChildProxy* proxy, guint index) {
  gstpp::ObjectLock lock(proxy);
  return static_cast<GObject*>(g_list_nth_data(GST_ELEMENT(proxy)->pads, index)
                                   ? g_object_ref(g_list_nth_data(GST_ELEMENT(proxy)->pads, index))
                                   : nullptr);
}

static guint gst_ducking_mixer_count_children(GstChildProxy* proxy) {
  gstpp::ObjectLock lock(proxy);
  return GST_ELEMENT(proxy)->numpads;
}

static void gst_ducking_mixer_child_proxy_init(gpointer interface, gpointer) {
  auto* proxy = static_cast<GstChildProxyInterface*>(interface);
  proxy->get_child_by_index = gst_ducking_mixer_get_child;
  proxy->get_children_count = gst_ducking_mixer_count_children;
}

static void gst_ducking_mixer_init(GstDuckingMixer* self) {
  self->state = new MixerState;
  g_rec_mutex_init(&self->state->task_lock);
  self->state->task.reset(gst_task_new(loop_function, self, nullptr));
  gst_task_set_lock(self->state->task.get(), &self->state->task_lock);
}

static void gst_ducking_mixer_class_init(GstDuckingMixerClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_ducking_mixer_set_property;
  object_class->get_property = gst_ducking_mixer_get_property;
  object_class->finalize = gst_ducking_mixer_finalize;
  element_class->change_state = gst_ducking_mixer_change_state;
  element_class->send_event = gst_ducking_mixer_send_event;
  element_class->request_new_pad = gst_ducking_mixer_request_new_pad;
  element_class->release_pad = gst_ducking_mixer_release_pad;
  properties = install_properties(object_class);
  gst_element_class_add_static_pad_template_with_gtype(element_class, &sink_template,
                                                       sink_pad_type());
  gst_element_class_add_static_pad_template_with_gtype(element_class, &src_template,
                                                       src_pad_type());
  gst_element_class_add_static_pad_template_with_gtype(element_class, &minus_template,
                                                       src_pad_type());
  gst_element_class_set_static_metadata(
      element_class, "Ducking mixer", "Generic/Audio",
      "Mixes voices on the clock: full mix, mix-minus and routes, ducking, limiter",
      PACKAGE_NAME " project");
  gst_type_mark_as_plugin_api(duck_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(sink_pad_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(src_pad_type(), static_cast<GstPluginAPIFlags>(0));
}
