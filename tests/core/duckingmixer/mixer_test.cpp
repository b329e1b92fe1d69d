#include "mixer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

using namespace ducking;

namespace {

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

TEST_F(MixerTest, TheSumOfAllAndOfAllOthers) {
  const int first = add(), second = add(), third = add();
  const int everything = mixer_.add_output();
  std::vector<int> minus;
  for (const int place : {first, second, third}) {
    minus.push_back(mixer_.add_output());
    mixer_.set_route(minus.back(), all_but(place));
  }
  for (int i = 0; i < 3; ++i) {
    put(first, 0.1F);
    put(second, 0.2F);
    put(third, 0.4F);
    mix();
  }
  EXPECT_NEAR(heard(everything)[100], 0.7F, 1e-5F);
  EXPECT_NEAR(heard(minus[0])[100], 0.6F, 1e-5F);
  EXPECT_NEAR(heard(minus[1])[100], 0.5F, 1e-5F);
  EXPECT_NEAR(heard(minus[2])[100], 0.3F, 1e-5F);
}

TEST_F(MixerTest, MixMinusHasNothingOfOneself) {
  // Whoever is alone in speaking hears nothing at all, however many there are.
  std::vector<int> places, outputs;
  for (int i = 0; i < 50; ++i) {
    places.push_back(add({.gain = 0.73F, .duck = Duck::kNever}));
    outputs.push_back(mixer_.add_output());
    mixer_.set_route(outputs.back(), all_but(places.back()));
  }
  for (int i = 0; i < 20; ++i) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      if (k == 17)
        put_noise(places[k], 0.9F);
      else
        put(places[k], 0);
    }
    mix();
    for (const float sample : heard(outputs[17])) ASSERT_EQ(sample, 0);
  }
  EXPECT_GT(std::abs(heard(outputs[16])[3]), 0);
}

TEST_F(MixerTest, EqualsTheSumOneByOneToTheLastBit) {
  std::vector<int> places, outputs;
  for (int i = 0; i < 20; ++i) {
    places.push_back(add());
    outputs.push_back(mixer_.add_output());
    mixer_.set_route(outputs.back(), all_but(places.back()));
  }
  const int few = mixer_.add_output();
  InputSet route;
  route.add(places[3]);
  route.add(places[8]);
  mixer_.set_route(few, route);
  for (int block = 0; block < 3; ++block) {
    for (const int place : places) put_noise(place, 0.04F);
    mix();
  }
  const auto sum_of = [&](auto wanted) {
    std::vector<float> sum(mixer_.block());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      std::int64_t whole = 0;
      for (std::size_t k = 0; k < places.size(); ++k) {
        const float scaled = mixer_.input(places[k])[i] * kContributionOne;
        if (wanted(k)) whole += static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
      }
      sum[i] = static_cast<float>(whole) / kContributionOne;
    }
    return sum;
  };
  for (std::size_t own = 0; own < places.size(); ++own)
    ASSERT_EQ(heard(outputs[own]), sum_of([&](std::size_t k) { return k != own; })) << own;
  EXPECT_EQ(heard(few), sum_of([](std::size_t k) { return k == 3 || k == 8; }));
}

TEST_F(MixerTest, ListenersShareOneMix) {
  std::vector<int> places, outputs;
  for (int i = 0; i < 50; ++i) {
    places.push_back(add({.duck = Duck::kNever, .voice_only = true}));
    outputs.push_back(mixer_.add_output());
    mixer_.set_route(outputs.back(), all_but(places.back()));
  }
  for (int block = 0; block < 100; ++block) {
    for (const int place : places) put_noise(place, place < 3 ? 0.2F : 0.001F);
    mix();
  }
  // One for all that listen, and one for each who speaks.
  EXPECT_EQ(mixer_.distinct(), 4);
  EXPECT_EQ(mixer_.output(outputs[10]).shared, mixer_.output(outputs[49]).shared);
  EXPECT_EQ(mixer_.output(outputs[10]).samples.data(), mixer_.output(outputs[49]).samples.data());
  EXPECT_NE(mixer_.output(outputs[0]).shared, mixer_.output(outputs[49]).shared);
}

TEST_F(MixerTest, NothingIsClippedWithFiftyAtFullScale) {
  std::vector<int> places;
  const int output = mixer_.add_output();
  for (int i = 0; i < 50; ++i) places.push_back(add());
  for (int block = 0; block < 50; ++block) {
    for (const int place : places) put_tone(place, 1, 200 + 3 * place);
    mix();
    for (const float sample : heard(output)) ASSERT_LE(std::abs(sample), 0.8913F);
  }
}

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

}  // namespace
