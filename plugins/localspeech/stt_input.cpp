// What comes in at the sink pad of pocketsphinxstt.
#include <utility>

#include "stt_state.hpp"

namespace localspeech::stt {

State::State(GstPocketsphinxStt* self, GstPad* sink, GstPad* src)
    : element(self),
      task(std::make_shared<SerialTask>(WorkerPool::shared(), [self] { run_task(self); })),
      pads(GST_ELEMENT_CAST(self), sink, src, task, *this) {}

GstFlowReturn State::chain(gstpp::BufferPtr buffer) {
  if (rate == 0) return GST_FLOW_NOT_NEGOTIATED;
  if (failed) return GST_FLOW_ERROR;
  Item item;
  item.duration = gst_util_uint64_scale(gst_buffer_get_size(buffer.get()) / 2, GST_SECOND, rate);
  item.time = pads.take_time(buffer.get(), item.duration);
  item.arrived = SteadyClock::now();
  bool wake = false;
  {
    std::unique_lock lock(mutex);
    if (flushing) return GST_FLOW_FLUSHING;
    if (flow != GST_FLOW_OK) return flow;
    if (!capturing && !by_energy && queue.empty() && !task_busy && recent &&
        recent->rate() == rate) {
      gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
      if (map) recent->append(item.time, map.as<const std::int16_t>());
      return GST_FLOW_OK;
    }
    const auto fits = [&] { return queued == 0 || queued + item.duration <= kMostQueued; };
    space.wait(lock, [&] { return fits() || blocks_never || flushing || failed; });
    if (flushing) return GST_FLOW_FLUSHING;
    if (fits()) {
      queued += item.duration;
      since_wake += item.duration;
      item.audio = std::move(buffer);
      wake = since_wake >= kWakeEvery;
      if (wake) since_wake = 0;
      queue.push_back(std::move(item));
    } else {
      stats.audio_dropped += item.duration;
    }
  }
  if (wake) task->schedule();
  return GST_FLOW_OK;
}

bool State::take_caps(const GstCaps* caps) {
  int offered = 0;
  if (!gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &offered)) return false;
  rate = offered;
  return true;
}

gboolean State::enqueue(gstpp::EventPtr event) {
  const int segmentation = get_settings(element).segmentation;
  {
    const std::lock_guard lock(mutex);
    if (flushing) return FALSE;
    if (queue.size() >= kMostItems && GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) return TRUE;
    if (segmentation != kSegmentationEnergy) {
      if (jackfield::parse_turn_start(event.get())) {
        capturing = true;
        by_energy = false;
      }
      if (jackfield::parse_turn_end(event.get())) capturing = false;
    }
    Item item;
    item.event = std::move(event);
    item.arrived = SteadyClock::now();
    queue.push_back(std::move(item));
    since_wake = 0;
  }
  task->schedule();
  return TRUE;
}

void State::never_block() {
  const std::lock_guard lock(mutex);
  blocks_never = true;
  space.notify_all();
}

void State::set_flushing(bool on) {
  const std::lock_guard lock(mutex);
  flushing = on;
  space.notify_all();
}

void State::forget() {
  turn.reset();
  energy.reset();
  const std::lock_guard lock(mutex);
  std::erase_if(queue,
                [](const Item& item) { return !jackfield::survives_flush(item.event.get()); });
  queued = since_wake = 0;
  capturing = task_busy = false;
  flow = GST_FLOW_OK;
  if (recent) recent->clear();
}

}  // namespace localspeech::stt
