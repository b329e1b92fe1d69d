#include "mixer_seats.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "mixer_pads.hpp"
#include "mixer_state.hpp"

namespace ducking {

SeatPads take_seat(GstDuckingMixer* mixer, const std::shared_ptr<OutputReceiver>& receiver) {
  MixerState& state = *mixer->state;
  GstElement* element = GST_ELEMENT(mixer);
  SeatPads pads;
  {
    std::lock_guard guard(state.lock);
    pads.number = std::max(state.next_sink, state.next_src);
    state.next_sink = state.next_src = pads.number + 1;
  }
  const std::string number = std::to_string(pads.number);
  pads.sink.reset(gst_element_request_pad_simple(element, ("sink_" + number).c_str()));
  if (!pads.sink) return pads;
  pads.src.reset(gst_element_request_pad_simple(element, ("src_" + number).c_str()));
  std::lock_guard guard(state.lock);
  for (const gstpp::PadPtr* pad : {&pads.sink, &pads.src}) receiver_of(pad->get()) = receiver;
  return pads;
}

void give_up_seat(GstDuckingMixer* mixer, const SeatPads& pads, const OutputReceiver* receiver) {
  MixerState& state = *mixer->state;
  for (const gstpp::PadPtr* pad : {&pads.sink, &pads.src}) {
    std::shared_ptr<OutputReceiver> taken;
    {
      std::lock_guard guard(state.lock);
      // Whoever takes it away gives the pad back.
      if (!*pad || receiver_of(pad->get()).get() != receiver) continue;
      receiver_of(pad->get()).swap(taken);
    }
    gst_element_release_request_pad(GST_ELEMENT(mixer), pad->get());
  }
}

std::shared_ptr<const ElementTime> time_of(GstDuckingMixer* mixer) { return mixer->state->time; }

void clear_seats(GstDuckingMixer* mixer) {
  MixerState& state = *mixer->state;
  std::vector<std::shared_ptr<OutputReceiver>> receivers;
  {
    std::lock_guard guard(state.lock);
    for (const gstpp::PadPtr& pad : state.srcs) {
      if (src_of(pad.get()).receiver) receivers.push_back(src_of(pad.get()).receiver);
    }
  }
  for (const auto& receiver : receivers) receiver->ended();
}

}  // namespace ducking
