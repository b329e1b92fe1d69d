#include "mixer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ducking {
namespace {

// Of the way to the new normalisation in a block: 100 ms.
constexpr float kNormalPace = 0.0952F;

float from_db(float db) {
  constexpr float kOctaves = 0.16609640F;  // log2(10) / 20
  return db == 0 ? 1 : std::exp2(db * kOctaves);
}

}  // namespace

Mixer::Mixer(Format format, const Kernels& kernels)
    : block_(index(format.rate / 100 * format.channels)),
      channels_(index(format.channels)),
      kernels_(kernels),
      sum_(block_),
      mix_(block_),
      tail_(block_) {
  const std::size_t frames = block_ / channels_;
  for (std::size_t i = 0; i < frames; ++i) {
    const double way = (static_cast<double>(i) + 1) / static_cast<double>(frames);
    fade_.insert(fade_.end(), channels_,
                 static_cast<float>(0.5 + 0.5 * std::cos(std::numbers::pi * way)));
  }
}

int Mixer::add_input() {
  std::size_t place = 0;
  while (place < inputs_.size() && inputs_[place].used) ++place;
  if (place == index(kMostInputs)) return kNoPlace;
  if (place == inputs_.size()) {
    inputs_.emplace_back();
    sides_.emplace_back();
  }
  Input& input = inputs_[place] = Input{};
  input.used = true;
  input.block.resize(block_);
  return static_cast<int>(place);
}

void Mixer::remove_input(int place) { inputs_[index(place)].leaving = true; }

void Mixer::set_input(int place, const InputSettings& settings) {
  inputs_[index(place)].settings = settings;
}

// What has just been written is still in the nearest cache.
void Mixer::arrived(int place) {
  Input& input = inputs_[index(place)];
  input.arrived = true;
  input.power = kernels_.power(input.block.samples(), block_);
  constexpr float kMost = kMostOfOneInput * kMostOfOneInput;
  if (input.power <= kMost) return;
  // Nobody can have said that.
  kernels_.clean(input.block.samples(), block_);
  input.power = kernels_.power(input.block.samples(), block_);
}

InputState Mixer::input_state(int place) const {
  const Input& input = inputs_[index(place)];
  return {.level = input.voice.level(),
          .voice = input.voice.active(),
          .duck_db = input.duck.db(),
          .present = input.present,
          .missed = input.missed};
}

void Mixer::mix() {
  judge();
  contribute();
  make_outputs();
}

// Who speaks, and who gives way.
void Mixer::judge() {
  int voices = 0;
  for (std::size_t place = 0; place < inputs_.size(); ++place) {
    Input& input = inputs_[place];
    DuckSide& side = sides_[place];
    const bool here = input.used && input.arrived && !input.leaving;
    if (input.used) input.voice.add(settings_.voice, here ? input.power : 0);
    side.duck = input.settings.duck;
    side.priority = input.settings.priority;
    side.heard = here && !input.settings.mute && input.settings.gain > 0;
    side.voice = input.used && input.voice.active();
    // As loud as others hear it.
    side.level = input.used ? input.voice.level() * input.settings.gain : 0;
    voices += side.heard && side.voice;
  }
  order_.decide(sides_, settings_.duck_threshold);
  const float normal =
      settings_.normalise && voices > 1 ? 1 / std::sqrt(static_cast<float>(voices)) : 1;
  normal_ += (normal - normal_) * kNormalPace;
  if (std::abs(normal - normal_) < 1e-4F) normal_ = normal;
  level_from_ = level_to_;
  level_to_ = settings_.master_gain * normal_;
}

float Mixer::gain_of(const Input& input, float duck_db) const {
  if (input.settings.mute) return 0;
  if (input.settings.voice_only && !input.voice.active()) return 0;
  return input.settings.gain * from_db(duck_db);
}

// What each adds to the sum of all.
void Mixer::contribute() {
  contributing_ = {};
  std::fill(sum_.begin(), sum_.end(), 0);
  for (std::size_t place = 0; place < inputs_.size(); ++place) {
    Input& input = inputs_[place];
    if (!input.used) continue;
    const float gain = gain_of(input, input.duck.next(settings_.curve, sides_[place].gives_way));
    const float* samples = nullptr;
    // After a hole it fades in, like one that is new.
    float from = input.present ? input.gain : 0;
    float to = input.leaving ? 0 : gain;
    if (input.arrived) {
      samples = input.block.samples();
    } else if (input.present) {
      ++input.missed;
      if (from > 0) {
        // The gain is in it already.
        fade_out(input);
        samples = tail_.data();
        from = to = 1;
      }
    }
    if (samples != nullptr && (from > 0 || to > 0)) {
      kernels_.contribute(samples, from, to, input.block.contribution(), sum_.data(), block_);
      contributing_.add(static_cast<int>(place));
    }
    input.present = input.arrived;
    input.gain = to;
    input.arrived = false;
    if (input.leaving) {
      input.used = false;
      order_.forget(static_cast<int>(place));
    }
  }
}

// What was heard last goes on backwards, which is no step, and fades away.
void Mixer::fade_out(Input& input) {
  const std::int32_t* last = input.block.contribution();
  const std::size_t frames = block_ / channels_;
  for (std::size_t i = 0; i < block_; ++i) {
    const std::size_t mirrored = (frames - 1 - i / channels_) * channels_ + i % channels_;
    tail_[i] = static_cast<float>(last[mirrored]) / kContributionOne * fade_[i];
  }
}

}  // namespace ducking
