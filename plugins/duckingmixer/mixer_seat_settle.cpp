#include <utility>

#include "gstduckingmixer.hpp"
#include "mixer_seat_state.hpp"

namespace ducking {
namespace {

struct Outcome {
  bool changed = false;
  bool no_room = false;
};

std::shared_ptr<SeatRoom> join(GstMixerSeat* self, GstElement* mixer) {
  SeatState& state = *self->state;
  const auto weak = std::make_shared<WeakElement>(GST_ELEMENT(self));
  auto room = std::make_shared<SeatRoom>(
      GST_DUCKING_MIXER(mixer), state.output, state.time, [weak](const SeatRoom& ended) {
        const gstpp::ElementPtr seat = weak->get();
        if (!seat) return;
        GstMixerSeat* alive = GST_MIXER_SEAT(seat.get());
        const gstpp::ElementPtr wanted = alive->state->wanted.get();
        if (wanted && ended.is_of(wanted.get())) alive->state->wanted.set(nullptr);
        settle(alive);
      });
  if (room->join()) return room;
  room->leave();
  return nullptr;
}

// Settings that the seat keeps are the room's from now on.
void bring_settings(GstMixerSeat* self, const SeatRoom& room) {
  gboolean muted = FALSE;
  g_object_get(room.sink(), "mute", &muted, nullptr);
  if (muted) {
    gstpp::ObjectLock lock(self);
    self->state->settings.mute = true;
  }
  hand_on(G_OBJECT(self), room);
}

// Under the lock, which is free while it joins and leaves. `wanted` is to be dropped without it: it
// may have become the last reference.
Outcome settle(GstMixerSeat* self, std::unique_lock<std::mutex>& guard, gstpp::ElementPtr& wanted) {
  SeatState& state = *self->state;
  Outcome outcome;
  for (;;) {
    guard.unlock();
    wanted = state.wanted.get();
    guard.lock();
    GstElement* target = state.running && !state.ended ? wanted.get() : nullptr;
    if (state.room ? state.room->is_of(target) && !state.room->over() : !target) return outcome;
    outcome.changed = true;
    if (state.room) {
      std::shared_ptr<SeatRoom> left;
      left.swap(state.room);
      guard.unlock();
      left->leave();
      guard.lock();
      continue;
    }
    guard.unlock();
    const std::shared_ptr<SeatRoom> joined = join(self, target);
    if (!joined) state.wanted.set(nullptr);
    guard.lock();
    outcome.no_room = !joined;
    if (!joined) continue;
    ++state.counts.joined;
    state.misfits = 0;
    state.room = joined;
    guard.unlock();
    // What is set from now on is handed on by the thread that sets it.
    bring_settings(self, *joined);
    guard.lock();
  }
}

}  // namespace

std::shared_ptr<SeatRoom> room_of(SeatState& state) {
  std::lock_guard guard(state.lock);
  return state.room;
}

void settle(GstMixerSeat* self) {
  SeatState& state = *self->state;
  Outcome outcome;
  gstpp::ElementPtr wanted;
  {
    std::unique_lock guard(state.lock);
    // From a signal of the mixer, while this thread joins or leaves: it looks again.
    if (state.settling && state.settled_by == std::this_thread::get_id()) return;
    state.settled.wait(guard, [&] { return !state.settling; });
    state.settling = true;
    state.settled_by = std::this_thread::get_id();
    outcome = settle(self, guard, wanted);
    state.settling = false;
    state.settled.notify_all();
  }
  if (outcome.no_room)
    GST_ELEMENT_WARNING(self, RESOURCE, NO_SPACE_LEFT, ("The room is full."), (nullptr));
  if (!outcome.changed) return;
  // Who was held up because the seat was in no room.
  std::shared_ptr<SeatInput> prompt;
  {
    std::lock_guard guard(state.lock);
    prompt = state.prompt_input;
  }
  state.input.wait.let_go();
  if (prompt) prompt->wait.let_go();
  if (const auto room = room_of(state)) {
    // What comes has to be as the room wants it.
    gst_pad_push_event(state.sink, gst_event_new_reconfigure());
  }
  g_object_notify(G_OBJECT(self), "pad-number");
}

}  // namespace ducking
