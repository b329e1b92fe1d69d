// A room whose listeners share encoders: each is given buffers that are told apart by their memory,
// as a mixer hands them out.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "encoder_tree.hpp"

namespace sharedopus_test {

using namespace sharedopus;

using Packet = std::vector<std::uint8_t>;

inline constexpr std::size_t kFrame = 960;  // 20 ms at 48 kHz

struct Samples {
  int holders = 0;
  std::vector<std::int16_t> samples;
};
inline constexpr Hold::Kind kSamplesKind = {
    [](void* samples) { ++static_cast<Samples*>(samples)->holders; },
    [](void* samples) { --static_cast<Samples*>(samples)->holders; }};

// Some sound, different for each `mix`, that goes on from frame to frame.
inline Samples make_sound(int mix, int frame) {
  Samples made;
  for (std::size_t i = 0; i < kFrame; ++i) {
    const double at = static_cast<double>(frame) * kFrame + static_cast<double>(i);
    const double pitch = 2 * std::numbers::pi * (120 + 37 * mix) / 48000;
    made.samples.push_back(
        static_cast<std::int16_t>(6000 * (std::sin(pitch * at) + 0.4 * std::sin(3 * pitch * at)) *
                                  (0.6 + 0.4 * std::sin(at / 9000))));
  }
  return made;
}

inline CutFrame frame_of(Samples& samples, bool shareable = true) {
  CutFrame frame;
  ++samples.holders;
  frame.slices.push_back({Hold(&samples, &kSamplesKind), &samples, 0, 0, kFrame * 2});
  frame.shareable = shareable;
  return frame;
}

class Room {
 public:
  explicit Room(std::size_t listeners, std::size_t history = 10, const Format& format = {})
      : tree_(format, history), members_(listeners) {}
  ~Room() {
    for (auto& member : members_) tree_.leave(member);
    tree_.take_dropped();
  }

  // A frame of a mix, as long as the room lasts.
  Samples& sound(int mix, int frame) {
    const auto [place, is_new] = sounds_.try_emplace({mix, frame});
    if (is_new) place->second = make_sound(mix, frame);
    return place->second;
  }

  // The next packet of a listener that hears `samples`.
  Packet hear(std::size_t listener, Samples& samples, bool shareable = true) {
    EncoderTree::Next next =
        tree_.next(members_[listener], frame_of(samples, shareable), controls_);
    if (next.encode) {
      next.node->encode(std::as_bytes(std::span(samples.samples)));
      tree_.done(*next.node);
    }
    return next.node->packet();
  }
  void leave(std::size_t listener) { tree_.leave(members_[listener]); }
  // Encoder runs since the last time.
  std::uint64_t runs() { return tree_.encoded() - std::exchange(runs_, tree_.encoded()); }

  EncoderTree& tree() { return tree_; }
  Controls& controls() { return controls_; }

 private:
  std::map<std::pair<int, int>, Samples> sounds_;
  EncoderTree tree_;
  Controls controls_{.bitrate = 32000, .complexity = 1};
  std::vector<EncoderTree::Member> members_;
  std::uint64_t runs_ = 0;
};

// What an encoder of one's own would give.
class Alone {
 public:
  explicit Alone(const Format& format = {}) : state_(format) {}
  Packet encode(const Samples& samples) {
    Packet packet;
    state_.encode(std::as_bytes(std::span(samples.samples)), {.bitrate = 32000, .complexity = 1},
                  packet);
    return packet;
  }

 private:
  EncoderState state_;
};

}  // namespace sharedopus_test
