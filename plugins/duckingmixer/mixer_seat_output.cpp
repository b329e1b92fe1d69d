#include "mixer_seat_output.hpp"

#include <algorithm>
#include <utility>

#include "blocking_query.hpp"
#include "mixer_output.hpp"

namespace ducking {
namespace {

constexpr std::size_t kMostQueued = 20;  // buffers: 200 ms of a room

class StreamLock {
 public:
  explicit StreamLock(GstPad* pad) : pad_(pad) { GST_PAD_STREAM_LOCK(pad_); }
  ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
  StreamLock(const StreamLock&) = delete;
  StreamLock& operator=(const StreamLock&) = delete;

 private:
  GstPad* pad_;
};

bool is_final(GstFlowReturn flow) {
  return flow == GST_FLOW_EOS || flow == GST_FLOW_NOT_NEGOTIATED || flow == GST_FLOW_ERROR;
}

}  // namespace

void SeatOutput::start() {
  std::lock_guard guard(lock_);
  running_ = discont_ = true;
  ended_ = looked_ = own_task_ = begun_ = false;
  queue_.clear();
  queued_ = 0;
  caps_.reset();
  flow_ = GST_FLOW_OK;
}

void SeatOutput::stop() {
  std::lock_guard guard(lock_);
  running_ = false;
  queue_.clear();
  queued_ = 0;
  wake_.notify_all();
}

bool SeatOutput::prefers_float(const Mixer::Format& format) {
  return peer_wants_float(pad_.get(), format);
}

bool SeatOutput::undecided() {
  if (!gst_pad_check_reconfigure(pad_.get())) return false;
  std::lock_guard guard(lock_);
  looked_ = false;
  flow_ = GST_FLOW_OK;
  return true;
}

void SeatOutput::give_to(const void* owner) {
  std::lock_guard guard(lock_);
  owner_ = owner;
  if (flow_ != GST_FLOW_EOS) flow_ = GST_FLOW_OK;
  discont_ = true;
}

SeatOutput::Counts SeatOutput::counts() const {
  std::lock_guard guard(lock_);
  return counts_;
}

bool SeatOutput::can_be_held_up() {
  {
    std::lock_guard guard(lock_);
    if (looked_ || own_task_) return own_task_;
  }
  const bool can = gst_pad_is_linked(pad_.get()) && !jackfield::downstream_never_blocks(pad_.get());
  std::lock_guard guard(lock_);
  looked_ = true;
  if (!can || !running_) return false;
  // It stays until the pad is deactivated: nobody could wait for its end here.
  own_task_ = true;
  gst_pad_start_task(pad_.get(), run, this, nullptr);
  return true;
}

// Under the lock.
void SeatOutput::add_events(const gstpp::CapsPtr& caps, const GstSegment& segment,
                            std::vector<Item>& to) {
  if (!begun_) {
    const gstpp::CharPtr id{g_uuid_string_random()};
    to.push_back({nullptr, gstpp::EventPtr{gst_event_new_stream_start(id.get())}});
  }
  if (!caps_ || (caps_ != caps && !gst_caps_is_equal(caps_.get(), caps.get())))
    to.push_back({nullptr, gstpp::EventPtr{gst_event_new_caps(caps.get())}});
  if (caps_ != caps) caps_ = gstpp::share(caps.get());
  if (!begun_ || !gst_segment_is_equal(&segment_, &segment)) {
    to.push_back({nullptr, gstpp::EventPtr{gst_event_new_segment(&segment)}});
    segment_ = segment;
  }
  begun_ = true;
}

GstFlowReturn SeatOutput::push(Item item) {
  if (item.buffer) return settle(gst_pad_push(pad_.get(), item.buffer.release()));
  gst_pad_push_event(pad_.get(), item.event.release());
  return GST_FLOW_OK;
}

GstFlowReturn SeatOutput::settle(GstFlowReturn flow) {
  bool failed = false;
  {
    std::lock_guard guard(lock_);
    ++(flow == GST_FLOW_OK ? counts_.sent : counts_.unsent);
    failed = flow < GST_FLOW_EOS && is_final(flow) && flow_ == GST_FLOW_OK;
    if (is_final(flow)) flow_ = flow;
  }
  // This is where the stream below begins: what failed there is told here, in the seat's pipeline.
  if (failed) {
    if (const gstpp::ElementPtr seat{gst_pad_get_parent_element(pad_.get())})
      GST_ELEMENT_FLOW_ERROR(seat.get(), flow);
  }
  return flow;
}

// Under the lock.
bool SeatOutput::may_send(const void* owner, GstFlowReturn& flow) {
  flow = !running_ || owner != owner_ ? GST_FLOW_FLUSHING : ended_ ? GST_FLOW_EOS : flow_;
  if (flow == GST_FLOW_OK) return true;
  ++counts_.unsent;
  return false;
}

// Under the lock.
void SeatOutput::mark_discont(gstpp::BufferPtr& buffer) {
  if (!std::exchange(discont_, false)) return;
  buffer.reset(gst_buffer_make_writable(buffer.release()));
  GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
}

GstFlowReturn SeatOutput::send(const void* owner, gstpp::BufferPtr buffer,
                               const gstpp::CapsPtr& caps, const GstSegment& segment) {
  GstFlowReturn flow = GST_FLOW_OK;
  std::vector<Item> events;
  if (can_be_held_up()) {
    std::lock_guard guard(lock_);
    if (!may_send(owner, flow)) return flow;
    if (queue_.size() > 2 * kMostQueued) {
      // Rooms came and went while nothing went out.
      counts_.unsent += std::exchange(queued_, 0);
      queue_.clear();
      begun_ = false;
      caps_.reset();
      discont_ = true;
    }
    add_events(caps, segment, events);
    for (Item& event : events) queue_.push_back(std::move(event));
    queue(std::move(buffer));
    return GST_FLOW_OK;
  }
  // As in gst_pad_push() of a task: one at a time, and who deactivates the pad waits for it.
  StreamLock stream(pad_.get());
  {
    std::lock_guard guard(lock_);
    if (!may_send(owner, flow)) return flow;
    add_events(caps, segment, events);
    mark_discont(buffer);
  }
  for (Item& event : events) push(std::move(event));
  return push({std::move(buffer), nullptr});
}

// Under the lock.
void SeatOutput::queue(gstpp::BufferPtr buffer) {
  if (queued_ == kMostQueued) {
    const auto oldest = std::find_if(queue_.begin(), queue_.end(),
                                     [](const Item& item) { return item.buffer != nullptr; });
    queue_.erase(oldest);
    --queued_;
    ++counts_.unsent;
    discont_ = true;
  }
  mark_discont(buffer);
  queue_.push_back({std::move(buffer), nullptr});
  ++queued_;
  wake_.notify_one();
}

void SeatOutput::run(gpointer raw) {
  auto* self = static_cast<SeatOutput*>(raw);
  Item item;
  {
    std::unique_lock guard(self->lock_);
    self->wake_.wait(guard, [&] { return !self->running_ || !self->queue_.empty(); });
    if (self->running_) {
      item = std::move(self->queue_.front());
      self->queue_.pop_front();
      if (item.buffer) --self->queued_;
    }
  }
  if (item.buffer || item.event)
    self->push(std::move(item));
  else
    gst_pad_pause_task(self->pad_.get());
}

bool SeatOutput::has_task() const {
  std::lock_guard guard(lock_);
  return own_task_;
}

GstClockTime SeatOutput::running_time() const {
  const gstpp::ElementPtr seat{gst_pad_get_parent_element(pad_.get())};
  return seat ? gstpp::running_time(seat.get()) : GST_CLOCK_TIME_NONE;
}

void SeatOutput::end() {
  gstpp::EventPtr event{gst_event_new_eos()};
  const bool queued = can_be_held_up();
  {
    std::lock_guard guard(lock_);
    if (!running_ || std::exchange(ended_, true)) return;
    if (queued) {
      queue_.push_back({nullptr, std::move(event)});
      wake_.notify_one();
      return;
    }
  }
  StreamLock stream(pad_.get());
  push({nullptr, std::move(event)});
}

}  // namespace ducking
