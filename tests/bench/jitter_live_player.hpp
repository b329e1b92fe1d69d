// A stream of packets in real time through a pipeline that ends in a sink which plays by the clock,
// and what was played when.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace jitter_bench {

// How packets become audio.
struct System {
  std::string name;
  // A gst-launch line; takes RTP at an element named `in`. With a `decoder` (opusdec) in it, or
  // with `in` as adaptivejitter.
  std::string launch;
};

// Of audio that the sink played in one piece; milliseconds.
struct Piece {
  double start = 0;  // running time
  double length = 0;
  double media = 0;  // of its first sample: when it was sent, the first packet's at 0
  double concealed = 0, inserted = 0, removed = 0;
  std::vector<int16_t> samples;  // 48 kHz, mono; when they are kept
};

class Player {
 public:
  // What is known of the packets; it outlives the players.
  struct Source {
    std::vector<char> carries_fec;  // of each: does it hold the one before it?
    std::vector<int16_t> decoded;   // all of them, none lost; 48 kHz
  };
  // All players share clock and base time.
  Player(const System& system, GstClock* clock, GstClockTime base, const Source& source,
         bool keep_samples);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // A packet of RTP; any one thread.
  void push(GstMemory* packet, GstClockTime running);
  // Spreads latency anew when an element asked for it. The application's thread.
  void mind_latency();
  // Ends it. What was played, in order; joined where it was out of step by less than 40 ms, as
  // GStreamer's audio sinks do (their alignment-threshold).
  const std::vector<Piece>& finish();
  double latency_ms() const;  // of the sink, as the pipeline reported it
  // Only behind finish().
  uint64_t mismatched() const { return mismatched_; }  // pieces of audio of which it is not sure

 private:
  struct Input {
    GstClockTime pts = 0, duration = 0;
    int64_t packet = -1;  // index; −1: a gap
    bool fec = false;     // it carries the one before it
  };
  static GstPadProbeReturn before_decoder(GstPad*, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn behind_decoder(GstPad*, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn behind_buffer(GstPad*, GstPadProbeInfo* info, gpointer self);
  static void played(GstElement*, GstBuffer* buffer, GstPad*, gpointer self);
  Piece of_element();
  std::vector<int16_t> first_channel(GstBuffer* buffer);
  double likeness(const std::vector<int16_t>& samples, int64_t packet) const;
  int64_t packet_of(const std::vector<int16_t>& samples, int64_t packet);

  const Source& source_;
  bool keep_samples_;
  gstpp::ElementPtr pipeline_, in_, sink_;
  gstpp::PadPtr pad_;
  // The streaming thread's: packets that left rtpjitterbuffer, and what opusdec has before it.
  std::deque<uint16_t> sequences_;
  std::deque<Input> inputs_;
  double media_end_ = 0;
  int64_t shift_ = 0;  // packets that opusdec's audio is behind its timestamps
  uint64_t mismatched_ = 0;
  uint64_t concealed_ = 0, inserted_ = 0, removed_ = 0;  // adaptivejitter's sums so far
  std::mutex lock_;
  std::deque<Piece> decoded_;  // under lock_: on the way to the sink
  std::vector<Piece> pieces_;  // the sink's thread
};

}  // namespace jitter_bench
