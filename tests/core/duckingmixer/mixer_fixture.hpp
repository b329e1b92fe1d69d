// A mixer to be played with, block by block.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>
#include <vector>

#include "mixer.hpp"

namespace ducking {

// A mixer whose inputs never give way, unless a test says so.
class MixerTest : public testing::Test {
 protected:
  MixerTest() : mixer_(Mixer::Format{}) {}

  int add(InputSettings settings = {.duck = Duck::kNever}) {
    const int place = mixer_.add_input();
    mixer_.set_input(place, settings);
    return place;
  }
  void put(int place, float value) {
    for (float& sample : mixer_.input(place)) sample = value;
    mixer_.arrived(place);
  }
  // A tone that goes on from block to block.
  void put_tone(int place, float most, double hertz) {
    auto samples = mixer_.input(place);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = most * static_cast<float>(
                              std::sin(2 * std::numbers::pi * hertz *
                                       static_cast<double>(block_ * samples.size() + i) / 48000));
    mixer_.arrived(place);
  }
  void put_noise(int place, float most) {
    std::uniform_real_distribution<float> value(-most, most);
    for (float& sample : mixer_.input(place)) sample = value(dice_);
    mixer_.arrived(place);
  }
  void mix() {
    mixer_.mix();
    ++block_;
  }
  std::vector<float> heard(int output) const {
    const auto samples = mixer_.output(output).samples;
    return {samples.begin(), samples.end()};
  }
  static InputSet all_but(int place) {
    InputSet route = InputSet::all();
    route.remove(place);
    return route;
  }

  Mixer mixer_;
  std::mt19937 dice_{7};
  std::size_t block_ = 0;
};

}  // namespace ducking
