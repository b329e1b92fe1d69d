#include "mixer_task.hpp"

#include <utility>

#include "mixer_input.hpp"

namespace ducking {
namespace {

// A task that was not run for so long begins anew instead of hurrying after the clock.
constexpr GstClockTime kResync = 500 * GST_MSECOND;

InputSet inputs_of(const MixerState& state, const Route& route) {
  InputSet set = route.all ? InputSet::all() : InputSet{};
  for (const gstpp::PadPtr& pad : state.sinks) {
    const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(pad.get()))};
    const int place = sink_of(pad.get()).place;
    if (place == Mixer::kNoPlace) continue;
    if (route.hears(name.get()))
      set.add(place);
    else
      set.remove(place);
  }
  // Who hears nobody does not hear them come either.
  if (state.tones_place != Mixer::kNoPlace && (route.all || !route.names.empty()))
    set.add(state.tones_place);
  return set;
}

// Most often there is nothing to be taken, and to look costs less than to take.
bool take(std::atomic<bool>& changed) { return changed && changed.exchange(false); }

void take_settings(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  if (take(state.settings_changed)) {
    gstpp::ObjectLock lock(self);
    state.mixer->set(mix_settings(state.settings));
  }
  for (const gstpp::PadPtr& pad : state.sinks) {
    Sink& sink = sink_of(pad.get());
    if (take(sink.settings_changed)) state.mixer->set_input(sink.place, input_settings(pad.get()));
  }
  const bool all = std::exchange(state.routes_changed, false);
  for (const gstpp::PadPtr& pad : state.srcs) {
    Src& src = src_of(pad.get());
    if (take(src.route_changed) || all)
      state.mixer->set_route(src.place, inputs_of(state, route_of(pad.get())));
  }
}

bool is_room(GstDuckingMixer* self) {
  gstpp::ObjectLock lock(self);
  return !self->state->settings.seats.empty();
}

// The tones are an input of their own, which nobody gives way to.
void add_tones(MixerState& state) {
  if (!state.tones || !state.tones->active()) return;
  if (state.tones_place == Mixer::kNoPlace) {
    state.tones_place = state.mixer->add_input();
    if (state.tones_place == Mixer::kNoPlace) return;
    InputSettings settings;
    settings.duck = Duck::kNever;
    state.mixer->set_input(state.tones_place, settings);
    state.routes_changed = true;
  }
  state.tones->render(state.mixer->input(state.tones_place));
  state.mixer->arrived(state.tones_place);
}

// Under the lock. False: all inputs have ended.
bool mix(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  const gint64 began = g_get_monotonic_time();
  add_tones(state);
  take_settings(self);
  const Mixer::Format format = format_of(self);
  const auto at = static_cast<std::int64_t>(
      gst_util_uint64_scale_int_round(state.next, format.rate, GST_SECOND));
  bool ended = !state.sinks.empty() && !is_room(self);
  for (const gstpp::PadPtr& pad : state.sinks) {
    Sink& sink = sink_of(pad.get());
    if (take_block(sink, state.mixer->input(sink.place), at,
                   state.mixer->input_state(sink.place))) {
      state.mixer->arrived(sink.place);
      ended = false;
    } else {
      // Of a seat's input not the mixer knows that it ends, but the seat.
      ended = ended && !sink.receiver && has_ended(sink);
    }
  }
  state.mixer->mix();
  state.outgoing.clear();
  for (const gstpp::PadPtr& pad : state.srcs) {
    const Src& src = src_of(pad.get());
    const Mixer::Heard heard = state.mixer->output(src.place);
    state.clipped += heard.peak > 1;
    state.outgoing.push_back({gstpp::share_object(pad.get()), src.receiver, heard});
  }
  state.buffers.fill(state.outgoing, state.mixer->distinct(), state.next);
  ++state.blocks;
  state.distinct += static_cast<guint64>(state.mixer->distinct());
  state.work += g_get_monotonic_time() - began;
  state.ended = ended || state.ending;
  return !state.ended;
}

}  // namespace

Mixer::Format format_of(GstDuckingMixer* self) {
  gstpp::ObjectLock lock(self);
  return format_of(self->state->settings);
}

void sound_join(GstDuckingMixer* self, bool came) {
  MixerState& state = *self->state;
  {
    gstpp::ObjectLock lock(self);
    if (!state.settings.join_tones || !state.playing) return;
  }
  const Mixer::Format format = format_of(self);
  if (!state.tones) state.tones = std::make_unique<JoinTones>(format.rate, format.channels);
  came ? state.tones->came() : state.tones->went();
}

// Under the lock. False: there is no place.
bool place_pad(MixerState& state, GstPad* pad) {
  if (!state.mixer) return true;  // it gets one when the mixer is made
  if (GST_PAD_IS_SRC(pad)) {
    src_of(pad).place = state.mixer->add_output();
    src_of(pad).route_changed = true;
    return true;
  }
  Sink& sink = sink_of(pad);
  sink.place = state.mixer->add_input();
  sink.settings_changed = true;
  return sink.place != Mixer::kNoPlace;
}

void make_mixer(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  const Mixer::Format format = format_of(self);
  std::lock_guard guard(state.lock);
  state.mixer = std::make_unique<Mixer>(format);
  state.settings_changed = state.routes_changed = true;
  state.tones.reset();
  state.tones_place = Mixer::kNoPlace;
  state.ending = state.ended = false;
  state.next = GST_CLOCK_TIME_NONE;
  for (const gstpp::PadPtr& pad : state.sinks) place_pad(state, pad.get());
  for (const gstpp::PadPtr& pad : state.srcs) place_pad(state, pad.get());
  state.running = true;
}

void run_task(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  {
    std::unique_lock guard(state.lock);
    state.wake.wait(guard, [&] { return !state.running || (state.playing && !state.ended); });
    if (!state.running) return;  // stop_task() has told the task already
  }
  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  if (!GST_CLOCK_TIME_IS_VALID(now)) return;  // not for long: the clock comes before PLAYING
  if (!GST_CLOCK_TIME_IS_VALID(state.next) || now > state.next + kResync ||
      state.next > now + kResync)
    state.next = now - now % kBlock;
  if (!state.clock_wait.until(GST_ELEMENT(self), state.next + kBlock, state.lock,
                              [&] { return state.running && state.playing; }))
    return;
  bool more = true;
  {
    std::lock_guard guard(state.lock);
    if (!state.running || !state.playing) return;
    more = mix(self);
  }
  const Mixer::Format format = format_of(self);
  for (const Outgoing& out : state.outgoing) send(out, state.buffers, format);
  if (!more) {
    for (const Outgoing& out : state.outgoing) send_end(out);
  }
  state.outgoing.clear();
  state.next += kBlock;
}

void stop_task(GstDuckingMixer* self) {
  MixerState& state = *self->state;
  gst_task_stop(state.task.get());
  {
    std::lock_guard guard(state.lock);
    state.running = state.playing = false;
    state.clock_wait.wake();
    state.wake.notify_all();
  }
  gst_task_join(state.task.get());
  std::lock_guard guard(state.lock);
  state.mixer.reset();
}

}  // namespace ducking
