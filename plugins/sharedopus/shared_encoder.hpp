// The encoders of the process: one tree for each format, for all elements that use it.
//
// Threads: any, one at a time for each listener. Whoever is first to want a packet makes it without
// the lock, so that others can make other ones meanwhile; who wants the same one waits for it,
// which takes at most as long as making it.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "encoder_tree.hpp"

namespace sharedopus {

class SharedEncoder {
 public:
  static std::shared_ptr<SharedEncoder> of(const Format& format);
  explicit SharedEncoder(const Format& format);

  int lookahead() const { return tree_.lookahead(); }  // samples at the format's rate

  struct Listener {
    EncoderTree::Member member;
    std::vector<std::uint8_t> packet;  // the last
    std::vector<float> samples;        // of a frame in several buffers
  };
  struct Result {
    bool encoded = false;  // by this call, not taken from another
    int error = 0;         // of libopus, 0: none
  };
  // The next packet of a listener. The slices' holds are GstBuffers (hold_buffer()); with fewer
  // than `bytes` in them silence follows.
  Result encode(Listener& listener, const CutFrame& frame, std::size_t bytes,
                const Controls& controls);
  void leave(Listener& listener);

  // Frames that were really encoded, by all elements of the process.
  static std::uint64_t process_encoded();

 private:
  std::mutex lock_;
  std::condition_variable done_;
  // Under lock_.
  EncoderTree tree_;
};

// A reference to the buffer: as long as it is held its samples stay as they are, for whoever wants
// to write into it gets a copy.
Hold hold_buffer(GstBuffer* buffer);

}  // namespace sharedopus
