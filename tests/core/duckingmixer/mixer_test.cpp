#include "mixer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "mixer_fixture.hpp"

using namespace ducking;

namespace {

// The largest step of a tone of 220 Hz at 0.5 is 0.0144; −60 dBFS are 0.001 more.
class MixerStepTest : public MixerTest {
 protected:
  void hear() {
    for (const float sample : heard(output_)) {
      step_ = std::max(step_, std::abs(sample - last_));
      last_ = sample;
    }
  }
  static constexpr float kMost = 0.0144F + 0.001F;
  const int output_ = mixer_.add_output();
  float last_ = 0, step_ = 0;
};

TEST_F(MixerStepTest, ComingAndGoingAreNoClicks) {
  for (int phase = 0; phase < 20; ++phase) {
    const int place = add();
    for (int i = 0; i < 7; ++i, hear()) {
      put_tone(place, 0.5F, 200 + phase);
      mix();
    }
    mixer_.remove_input(place);
    for (int i = 0; i < 3; ++i, hear()) mix();
    EXPECT_EQ(last_, 0);
  }
  EXPECT_LE(step_, kMost);
}

TEST_F(MixerStepTest, MutingAndGainsAreNoClicks) {
  const int place = add();
  for (int i = 0; i < 100; ++i, hear()) {
    if (i % 10 == 3) mixer_.set_input(place, {.mute = true, .duck = Duck::kNever});
    if (i % 10 == 6) mixer_.set_input(place, {.gain = 0.3F, .duck = Duck::kNever});
    if (i % 10 == 8) mixer_.set_input(place, {.duck = Duck::kNever});
    put_tone(place, 0.5F, 203);
    mix();
  }
  EXPECT_LE(step_, kMost);
}

TEST_F(MixerStepTest, HolesAreNoClicks) {
  const int place = add();
  for (int i = 0; i < 100; ++i, hear()) {
    if (i % 7 < 5) put_tone(place, 0.5F, 207);
    mix();
  }
  EXPECT_LE(step_, kMost);
  EXPECT_EQ(mixer_.input_state(place).missed, 14U);
}

TEST_F(MixerTest, WhoIsMissingHoldsNobodyUp) {
  const int here = add(), dead = add(), output = mixer_.add_output();
  put(here, 0.25F);
  put(dead, 0.25F);
  mix();
  for (int i = 0; i < 10; ++i) {
    put(here, 0.25F);
    mix();
  }
  EXPECT_NEAR(heard(output)[0], 0.25F, 1e-5F);
  EXPECT_FALSE(mixer_.input_state(dead).present);
  EXPECT_EQ(mixer_.input_state(dead).missed, 1U);
}

TEST_F(MixerTest, EverybodyIsDuckedBelowTheLoudest) {
  const int loud = add({}), soft = add({}), output = mixer_.add_output();
  InputSet only;
  only.add(soft);
  mixer_.set_route(output, only);
  for (int i = 0; i < 20; ++i) {
    put_tone(loud, 0.5F, 300);
    put(soft, 0.1F);
    mix();
  }
  // The requirement's attenuation.
  EXPECT_NEAR(heard(output)[5], 0.03F, 1e-4F);
  EXPECT_EQ(mixer_.dominant(), loud);
  EXPECT_NEAR(mixer_.input_state(soft).duck_db, -10.46F, 0.01F);
  EXPECT_EQ(mixer_.input_state(loud).duck_db, 0);
  for (int i = 0; i < 120; ++i) {
    put(soft, 0.1F);
    mix();
  }
  EXPECT_NEAR(heard(output)[5], 0.1F, 1e-4F);
}

TEST_F(MixerTest, NormalisedByTheNumberOfVoices) {
  MixSettings settings;
  settings.normalise = true;
  mixer_.set(settings);
  std::vector<int> places{add(), add(), add(), add()};
  const int output = mixer_.add_output();
  for (int i = 0; i < 200; ++i) {
    for (const int place : places) put(place, 0.1F);
    mix();
  }
  EXPECT_NEAR(heard(output)[0], 0.4F / 2, 1e-4F);
}

TEST_F(MixerTest, PlacesAreBoundedAndUsedAgain) {
  std::vector<int> places;
  for (int i = 0; i < kMostInputs; ++i) places.push_back(add());
  EXPECT_EQ(mixer_.add_input(), Mixer::kNoPlace);
  const int output = mixer_.add_output();
  put(places[77], 0.5F);
  mix();
  mixer_.remove_input(places[77]);
  mix();
  EXPECT_EQ(add(), places[77]);
  mix();
  EXPECT_TRUE(mixer_.output(output).silent) << "nothing of who was there before";
  mixer_.remove_output(output);
  EXPECT_EQ(mixer_.add_output(), output);
}

TEST_F(MixerTest, AnythingMayHappen) {
  std::vector<int> places, outputs;
  std::uniform_int_distribution<int> what(0, 11);
  const auto any_of = [&](const std::vector<int>& all) { return all[dice_() % all.size()]; };
  for (int i = 0; i < 5000; ++i) {
    switch (what(dice_)) {
      case 0:
        if (places.size() < 40) places.push_back(add({.duck = static_cast<Duck>(dice_() % 4)}));
        break;
      case 1:
        if (!places.empty()) {
          const std::size_t which = dice_() % places.size();
          mixer_.remove_input(places[which]);
          places.erase(places.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      case 2:
        if (outputs.size() < 40) outputs.push_back(mixer_.add_output());
        break;
      case 3:
        if (!outputs.empty()) {
          const std::size_t which = dice_() % outputs.size();
          mixer_.remove_output(outputs[which]);
          outputs.erase(outputs.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      case 4:
        if (!outputs.empty() && !places.empty())
          mixer_.set_route(any_of(outputs), all_but(any_of(places)));
        break;
      case 5:
        if (!places.empty())
          mixer_.set_input(any_of(places), {.gain = static_cast<float>(dice_() % 11),
                                            .mute = dice_() % 4 == 0,
                                            .duck = static_cast<Duck>(dice_() % 4),
                                            .priority = static_cast<int>(dice_() % 3),
                                            .voice_only = dice_() % 2 == 0});
        break;
      case 6: {
        MixSettings settings;
        settings.master_gain = static_cast<float>(dice_() % 5);
        settings.normalise = dice_() % 2 == 0;
        mixer_.set(settings);
        break;
      }
      default:
        for (const int place : places) {
          if (dice_() % 3 != 0) put_noise(place, 1.5F);
        }
        mix();
        for (const int output : outputs) {
          for (const float sample : heard(output)) ASSERT_LE(std::abs(sample), 0.8913F);
        }
    }
  }
}

TEST_F(MixerTest, WhatIsNoNumberIsSilentAndNobodyElseIs) {
  const int broken = add(), good = add(), output = mixer_.add_output();
  for (int i = 0; i < 3; ++i) {
    put(good, 0.25F);
    auto samples = mixer_.input(broken);
    std::fill(samples.begin(), samples.end(), std::numeric_limits<float>::quiet_NaN());
    if (i == 2) samples[7] = std::numeric_limits<float>::infinity();
    mixer_.arrived(broken);
    mix();
    if (i == 1) {
      EXPECT_EQ(heard(output)[100], 0.25F);
    }
  }
  EXPECT_TRUE(std::isfinite(mixer_.input_state(broken).level));
  for (const float sample : heard(output)) ASSERT_LE(std::abs(sample), 0.8913F);
}

TEST_F(MixerStepTest, WhatFadesAwayIsAsLoudAsItWas) {
  for (const float gain : {0.3F, 1.0F, 3.0F}) {
    const int place = add({.gain = gain, .duck = Duck::kNever});
    for (int i = 0; i < 3; ++i, hear()) {
      put(place, 0.2F);
      mix();
    }
    EXPECT_NEAR(last_, gain * 0.2F, 1e-5F);
    mixer_.remove_input(place);
    mix();
    EXPECT_NEAR(heard(output_)[0], gain * 0.2F, 1e-4F);
    hear();
    EXPECT_NEAR(last_, 0, 1e-5F);
  }
  EXPECT_LE(step_, 0.003F);
}

TEST_F(MixerStepTest, WhoLeavesWithABlockIsHeardFadingAway) {
  const int place = add();
  for (int i = 0; i < 5; ++i, hear()) {
    put_tone(place, 0.5F, 210);
    mix();
  }
  put_tone(place, 0.5F, 210);
  mixer_.remove_input(place);
  mix();
  hear();
  EXPECT_GT(mixer_.output(output_).peak, 0.1F);
  EXPECT_NEAR(last_, 0, 0.001F);
  mix();
  EXPECT_TRUE(mixer_.output(output_).silent);
  EXPECT_LE(step_, kMost);
}

}  // namespace
