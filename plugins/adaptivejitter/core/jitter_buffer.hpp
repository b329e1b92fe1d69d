// An adaptive jitter buffer: packets in when they come, audio out at a steady pace. It holds audio
// as long as TargetDelay says, plays a little faster or slower to get there, and conceals what is
// missing. While nothing comes the media stands still, and what was late is played, not dropped.
//
// Pure: time is an argument, in ns on any clock that both calls share. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrival_history.hpp"
#include "packet_buffer.hpp"
#include "playout_audio.hpp"
#include "rtp_unwrap.hpp"
#include "speech_decoder.hpp"
#include "target_delay.hpp"

namespace jitter {

// Sums since the beginning; samples are per channel. Named after their W3C statistics (Identifiers
// for WebRTC's Statistics API, RTCInboundRtpStreamStats).
struct Statistics {
  uint64_t packets_received = 0;
  // Never played: too late, strays, skipped, thrown away when a stream began anew.
  uint64_t packets_discarded = 0;
  // Expected less received (RFC 3550, A.3): what comes late or twice counts as received.
  int64_t packets_lost = 0;
  uint64_t packets_reordered = 0;  // came behind one with a higher number
  uint64_t packets_duplicated = 0;
  uint64_t packets_damaged = 0;       // not valid for the codec
  uint64_t fec_packets_received = 0;  // packets that carry the one before once more
  uint64_t fec_packets_used = 0;
  uint64_t total_samples = 0;  // put out
  uint64_t concealed_samples = 0;
  uint64_t silent_concealed_samples = 0;
  uint64_t concealment_events = 0;
  uint64_t inserted_samples = 0;  // to play slower
  uint64_t removed_samples = 0;   // to play faster
  uint64_t skipped_samples = 0;   // beyond the longest delay
  uint64_t comfort_samples = 0;   // while the sender paused
  uint64_t interruptions = 0;     // concealments of 150 ms or more
  uint64_t interruption_ns = 0;
  uint64_t restarts = 0;         // of the sender
  uint64_t emitted_samples = 0;  // decoded and played
  double target_sum_ns = 0;      // target delay at emitted samples, times their number
  double delay_sum_ns = 0;       // of emitted samples, times their number
  int64_t current_delay_ns = 0;
  int64_t target_delay_ns = 0;
};

class JitterBuffer {
 public:
  JitterBuffer(std::unique_ptr<SpeechDecoder> decoder, const TargetDelay::Config& config);

  struct RtpPacket {
    uint32_t ssrc = 0;
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    std::span<const uint8_t> payload;
  };
  void insert(const RtpPacket& packet, int64_t now_ns);

  enum class Kind : uint8_t {
    kWaiting,  // silence: nothing came yet
    kPlayed,
    kConcealed,  // at least in part
    kComfort,    // the sender pauses
  };
  // The next 10 ms, rate() / 100 samples of every channel.
  Kind pull(std::span<float> out, int64_t now_ns);

  void set_config(const TargetDelay::Config& config);
  void set_use_fec(bool use) { use_fec_ = use; }
  // A packet that could not even be read.
  void count_damaged() { ++statistics_.packets_damaged; }
  void reset();

  int rate() const { return decoder_->rate(); }
  int channels() const { return decoder_->channels(); }
  // How long the sample that is played next was held beyond the fastest way, ns.
  int64_t delay_ns(int64_t now_ns) const;
  // The first sample of the last pull(): its RTP timestamp, unwrapped.
  int64_t played_media() const { return played_media_; }
  // Nothing is left to play but what would be made up.
  bool drained() const { return packets_.size() == 0 && audio_.ahead() == 0; }
  const Statistics& statistics() const { return statistics_; }
  // The delay that so many of all ticks so far did not exceed, to 2 ms, at most 2 s. share: 0 to 1.
  double delay_percentile_ns(double share) const;

 private:
  static constexpr int64_t kFadeToNs = 200'000'000;  // what is made up is silence from then on

  int frame() const { return rate() / 100; }
  int64_t to_ns(int64_t samples) const { return samples * 1'000'000'000 / rate(); }
  int64_t to_samples(int64_t ns) const { return ns * rate() / 1'000'000'000; }
  int64_t play_media() const { return next_media_ - audio_.ahead(); }

  enum class Origin : uint8_t { kStream, kStray, kNewStream };
  Origin origin_of(const RtpPacket& packet, int64_t now_ns);
  void take_in(const RtpPacket& packet, int packet_samples, int64_t now_ns);
  void throw_away();
  bool decode_next();
  void prepare(int samples);
  int early(int ahead) const;
  bool repeat(int missing);
  void stretch(int64_t now_ns);
  void skip_ahead(int64_t now_ns);
  void fill_up();
  void fill_gap(const Packet& later, int missing);
  void make_up(int samples);
  void conceal(int samples);
  void count_concealed(int samples);
  void comfort(int samples);
  void count(Kind kind);

  TargetDelay::Config config_;
  std::unique_ptr<SpeechDecoder> decoder_;
  PacketBuffer packets_;
  ArrivalHistory arrivals_;
  TargetDelay target_;
  PlayoutAudio audio_;
  Unwrapper<uint16_t> sequences_;
  Unwrapper<uint32_t> timestamps_;
  Statistics statistics_;

  std::array<uint64_t, 1000> delays_{};  // ticks by their delay, in steps of 2 ms

  bool use_fec_ = true;
  uint32_t ssrc_ = 0;
  bool have_ssrc_ = false;
  bool any_ = false;           // a packet came
  int64_t first_ = 0;          // sequence, of the first that came
  int64_t first_media_ = 0;    // its timestamp
  int64_t highest_ = 0;        // sequence, of all that came
  int64_t highest_media_ = 0;  // its timestamp
  // Of the packet behind one that does not fit the stream, see origin_of().
  int64_t suspect_sequence_ = -1;
  uint32_t suspect_timestamp_ = 0;

  bool playing_ = false;
  int64_t next_sequence_ = 0;      // to be decoded next
  int64_t next_media_ = 0;         // where its audio begins; the end of what was decoded
  int64_t played_media_ = 0;       // of the first sample of the last tick
  int64_t held_ = 0;               // samples concealed while the media stood still, in a row
  int64_t repeated_for_late_ = 0;  // samples, concealed by repeat(): their packet may be lost
  int64_t surplus_ = 0;            // samples of delay that a gap may take away in this tick
  int concealed_in_tick_ = 0;
  int concealed_ahead_ = 0;  // samples made up in the last tick that are played in the next
  int comfort_in_tick_ = 0;
  int64_t concealed_in_row_ = 0;
  int64_t made_up_in_row_ = 0;
  bool repeated_ = false;      // the end of what was decoded was played twice
  bool pause_ = false;         // the last packet said so
  double credit_ = 0;          // samples that may be stretched now
  float noise_floor_ = 1e-6F;  // power of the quietest 10 ms lately
  double unavoidable_ = 0;     // share of audio that no delay would have saved
};

}  // namespace jitter
