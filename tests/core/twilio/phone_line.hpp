// A two-hour telephone call in virtual time, for tests of the cores: Twilio's clock that is not
// ours, a network that jitters and stalls (TCP: in order, a backlog at once), Twilio's playing and
// its marks. The server's half is that of twilio::Call, without its socket.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "caller_timeline.hpp"
#include "g711.hpp"
#include "line_units.hpp"
#include "pacer.hpp"

namespace twilio {

struct LineConfig {
  double skew = 0;  // by how much Twilio's clock is slower than ours
  double delay_ms = 20;
  double jitter_ms = 2;        // mean of an exponential distribution, on top
  double stall_every_s = 0;    // mean time between stalls, of each direction; 0: none
  double stall_most_ms = 800;  // they last from 50 ms to this
  bool pauses = true;          // the caller is silent for 1 s after each 4 s
  int noise = 0;               // amplitude of the line in these pauses
  unsigned seed = 1;
};

// One direction of the network.
class Wire {
 public:
  Wire(const LineConfig& config, unsigned seed) : config_(config), random_(seed) { plan_stall(0); }

  void set_stalls(bool stalls) { stalls_ = stalls; }
  // When what is sent now arrives.
  uint64_t arrival(uint64_t now_ns) {
    if (config_.stall_every_s > 0 && now_ns >= stall_end_) plan_stall(now_ns);
    const double delay =
        config_.delay_ms + std::exponential_distribution<>{1 / config_.jitter_ms}(random_);
    uint64_t at = now_ns + static_cast<uint64_t>(delay * 1e6);
    if (stalls_ && now_ns >= stall_begin_ && now_ns < stall_end_) at = std::max(at, stall_end_);
    return last_ = std::max(last_, at);
  }

 private:
  void plan_stall(uint64_t now_ns) {
    if (config_.stall_every_s <= 0) return;
    const double until = std::exponential_distribution<>{1 / config_.stall_every_s}(random_);
    const double length = std::uniform_real_distribution<>{50, config_.stall_most_ms}(random_);
    stall_begin_ = now_ns + static_cast<uint64_t>(until * 1e9);
    stall_end_ = stall_begin_ + static_cast<uint64_t>(length * 1e6);
  }

  LineConfig config_;
  std::mt19937 random_;
  bool stalls_ = true;
  uint64_t last_ = 0;
  uint64_t stall_begin_ = kNever;
  uint64_t stall_end_ = 0;
};

class PhoneLine {
 public:
  explicit PhoneLine(const LineConfig& config)
      : config_(config),
        random_(config.seed),
        in_(config, config.seed),
        out_(config, ~config.seed) {
    timeline_.begin(kBegin);
    pacer_.open(kBegin);
  }

  // The pipeline: what comes out of the server's inbound half, and where its outbound half begins.
  std::function<void(std::span<const uint8_t>, CallerPosition, const StreamClock::Placement&)>
      on_audio;
  std::function<void(CallerPosition, uint64_t samples)> on_missing;
  std::function<void()> on_tick;  // every 2 ms
  std::function<void(const Pacer::Echo&)> on_echo;

  void run(double seconds) {
    for (const uint64_t end = now_ + static_cast<uint64_t>(seconds * 1e9); now_ < end;) {
      now_ += 2 * kMillisecondNs;  // as the I/O threads do
      caller_speaks();
      serve();
      twilio_plays();
    }
  }

  uint64_t now() const { return now_; }
  // Twilio's time since the call began, and ours of it.
  double far_ms(uint64_t local_ns) const {
    return static_cast<double>(local_ns - kBegin) / (1 + config_.skew) / 1e6;
  }
  uint64_t local_ns(double far_ms) const {
    return kBegin + static_cast<uint64_t>(far_ms * 1e6 * (1 + config_.skew));
  }

  Pacer& pacer() { return pacer_; }
  const CallerTimeline& timeline() const { return timeline_; }
  double twilio_has_ms() const { return std::max(0.0, play_end_ms_ - far_ms(now_)); }
  uint64_t starved() const { return starved_; }
  void set_stalls(bool stalls) {
    in_.set_stalls(stalls);
    out_.set_stalls(stalls);
  }
  void count_starving(bool count) { counting_ = count; }
  uint64_t frames_sent() const { return frame_; }
  // From the caller's mouth back to the ear, of the last echoed frame that was recognised.
  double echo_ms() const { return echo_ms_; }
  // Marks of frames: loud codes, so that 2.24 s are told apart.
  static constexpr uint64_t kCodes = 112;

  static constexpr uint64_t kBegin = 5'000 * kMillisecondNs;

 private:
  struct Packet {
    uint64_t arrives;
    uint64_t timestamp_ms;
    std::vector<uint8_t> audio;
    std::string mark;
    bool clear = false;
  };

  void caller_speaks() {
    while (far_ms(now_) >= static_cast<double>(frame_ + 1) * 20) {
      const bool silent = config_.pauses && frame_ % 250 >= 200;
      std::vector<uint8_t> audio(
          kFrameBytes, silent ? jackfield::kMulawSilence : static_cast<uint8_t>(frame_ % kCodes));
      if (silent && config_.noise > 0) {
        std::normal_distribution<> noise{0.0, static_cast<double>(config_.noise)};
        for (uint8_t& code : audio)
          code = jackfield::linear_to_mulaw(static_cast<int>(noise(random_)));
      }
      inbound_.push_back({in_.arrival(now_), frame_ * 20, std::move(audio), {}});
      ++frame_;
    }
  }

  void serve() {
    for (; !inbound_.empty() && inbound_.front().arrives <= now_; inbound_.pop_front()) {
      const Packet& packet = inbound_.front();
      if (!packet.mark.empty()) {
        const auto echo = pacer_.on_echo(packet.mark, now_);
        if (echo && on_echo) on_echo(*echo);
        continue;
      }
      const auto place = timeline_.on_media(packet.timestamp_ms, packet.audio, now_);
      pacer_.set_skew(timeline_.skew(), now_);
      if (place.verdict != StreamClock::Verdict::kPlay) continue;
      const uint64_t behind = timeline_.behind();
      if (place.missing > 0 && on_missing)
        on_missing({place.position - place.missing, behind}, place.missing);
      if (on_audio) on_audio(packet.audio, {place.position, behind}, place);
    }
    const auto silence = timeline_.on_tick(now_);
    if (silence.samples > 0 && on_missing) {
      on_missing({silence.position, timeline_.behind()}, silence.samples);
    }
    if (on_tick) on_tick();
    for (;;) {
      const auto action = pacer_.next(now_);
      if (action.step == Pacer::Step::kWait || action.step == Pacer::Step::kIdle) break;
      outbound_.push_back({out_.arrival(now_),
                           0,
                           {action.audio.begin(), action.audio.end()},
                           std::string(action.mark),
                           action.step == Pacer::Step::kClear});
    }
  }

  void twilio_plays() {
    for (; !outbound_.empty() && outbound_.front().arrives <= now_; outbound_.pop_front()) {
      const Packet& packet = outbound_.front();
      if (!packet.mark.empty()) {
        marks_.push_back({std::max(play_end_ms_, far_ms(now_)), packet.mark});
        continue;
      }
      if (packet.audio.empty()) continue;
      if (play_end_ms_ < far_ms(now_)) starved_ += counting_;
      const double begin = std::max(play_end_ms_, far_ms(now_));
      play_end_ms_ = begin + static_cast<double>(packet.audio.size()) / 8;
      const uint8_t code = packet.audio[0];
      if (code >= kCodes || packet.audio.size() < 40 || packet.audio[1] != code ||
          packet.audio.back() != code) {
        continue;
      }
      // The newest frame of that code.
      const uint64_t newest = frame_ - 1;
      const uint64_t frame = newest - (newest + kCodes - code) % kCodes;
      echo_ms_ = begin - static_cast<double>(frame) * 20;
    }
    for (; !marks_.empty() && marks_.front().first <= far_ms(now_); marks_.pop_front()) {
      inbound_.push_back({in_.arrival(now_), 0, {}, marks_.front().second});
    }
  }

  LineConfig config_;
  std::mt19937 random_;
  Wire in_;
  Wire out_;
  uint64_t now_ = kBegin;
  uint64_t frame_ = 0;
  std::deque<Packet> inbound_;
  std::deque<Packet> outbound_;
  std::deque<std::pair<double, std::string>> marks_;
  double play_end_ms_ = 0;
  double echo_ms_ = 0;
  uint64_t starved_ = 0;
  bool counting_ = false;
  CallerTimeline timeline_{{}};
  Pacer pacer_{{}};
};

}  // namespace twilio
