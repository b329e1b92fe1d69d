// What a src pad does with what was mixed: the same buffers for all that hear the same.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "gstpp.hpp"
#include "mixer.hpp"
#include "mixer_pads.hpp"

namespace ducking {

inline constexpr GstClockTime kBlock = 10 * GST_MSECOND;

struct Outgoing {
  gstpp::PadPtr pad;
  std::shared_ptr<OutputReceiver> receiver;  // in place of the pad's peer, if not null
  Mixer::Heard heard;
};

// The buffers of one block: one for each different mix, and each format that is asked for.
class SharedBuffers {
 public:
  // Makes those that `outgoing` needs.
  void fill(const std::vector<Outgoing>& outgoing, int distinct, GstClockTime at);
  // A new reference; null for a pad that came since.
  gstpp::BufferPtr get(int shared, bool is_float) const;

 private:
  std::vector<gstpp::BufferPtr> shorts_, floats_;  // by Heard::shared
};

// Which format does the peer like best? 16 bits when it does not mind.
bool peer_wants_float(GstPad* pad, const Mixer::Format& format);

// Pushes, or hands the buffer to the pad's own task where what is below can block. What cannot be
// pushed is counted; nobody else is hurt.
void send(const Outgoing& out, const SharedBuffers& buffers, const Mixer::Format& format);
void send_end(const Outgoing& out);

void start_output(Src& src);
// Lets the pad's own task leave its wait; it is stopped then.
void stop_output(Src& src);

}  // namespace ducking
