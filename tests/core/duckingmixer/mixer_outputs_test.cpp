#include <cmath>
#include <vector>

#include "mixer.hpp"
#include "mixer_fixture.hpp"

using namespace ducking;

namespace {

using MixerOutputsTest = MixerTest;

TEST_F(MixerOutputsTest, TheSumOfAllAndOfAllOthers) {
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

TEST_F(MixerOutputsTest, MixMinusHasNothingOfOneself) {
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

TEST_F(MixerOutputsTest, EqualsTheSumOneByOneToTheLastBit) {
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
  std::vector<std::vector<float>> said(places.size());
  for (int block = 0; block < 3; ++block) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      put_noise(places[k], 0.04F);
      const auto samples = mixer_.input(places[k]);
      // What is rounded in the middle may go either way.
      for (float& sample : samples) sample = std::round(sample * 65536) / 65536;
      said[k].assign(samples.begin(), samples.end());
    }
    mix();
  }
  const auto sum_of = [&](auto wanted) {
    std::vector<float> sum(mixer_.block());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      std::int64_t whole = 0;
      for (std::size_t k = 0; k < places.size(); ++k) {
        if (wanted(k)) whole += std::lround(said[k][i] * kContributionOne);
      }
      sum[i] = static_cast<float>(whole) / kContributionOne;
    }
    return sum;
  };
  for (std::size_t own = 0; own < places.size(); ++own)
    ASSERT_EQ(heard(outputs[own]), sum_of([&](std::size_t k) { return k != own; })) << own;
  EXPECT_EQ(heard(few), sum_of([](std::size_t k) { return k == 3 || k == 8; }));
}

TEST_F(MixerOutputsTest, ListenersShareOneMix) {
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

TEST_F(MixerOutputsTest, NothingIsClippedWithFiftyAtFullScale) {
  std::vector<int> places;
  const int output = mixer_.add_output();
  for (int i = 0; i < 50; ++i) places.push_back(add());
  for (int block = 0; block < 50; ++block) {
    for (const int place : places) put_tone(place, 1, 200 + 3 * place);
    mix();
    for (const float sample : heard(output)) ASSERT_LE(std::abs(sample), 0.8913F);
  }
}

}  // namespace
