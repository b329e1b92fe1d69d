// A sender of voice and a network that does to its packets what networks do, in virtual time. The
// same seed gives the same packets everywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <random>
#include <vector>

namespace jitter_test {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kTick = 10 * kMs;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  // Distributions of the standard library differ from one to the next; these do not.
  double share() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  int64_t below(int64_t limit) {
    return static_cast<int64_t>(engine_() % static_cast<uint64_t>(limit));
  }
  int64_t between(int64_t least, int64_t most) { return least + below(most - least + 1); }
  bool chance(double share_of_times) { return share() < share_of_times; }
  uint64_t bits() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

// What happens, and how often; all zero: nothing. Shares are per packet, `_per_s` per second of a
// storm.
struct Weather {
  double loss = 0, burst = 1;             // mean packets of a loss
  int64_t jitter_ms = 0;                  // even, 0 to this
  double stalls_per_s = 0;                // everything waits, order is kept
  int64_t stall_ms = 0;                   // at most
  double duplicates = 0, reordered = 0;   // … by up to 100 ms
  double drift_ppm = 0;                   // of the sender's clock
  double restarts_per_s = 0;              // another SSRC, sequence, timestamp
  double jumps_per_s = 0;                 // the timestamp alone leaps
  double strays = 0;                      // packets with numbers of no stream
  double damaged = 0;                     // payloads that are none
  double pauses_per_s = 0;                // of the sender: nothing is sent (DTX)
  double steps_per_s = 0;                 // the receiver's clock leaps
  double settings_per_s = 0;              // somebody turns the knobs
  std::vector<int64_t> packet_ms = {20};  // lengths that the sender changes between
};

struct SentPacket {
  enum class Kind : uint8_t { kVoice, kPause, kDamaged, kStray };
  int64_t arrives_ns = 0;
  uint64_t number = 0;  // in order of sending, the same for a duplicate
  uint32_t ssrc = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  int64_t length_ms = 0;
  Kind kind = Kind::kVoice;
};

class RandomNetwork {
 public:
  RandomNetwork(const Weather& weather, int rate, uint64_t seed)
      : weather_(weather), rate_(rate), dice_(seed) {
    // Close to where 16 and 32 bits end.
    sequence_ = static_cast<uint16_t>(65535 - dice_.below(2000));
    timestamp_ = static_cast<uint32_t>(0xffffffff - static_cast<uint32_t>(dice_.below(1000000)));
    ssrc_ = static_cast<uint32_t>(dice_.bits());
  }

  // In a storm all happens that the weather says, else nothing.
  void set_storm(bool storm) { storm_ = storm; }
  Dice& dice() { return dice_; }
  uint64_t sent() const { return sent_; }

  // Lets the sender send what is due until `now_ns`.
  void run(int64_t now_ns) {
    while (sender_ns_ <= static_cast<double>(now_ns)) send_one();
  }
  // The next packet that has arrived by `now_ns`.
  bool receive(int64_t now_ns, SentPacket& packet) {
    if (way_.empty() || way_.top().arrives_ns > now_ns) return false;
    packet = way_.top();
    way_.pop();
    return true;
  }

 private:
  struct Later {
    bool operator()(const SentPacket& a, const SentPacket& b) const {
      return a.arrives_ns != b.arrives_ns ? a.arrives_ns > b.arrives_ns : a.number > b.number;
    }
  };

  bool happens(double per_second, int64_t within_ms) {
    return storm_ && per_second > 0 &&
           dice_.chance(per_second * static_cast<double>(within_ms) / 1000);
  }

  void send_one() {
    const int64_t length_ms = length_ms_;
    const auto now = static_cast<int64_t>(sender_ns_);
    const auto samples = static_cast<uint32_t>(length_ms * rate_ / 1000);
    if (happens(weather_.restarts_per_s, length_ms)) {
      ssrc_ = dice_.chance(0.5) ? static_cast<uint32_t>(dice_.bits()) : ssrc_;
      sequence_ = static_cast<uint16_t>(dice_.bits());
      timestamp_ = static_cast<uint32_t>(dice_.bits());
    }
    if (happens(weather_.jumps_per_s, length_ms)) {
      const int64_t most = dice_.chance(0.5) ? 1000 : 40'000;
      const int64_t ms = dice_.chance(0.5) ? dice_.between(1000, 5000) : -dice_.between(1, most);
      timestamp_ += static_cast<uint32_t>(ms * rate_ / 1000);
    }
    SentPacket packet{now + 40 * kMs,          sent_++, ssrc_, sequence_, timestamp_, length_ms,
                      SentPacket::Kind::kVoice};
    int64_t paused_ms = 0;
    if (happens(weather_.pauses_per_s, length_ms)) {
      // A last packet says so; what comes afterwards has the next sequence number.
      packet.kind = SentPacket::Kind::kPause;
      paused_ms = dice_.between(1, 150) * 20;
    } else if (storm_ && dice_.chance(weather_.damaged)) {
      packet.kind = SentPacket::Kind::kDamaged;
    }
    travel(packet, now);
    ++sequence_;
    timestamp_ += samples + static_cast<uint32_t>(paused_ms * rate_ / 1000);
    sender_ns_ += static_cast<double>((length_ms + paused_ms) * kMs) *
                  (1 + (storm_ ? weather_.drift_ppm : 0) / 1e6);
    if (storm_ && dice_.chance(0.002)) {
      length_ms_ =
          weather_.packet_ms[static_cast<size_t>(dice_.below(std::ssize(weather_.packet_ms)))];
    }
  }

  void travel(SentPacket packet, int64_t now) {
    if (storm_) {
      // Losses begin so often that their share is right, and last on.
      const double begin = weather_.loss / (weather_.burst * (1 - std::min(0.9, weather_.loss)));
      losing_ = losing_ ? !dice_.chance(1 / weather_.burst) : dice_.chance(begin);
      if (losing_) return;
      if (weather_.jitter_ms > 0) packet.arrives_ns += dice_.below(weather_.jitter_ms * kMs);
      if (happens(weather_.stalls_per_s, packet.length_ms))
        stalled_until_ = now + dice_.below(weather_.stall_ms * kMs + 1);
      if (dice_.chance(weather_.reordered)) packet.arrives_ns += dice_.below(100 * kMs);
    } else {
      losing_ = false;
    }
    packet.arrives_ns = std::max(packet.arrives_ns, stalled_until_);
    way_.push(packet);
    if (!storm_) return;
    if (dice_.chance(weather_.duplicates)) {
      packet.arrives_ns += dice_.below(60 * kMs);
      way_.push(packet);
    }
    if (dice_.chance(weather_.strays)) {
      packet.sequence = static_cast<uint16_t>(dice_.bits());
      packet.timestamp = static_cast<uint32_t>(dice_.bits());
      packet.kind = SentPacket::Kind::kStray;
      way_.push(packet);
    }
  }

  const Weather weather_;
  const int rate_;
  Dice dice_;
  std::priority_queue<SentPacket, std::vector<SentPacket>, Later> way_;
  double sender_ns_ = 0;
  bool storm_ = false, losing_ = false;
  int64_t stalled_until_ = 0;
  int64_t length_ms_ = 20;
  uint64_t sent_ = 0;
  uint32_t ssrc_ = 0;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
};

}  // namespace jitter_test
