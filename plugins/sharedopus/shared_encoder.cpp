#include "shared_encoder.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>

#include "gstpp.hpp"

namespace sharedopus {
namespace {

// Frames for which packets are kept for listeners who come later than others: 200 ms, the queue of
// an output of duckingmixer, in frames of 10 ms.
constexpr std::size_t kHistory = 20;

std::atomic<std::uint64_t> runs{0};

constexpr Hold::Kind kBuffer = {
    [](void* buffer) { gst_buffer_ref(static_cast<GstBuffer*>(buffer)); },
    [](void* buffer) { gst_buffer_unref(static_cast<GstBuffer*>(buffer)); }};

// The samples of a frame one behind the other, silence behind the last: those of the buffer where
// it lies in one, else a copy.
class Samples {
 public:
  Samples(const CutFrame& frame, std::size_t bytes, std::vector<float>& copy) {
    if (frame.slices.size() == 1 && frame.slices.front().bytes == bytes) {
      const Slice& slice = frame.slices.front();
      auto* buffer = static_cast<GstBuffer*>(slice.hold.get());
      if (gst_buffer_map(buffer, &map_, GST_MAP_READ)) {
        mapped_ = buffer;
        const auto* data = reinterpret_cast<const std::byte*>(map_.data) + slice.skip;
        if (reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0) {
          samples_ = {data, bytes};
          return;
        }
      }
    }
    copy.assign((bytes + sizeof(float) - 1) / sizeof(float), 0);
    auto* to = reinterpret_cast<std::byte*>(copy.data());
    samples_ = {to, bytes};
    for (const Slice& slice : frame.slices) {
      to += gst_buffer_extract(static_cast<GstBuffer*>(slice.hold.get()), slice.skip, to,
                               slice.bytes);
    }
  }
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;
  ~Samples() {
    if (mapped_) gst_buffer_unmap(mapped_, &map_);
  }
  std::span<const std::byte> get() const { return samples_; }

 private:
  GstBuffer* mapped_ = nullptr;
  GstMapInfo map_{};
  std::span<const std::byte> samples_;
};

}  // namespace

Hold hold_buffer(GstBuffer* buffer) { return {gst_buffer_ref(buffer), &kBuffer}; }

std::shared_ptr<SharedEncoder> SharedEncoder::of(const Format& format) {
  static std::mutex lock;
  static auto& all = *new std::map<Format, std::weak_ptr<SharedEncoder>>;
  std::lock_guard guard(lock);
  std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<SharedEncoder>& known = all[format];
  std::shared_ptr<SharedEncoder> encoder = known.lock();
  if (!encoder) known = encoder = std::make_shared<SharedEncoder>(format);
  return encoder;
}

SharedEncoder::SharedEncoder(const Format& format) : tree_(format, kHistory) {}

SharedEncoder::Result SharedEncoder::encode(Listener& listener, const CutFrame& frame,
                                            std::size_t bytes, const Controls& controls) {
  Result result;
  std::vector<Hold> dropped;  // behind the lock
  std::unique_lock guard(lock_);
  EncoderTree::Next next = tree_.next(listener.member, frame, controls);
  EncoderTree::Node& node = *next.node;
  if (next.encode) {
    guard.unlock();
    {
      const Samples samples(frame, bytes, listener.samples);
      node.encode(samples.get());
    }
    guard.lock();
    tree_.done(node);
    ++runs;
    done_.notify_all();
    result.encoded = true;
  } else {
    done_.wait(guard, [&] { return node.is_done(); });
  }
  result.error = node.error();
  listener.packet.assign(node.packet().begin(), node.packet().end());
  next.node.reset();
  dropped = tree_.take_dropped();
  guard.unlock();
  return result;
}

void SharedEncoder::leave(Listener& listener) {
  std::vector<Hold> dropped;
  std::lock_guard guard(lock_);
  tree_.leave(listener.member);
  dropped = tree_.take_dropped();
}

std::uint64_t SharedEncoder::process_encoded() { return runs; }

}  // namespace sharedopus
