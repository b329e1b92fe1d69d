#include "speaker.hpp"

#include <chrono>
#include <utility>

#include "turn_events.hpp"

namespace agentbrain {
namespace {

constexpr std::size_t kMaxWaiting = 4;
constexpr std::chrono::milliseconds kRepeatEvery{20};
constexpr int kMaxRepeats = 500;  // ten seconds

GQuark seen_quark() { return g_quark_from_static_string("agentbrain-seen"); }
GQuark said_quark() { return g_quark_from_static_string("agentbrain-said"); }
GQuark filler_quark() { return g_quark_from_static_string("agentbrain-filler"); }

// A stage that forwards nothing before its first text has not told the TTS what comes.
void ensure_stream(GstPad* pad) {
  if (gstpp::EventPtr{gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0)}) return;
  if (!gstpp::EventPtr{gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0)}) {
    gst_pad_send_event(pad, gst_event_new_stream_start("agentbrain/speaker"));
  }
  gstpp::CapsPtr caps{gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr)};
  gst_pad_send_event(pad, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_send_event(pad, gst_event_new_segment(&segment));
}

}  // namespace

void Speaker::start(GstPad* tts_sink) {
  std::lock_guard guard(lock_);
  pad_ = gstpp::share_object(tts_sink);
  running_ = true;
}

void Speaker::stop() {
  std::thread thread;
  {
    std::lock_guard guard(lock_);
    running_ = false;
    sayings_.clear();
    thread = std::move(thread_);
  }
  wake_.notify_all();
  if (thread.joinable()) thread.join();
  std::lock_guard guard(lock_);
  pad_.reset();
}

void Speaker::say(const std::string& text, const std::optional<jackfield::ReplyEnd>& end,
                  GstClockTime now) {
  Saying saying;
  saying.text.reset(gst_buffer_new_allocate(nullptr, text.size(), nullptr));
  gst_buffer_fill(saying.text.get(), 0, text.data(), text.size());
  GST_BUFFER_PTS(saying.text.get()) = now;
  gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(saying.text.get()), said_quark(),
                            GINT_TO_POINTER(1), nullptr);
  if (end) {
    saying.end.reset(jackfield::make_event(*end));
  } else {
    gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(saying.text.get()), filler_quark(),
                              GINT_TO_POINTER(1), nullptr);
  }
  {
    std::lock_guard guard(lock_);
    if (!running_ || sayings_.size() >= kMaxWaiting) return;
    saying.generation = generation_;
    sayings_.push_back(std::move(saying));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_all();
}

bool Speaker::is_new(GstBuffer* buffer) {
  GstMiniObject* mini = GST_MINI_OBJECT_CAST(buffer);
  if (!gst_mini_object_get_qdata(mini, said_quark())) return true;
  if (gst_mini_object_get_qdata(mini, seen_quark())) return false;
  gst_mini_object_set_qdata(mini, seen_quark(), GINT_TO_POINTER(1), nullptr);
  return true;
}

bool Speaker::is_filler(GstBuffer* buffer) {
  return gst_mini_object_get_qdata(GST_MINI_OBJECT_CAST(buffer), filler_quark()) != nullptr;
}

void Speaker::run() {
  std::unique_lock lock(lock_);
  while (running_) {
    if (sayings_.empty()) {
      wake_.wait(lock);
      continue;
    }
    Saying saying = std::move(sayings_.front());
    sayings_.pop_front();
    lock.unlock();
    push(saying);
    lock.lock();
  }
}

void Speaker::cancel() {
  {
    std::lock_guard guard(lock_);
    sayings_.clear();
    ++generation_;
  }
  wake_.notify_all();
}

bool Speaker::wait_to_repeat(guint generation) {
  std::unique_lock lock(lock_);
  wake_.wait_until(lock, std::chrono::steady_clock::now() + kRepeatEvery,
                   [&] { return !running_ || generation_ != generation; });
  return running_ && generation_ == generation;
}

void Speaker::push(const Saying& saying) {
  // An answer that was given up leaves the stages flushing until its stage lets go; what replaces
  // it waits for that. A caller who interrupts cancels.
  for (int i = 0; i < kMaxRepeats; ++i) {
    ensure_stream(pad_.get());
    const GstFlowReturn flow = gst_pad_chain(pad_.get(), gst_buffer_ref(saying.text.get()));
    if (flow == GST_FLOW_OK) {
      if (saying.end) gst_pad_send_event(pad_.get(), gst_event_ref(saying.end.get()));
      return;
    }
    // A TTS that fails says so itself.
    if (flow != GST_FLOW_FLUSHING || !wait_to_repeat(saying.generation)) return;
  }
}

}  // namespace agentbrain
