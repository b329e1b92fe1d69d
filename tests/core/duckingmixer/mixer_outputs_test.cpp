#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>
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

// Twelve who speak at once, each with a tone of its own; whole hundreds of Hz do not disturb each
// other in a block.
class SelfLeakTest : public MixerTest {
 protected:
  static constexpr int kSeats = 12;
  static constexpr float kLoud = 0.06F;
  static double hertz(int seat) { return 300 + 100 * seat; }

  SelfLeakTest() {
    for (int seat = 0; seat < kSeats; ++seat) {
      places_.push_back(add());
      outputs_.push_back(mixer_.add_output());
      mixer_.set_route(outputs_.back(), all_but(places_.back()));
    }
  }
  // How loud somebody's tone is to a seat, dBFS.
  double level(int seat, int whose) const {
    const auto samples = mixer_.output(outputs_[static_cast<std::size_t>(seat)]).samples;
    double re = 0, im = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double angle = 2 * std::numbers::pi * hertz(whose) * static_cast<double>(i) / 48000;
      re += samples[i] * std::cos(angle);
      im += samples[i] * std::sin(angle);
    }
    return 20 *
           std::log10(std::max(2 * std::hypot(re, im) / static_cast<double>(samples.size()), 1e-9));
  }
  void talk() {
    for (int block = 0; block < 3; ++block) {
      for (int seat = 0; seat < kSeats; ++seat)
        put_tone(places_[static_cast<std::size_t>(seat)], kLoud, hertz(seat));
      if (echo_ != Mixer::kNoPlace) put_tone(echo_, kLoud / 1000, hertz(4));
      mix();
    }
  }

  std::vector<int> places_, outputs_;
  int echo_ = Mixer::kNoPlace;
};

TEST_F(SelfLeakTest, NobodyHearsThemselves) {
  talk();
  for (int seat = 0; seat < kSeats; ++seat) {
    for (int other = 0; other < kSeats; ++other) {
      if (other == seat)
        EXPECT_LT(level(seat, seat), -120);
      else
        EXPECT_NEAR(level(seat, other), 20 * std::log10(kLoud), 0.1);
    }
  }
}

TEST_F(SelfLeakTest, OneThatIsBuiltInIsFound) {
  mixer_.set_route(outputs_[3], InputSet::all());
  echo_ = add();
  talk();
  EXPECT_NEAR(level(3, 3), 20 * std::log10(kLoud), 0.1);
  // A voice that comes back by another's line, 60 dB softer.
  EXPECT_NEAR(level(4, 4), 20 * std::log10(kLoud) - 60, 0.5);
  EXPECT_LT(level(5, 5), -120);
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

// What a meeting sounds like with these kernels: gains that change, who gives way, limiters.
std::vector<std::int16_t> meeting(const Kernels& with) {
  constexpr int kSeats = 8;
  Mixer mixer({.rate = 44100, .channels = 2}, with);
  std::mt19937 dice(11);
  std::vector<int> places, outputs;
  for (int seat = 0; seat < kSeats; ++seat) {
    places.push_back(mixer.add_input());
    outputs.push_back(mixer.add_output());
    InputSet route = InputSet::all();
    route.remove(places.back());
    mixer.set_route(outputs.back(), route);
  }
  std::vector<std::int16_t> sound;
  std::vector<std::int16_t> block(mixer.block());
  for (int number = 0; number < 100; ++number) {
    const float loud = number < 50 ? 0.1F : 0.6F;
    std::uniform_real_distribution<float> value(-loud, loud);
    for (const int place : places) {
      if (number % 10 == 0)
        mixer.set_input(place, {.gain = 0.5F + static_cast<float>(dice() % 100) / 100});
      if (dice() % 20 == 0) continue;  // it stalls
      const float talks = dice() % 3 == 0 ? 1 : 0.05F;
      for (float& sample : mixer.input(place)) sample = talks * value(dice);
      mixer.arrived(place);
    }
    mixer.mix();
    for (const int output : outputs) {
      with.to_s16(mixer.output(output).samples.data(), block.data(), block.size());
      sound.insert(sound.end(), block.begin(), block.end());
    }
  }
  return sound;
}

TEST(MixerKernels, SoundTheSameToABitOfSixteen) {
  const std::vector<std::int16_t> plain = meeting(plain_kernels());
  std::size_t count = 0;
  const Kernels* const* all = all_kernels(count);
  for (std::size_t k = 1; k < count; ++k) {
    const std::vector<std::int16_t> other = meeting(*all[k]);
    ASSERT_EQ(other.size(), plain.size());
    int most = 0;
    for (std::size_t i = 0; i < plain.size(); ++i)
      most = std::max(most, std::abs(plain[i] - other[i]));
    EXPECT_LE(most, 1) << all[k]->name;
  }
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
