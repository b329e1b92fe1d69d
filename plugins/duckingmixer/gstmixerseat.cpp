// A participant's seat in the room of a duckingmixer, which may be in another pipeline.
// docs/elements/mixerseat.md describes its pads and properties.
//
// Threads: whoever pushes into `sink` puts samples into the ring of the mixer's pad; the mixer's
// task pushes out of `src`, unless what is below can hold it up. mixer_seat_room.hpp is a stay in a
// room, mixer_seat_settle.cpp joining and leaving, mixer_seat_output.hpp the src pad.
#include "gstmixerseat.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "blocking_query.hpp"
#include "caps_query.hpp"
#include "config.h"
#include "gstduckingmixer.hpp"
#include "gstpp.hpp"
#include "mixer_input.hpp"
#include "mixer_output.hpp"
#include "mixer_seat_loop.hpp"
#include "mixer_seat_state.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_mixer_seat_debug);
#define GST_CAT_DEFAULT gst_mixer_seat_debug

G_DEFINE_FINAL_TYPE_WITH_CODE(GstMixerSeat, gst_mixer_seat, GST_TYPE_ELEMENT,
                              GST_DEBUG_CATEGORY_INIT(gst_mixer_seat_debug, "mixerseat", 0,
                                                      "seat in a ducking mixer's room"))
GST_ELEMENT_REGISTER_DEFINE(mixerseat, "mixerseat", GST_RANK_NONE, GST_TYPE_MIXER_SEAT)

namespace {

using namespace ducking;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(MIXER_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(MIXER_CAPS));
GstStaticPadTemplate prompt_template =
    GST_STATIC_PAD_TEMPLATE("prompt", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(MIXER_CAPS));

// So many buffers of a format that the room does not have are told; a few come before upstream has
// followed.
constexpr unsigned kMisfitsTold = 50;

jackfield::MemberProperties<SeatSettings>* properties = nullptr;

// --- What comes in ---

GstClockTime running_time_of(const SeatInput& input, GstBuffer* buffer) {
  return gst_segment_to_running_time(&input.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

void count_refused(GstMixerSeat* self, SeatRoom& room) {
  SeatState& state = *self->state;
  bool tell = false;
  {
    std::lock_guard guard(state.lock);
    ++state.counts.refused;
    tell = !room.over() && !room.fits() && ++state.misfits == kMisfitsTold;
  }
  if (!tell) return;
  GST_ELEMENT_WARNING(self, CORE, NEGOTIATION,
                      ("What comes into the seat has not the format of its room."),
                      ("the room has %d Hz, %d channel(s); put audioconvert ! audioresample before "
                       "the seat",
                       room.format().rate, room.format().channels));
}

GstFlowReturn chain(GstMixerSeat* self, GstBuffer* buffer) {
  SeatState& state = *self->state;
  SeatInput& input = state.input;
  if (!input.caps) return GST_FLOW_NOT_NEGOTIATED;
  const GstClockTime running = running_time_of(input, buffer);
  const unsigned turn = input.wait.turn();
  if (const auto room = room_of(state)) {
    if (!room->put(buffer, {input.caps, input.live, input.never_waits}, running)) {
      count_refused(self, *room);
      return GST_FLOW_OK;
    }
    std::lock_guard guard(state.lock);
    ++state.counts.handed_on;
    state.misfits = 0;
    return GST_FLOW_OK;
  }
  {
    std::lock_guard guard(state.lock);
    ++state.counts.outside;
  }
  // Nobody hears it, but it takes its time.
  if (!input.live && !input.never_waits) input.wait.until(GST_ELEMENT(self), running, turn);
  return GST_FLOW_OK;
}

bool take_caps(SeatInput& input, GstPad* pad, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  input.caps = gstpp::share(caps);
  input.live = is_live_upstream(pad);
  return true;
}

void end(GstMixerSeat* self) {
  SeatState& state = *self->state;
  if (const auto room = room_of(state); room && !state.input.never_waits) room->drain();
  {
    std::lock_guard guard(state.lock);
    state.ended = true;
  }
  settle(self);
  state.output->end();
}

gboolean sink_event(GstMixerSeat* self, GstPad* pad, const gstpp::EventPtr& event) {
  SeatState& state = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS:
      return take_caps(state.input, pad, event.get());
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event.get(), &state.input.segment);
      return TRUE;
    case GST_EVENT_EOS:
      end(self);
      return TRUE;
    case GST_EVENT_FLUSH_START:
      state.input.wait.stop();
      if (const auto room = room_of(state)) room->flush_start();
      return TRUE;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init(&state.input.segment, GST_FORMAT_TIME);
      state.input.wait.start();
      if (const auto room = room_of(state)) room->flush_stop();
      return TRUE;
    default:
      // What is said of what comes in holds for nothing that goes out.
      return TRUE;
  }
}

GstFlowReturn prompt_chain(GstMixerSeat* self, SeatInput& input, gstpp::BufferPtr buffer) {
  SeatState& state = *self->state;
  if (!input.caps) return GST_FLOW_NOT_NEGOTIATED;
  const unsigned turn = input.wait.turn();
  // Also while nobody hears it: it takes its time.
  if (!input.wait.until(GST_ELEMENT(self), running_time_of(input, buffer.get()), turn))
    return GST_FLOW_OK;
  state.output->undecided();
  // Not once the room has taken over.
  if (state.output->send(nullptr, std::move(buffer), input.caps, input.segment) == GST_FLOW_OK) {
    std::lock_guard guard(state.lock);
    ++state.counts.prompted;
  }
  return GST_FLOW_OK;
}

std::shared_ptr<SeatInput> prompt_input(SeatState& state) {
  std::lock_guard guard(state.lock);
  return state.prompt_input;
}

gboolean prompt_event(SeatInput& input, GstPad* pad, const gstpp::EventPtr& event) {
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS:
      return take_caps(input, pad, event.get());
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event.get(), &input.segment);
      return TRUE;
    case GST_EVENT_FLUSH_START:
      input.wait.stop();
      return TRUE;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init(&input.segment, GST_FORMAT_TIME);
      input.wait.start();
      return TRUE;
    default:
      return TRUE;
  }
}

// --- State ---

// The mixer that `mixer-name` names. False: there is none.
bool look_up_mixer(GstMixerSeat* self) {
  std::string name;
  {
    gstpp::ObjectLock lock(self);
    name = self->state->settings.mixer_name;
  }
  if (name.empty()) return true;
  auto top = gstpp::share_object(GST_OBJECT(self));
  for (gstpp::ObjectPtr<GstObject> parent; top;) {
    parent.reset(gst_object_get_parent(top.get()));
    if (!parent) break;
    top = std::move(parent);
  }
  const gstpp::ElementPtr found{
      GST_IS_BIN(top.get()) ? gst_bin_get_by_name(GST_BIN(top.get()), name.c_str()) : nullptr};
  if (!found || !GST_IS_DUCKING_MIXER(found.get())) {
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND,
                      ("There is no duckingmixer named %s in this pipeline.", name.c_str()),
                      (nullptr));
    return false;
  }
  self->state->wanted.set(found.get());
  return true;
}

void for_waits(GstMixerSeat* self, void (*f)(SeatWait&)) {
  f(self->state->input.wait);
  if (const auto prompt = prompt_input(*self->state)) f(prompt->wait);
}

void start(GstMixerSeat* self) {
  {
    std::lock_guard guard(self->state->lock);
    self->state->running = true;
    self->state->ended = false;
  }
  settle(self);
}

void stop(GstMixerSeat* self) {
  {
    std::lock_guard guard(self->state->lock);
    self->state->running = false;
  }
  settle(self);
}

// The room's format, or any while there is no room.
void answer_room_caps(SeatState& state, GstPad* pad, GstQuery* query) {
  const auto room = room_of(state);
  jackfield::answer_caps(query, room ? format_caps(room->format())
                                     : gstpp::CapsPtr{gst_pad_get_pad_template_caps(pad)});
}

gstpp::StructurePtr stats_of(GstMixerSeat* self) {
  SeatState& state = *self->state;
  const auto room = room_of(state);
  Sink no_sink;
  Src no_src;
  gstpp::StructurePtr stats{sink_stats(room ? sink_of(room->sink()) : no_sink)};
  const gstpp::StructurePtr out{src_stats(room ? src_of(room->src()) : no_src)};
  gst_structure_set_name(stats.get(), "application/x-mixerseat-stats");
  for (const char* name : {"peak", "limited"})
    gst_structure_set_value(stats.get(), name, gst_structure_get_value(out.get(), name));
  const SeatOutput::Counts sent = state.output->counts();
  std::lock_guard guard(state.lock);
  gst_structure_set(stats.get(), "handed-on", G_TYPE_UINT64, state.counts.handed_on, "outside",
                    G_TYPE_UINT64, state.counts.outside, "refused", G_TYPE_UINT64,
                    state.counts.refused, "sent", G_TYPE_UINT64, sent.sent, "unsent", G_TYPE_UINT64,
                    sent.unsent, "prompted", G_TYPE_UINT64, state.counts.prompted, "joined",
                    G_TYPE_UINT64, state.counts.joined, nullptr);
  return stats;
}

}  // namespace

static GstFlowReturn gst_mixer_seat_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return chain(GST_MIXER_SEAT(parent), buffer.get()); });
}

static gboolean gst_mixer_seat_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  const gstpp::EventPtr event{raw};
  return gstpp::guarded<gboolean>(parent, FALSE,
                                  [&] { return sink_event(GST_MIXER_SEAT(parent), pad, event); });
}

static gboolean gst_mixer_seat_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  SeatState& state = *GST_MIXER_SEAT(parent)->state;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_CAPS:
      answer_room_caps(state, pad, query);
      return TRUE;
    default:
      if (jackfield::answer_never_blocks(query, GST_ELEMENT(parent))) {
        state.input.never_waits = true;
        return TRUE;
      }
      return FALSE;
  }
}

static gboolean gst_mixer_seat_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  SeatState& state = *GST_MIXER_SEAT(parent)->state;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_CAPS:
      answer_room_caps(state, pad, query);
      return TRUE;
    case GST_QUERY_LATENCY:
      // As the mixer says of its own outputs.
      gst_query_set_latency(query, TRUE, kBlock, GST_CLOCK_TIME_NONE);
      return TRUE;
    default:
      return FALSE;
  }
}

static gboolean gst_mixer_seat_src_event(GstPad*, GstObject*, GstEvent* raw) {
  const gstpp::EventPtr event{raw};
  return GST_EVENT_TYPE(raw) == GST_EVENT_LATENCY || GST_EVENT_TYPE(raw) == GST_EVENT_RECONFIGURE;
}

// EOS sent to the element is the same as into `sink`.
static gboolean gst_mixer_seat_send_event(GstElement* element, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_EOS)
    return GST_ELEMENT_CLASS(gst_mixer_seat_parent_class)->send_event(element, event);
  gst_event_unref(event);
  return gstpp::guarded<gboolean>(element, FALSE, [&] {
    end(GST_MIXER_SEAT(element));
    return TRUE;
  });
}

static GstFlowReturn gst_mixer_seat_prompt_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    GstMixerSeat* self = GST_MIXER_SEAT(parent);
    const auto input = prompt_input(*self->state);
    return input ? prompt_chain(self, *input, std::move(buffer)) : GST_FLOW_FLUSHING;
  });
}

static gboolean gst_mixer_seat_prompt_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  const gstpp::EventPtr event{raw};
  return gstpp::guarded<gboolean>(parent, FALSE, [&]() -> gboolean {
    const auto input = prompt_input(*GST_MIXER_SEAT(parent)->state);
    return input && prompt_event(*input, pad, event);
  });
}

static gboolean gst_mixer_seat_prompt_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return FALSE;
  // As it comes it goes out.
  const gstpp::CapsPtr ours{gst_pad_get_pad_template_caps(pad)};
  jackfield::answer_caps(query, gstpp::CapsPtr{gst_pad_peer_query_caps(
                                    GST_MIXER_SEAT(parent)->state->src, ours.get())});
  return TRUE;
}

static gboolean gst_mixer_seat_activate_in(GstPad* pad, GstObject* parent, GstPadMode mode,
                                           gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  SeatState& state = *GST_MIXER_SEAT(parent)->state;
  const auto prompt = pad == state.sink ? nullptr : prompt_input(state);
  if (pad != state.sink && !prompt) return TRUE;
  SeatInput& input = prompt ? *prompt : state.input;
  if (active) {
    gst_segment_init(&input.segment, GST_FORMAT_TIME);
    input.caps.reset();
    input.never_waits = false;
    input.wait.start();
  } else {
    input.wait.stop();
  }
  return TRUE;
}

static gboolean gst_mixer_seat_activate_src(GstPad* pad, GstObject* parent, GstPadMode mode,
                                            gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  const SeatState& state = *GST_MIXER_SEAT(parent)->state;
  SeatOutput& output = *state.output;
  if (active) {
    output.start();
    return TRUE;
  }
  // In a loop the seat may be stopped before what is below, which has to let the task go.
  if (state.in_loop && output.has_task()) gst_pad_push_event(pad, gst_event_new_flush_start());
  output.stop();
  return gst_pad_stop_task(pad);
}

// Whether the pipeline was a loop is known with its last link, and that is one of the seat's where
// it is made from text.
static GstPadLinkReturn gst_mixer_seat_link(GstPad*, GstObject* parent, GstPad*) {
  SeatState& state = *GST_MIXER_SEAT(parent)->state;
  state.in_loop = is_in_loop(GST_ELEMENT(parent));
  if (!state.in_loop) return GST_PAD_LINK_OK;

  // Nothing else there could end it.
  GST_OBJECT_FLAG_SET(parent, GST_ELEMENT_FLAG_SOURCE);
  return GST_PAD_LINK_OK;
}

static GstPad* gst_mixer_seat_request_new_pad(GstElement* element, GstPadTemplate* pad_template,
                                              const gchar*, const GstCaps*) {
  SeatState& state = *GST_MIXER_SEAT(element)->state;
  gstpp::PadPtr pad{
      GST_PAD(gst_object_ref_sink(gst_pad_new_from_template(pad_template, "prompt")))};
  {
    std::lock_guard guard(state.lock);
    if (state.prompt) return nullptr;
    state.prompt = gstpp::share_object(pad.get());
    state.prompt_input = std::make_shared<SeatInput>();
    state.prompt_input->wait.play(GST_STATE(element) == GST_STATE_PLAYING);
  }
  gst_pad_set_chain_function(pad.get(), gst_mixer_seat_prompt_chain);
  gst_pad_set_event_function(pad.get(), gst_mixer_seat_prompt_event);
  gst_pad_set_query_function(pad.get(), gst_mixer_seat_prompt_query);
  gst_pad_set_activatemode_function(pad.get(), gst_mixer_seat_activate_in);
  gst_pad_set_iterate_internal_links_function(pad.get(), nullptr);
  GstPad* kept = pad.get();
  return gst_element_add_pad(element, kept) ? kept : nullptr;
}

static void gst_mixer_seat_release_pad(GstElement* element, GstPad* pad) {
  SeatState& state = *GST_MIXER_SEAT(element)->state;
  gst_pad_set_active(pad, FALSE);
  gstpp::PadPtr released;
  std::shared_ptr<SeatInput> input;
  {
    std::lock_guard guard(state.lock);
    if (state.prompt.get() != pad) return;
    released.swap(state.prompt);
    input.swap(state.prompt_input);
  }
  gst_element_remove_pad(element, pad);
}

static GstStateChangeReturn gst_mixer_seat_change_state(GstElement* element,
                                                        GstStateChange transition) {
  GstMixerSeat* self = GST_MIXER_SEAT(element);

  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (!look_up_mixer(self)) return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      self->state->time->play(element);
      for_waits(self, [](SeatWait& wait) { wait.play(true); });
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      self->state->time->stop();
      for_waits(self, [](SeatWait& wait) { wait.play(false); });
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      // First nobody may be held up by the room any more.
      stop(self);
      break;
    default:
      break;
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_mixer_seat_parent_class)->change_state(element, transition);
  if (result == GST_STATE_CHANGE_FAILURE) return result;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      start(self);
      return GST_STATE_CHANGE_NO_PREROLL;  // what the room gives comes with the clock
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL;
    default:
      return result;
  }
}

static void gst_mixer_seat_set_property(GObject* object, guint id, const GValue* value,
                                        GParamSpec* pspec) {
  GstMixerSeat* self = GST_MIXER_SEAT(object);
  SeatState& state = *self->state;
  if (g_str_equal(pspec->name, "mixer")) {
    auto* mixer = static_cast<GstElement*>(g_value_get_object(value));
    if (mixer && !GST_IS_DUCKING_MIXER(mixer)) {
      g_warning("mixerseat: %s is no duckingmixer", GST_OBJECT_NAME(mixer));
      return;
    }
    state.wanted.set(mixer);
    settle(self);
    return;
  }
  {
    gstpp::ObjectLock lock(self);
    if (!properties->set(state.settings, id, value)) {
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
      return;
    }
  }
  if (const auto room = room_of(state)) hand_on(*room, pspec, value);
}

static void gst_mixer_seat_get_property(GObject* object, guint id, GValue* value,
                                        GParamSpec* pspec) {
  GstMixerSeat* self = GST_MIXER_SEAT(object);
  SeatState& state = *self->state;
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, stats_of(self).release());
    return;
  }
  if (g_str_equal(pspec->name, "mixer")) {
    g_value_take_object(value, state.wanted.get().release());
    return;
  }
  if (g_str_equal(pspec->name, "pad-number")) {
    const auto room = room_of(state);
    g_value_set_int(value, room ? static_cast<gint>(room->number()) : -1);
    return;
  }
  gstpp::ObjectLock lock(self);
  if (!properties->get(state.settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_mixer_seat_dispose(GObject* object) {
  GstMixerSeat* self = GST_MIXER_SEAT(object);
  self->state->wanted.set(nullptr);
  stop(self);
  G_OBJECT_CLASS(gst_mixer_seat_parent_class)->dispose(object);
}

static void gst_mixer_seat_finalize(GObject* object) {
  delete GST_MIXER_SEAT(object)->state;
  G_OBJECT_CLASS(gst_mixer_seat_parent_class)->finalize(object);
}

static void gst_mixer_seat_init(GstMixerSeat* self) {
  self->state = new SeatState;
  SeatState& state = *self->state;
  gst_segment_init(&state.input.segment, GST_FORMAT_TIME);
  state.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(state.sink, gst_mixer_seat_chain);
  gst_pad_set_event_function(state.sink, gst_mixer_seat_sink_event);
  gst_pad_set_query_function(state.sink, gst_mixer_seat_sink_query);
  gst_pad_set_activatemode_function(state.sink, gst_mixer_seat_activate_in);
  gst_pad_set_link_function(state.sink, gst_mixer_seat_link);
  gst_pad_set_iterate_internal_links_function(state.sink, nullptr);
  state.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(state.src, gst_mixer_seat_src_query);
  gst_pad_set_event_function(state.src, gst_mixer_seat_src_event);
  gst_pad_set_activatemode_function(state.src, gst_mixer_seat_activate_src);
  gst_pad_set_link_function(state.src, gst_mixer_seat_link);
  gst_pad_set_iterate_internal_links_function(state.src, nullptr);
  state.output = std::make_shared<SeatOutput>(state.src);
  gst_element_add_pad(GST_ELEMENT(self), state.sink);
  gst_element_add_pad(GST_ELEMENT(self), state.src);
}

static void gst_mixer_seat_class_init(GstMixerSeatClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_mixer_seat_set_property;
  object_class->get_property = gst_mixer_seat_get_property;
  object_class->dispose = gst_mixer_seat_dispose;
  object_class->finalize = gst_mixer_seat_finalize;
  element_class->change_state = gst_mixer_seat_change_state;

  element_class->send_event = gst_mixer_seat_send_event;
  element_class->request_new_pad = gst_mixer_seat_request_new_pad;
  element_class->release_pad = gst_mixer_seat_release_pad;
  properties = install_seat_properties(object_class);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_add_static_pad_template(element_class, &prompt_template);
  gst_element_class_set_static_metadata(
      element_class, "Mixer seat", "Generic/Audio",
      "A participant's seat in the room of a duckingmixer, which may be in another pipeline",
      PACKAGE_NAME " project");
  gst_type_mark_as_plugin_api(duck_type(), static_cast<GstPluginAPIFlags>(0));
}
