#include "playout_audio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "jitter_speech.hpp"

namespace {

using jitter_test::level_db;
using jitter_test::spectral_distance;
using jitter_test::speech16k;
using jitter_test::usual_step;

constexpr int kRate = 16000;

std::vector<float> tone(double hertz, int samples) {
  std::vector<float> made;
  for (int i = 0; i < samples; ++i) {
    made.push_back(0.3F * static_cast<float>(std::sin(2 * std::numbers::pi * hertz * i / kRate)));
  }
  return made;
}

bool always(int) { return true; }

TEST(PlayoutAudio, SmoothsAStep) {
  jitter::PlayoutAudio audio(kRate, 1);
  const auto usual = usual_step(tone(200, 16000));
  for (const int shift : {7, 23, 40, 61}) {
    auto in = tone(200, 800);
    const auto other = tone(200, 800 + shift);
    in.insert(in.end(), other.begin() + shift, other.end());
    audio.clear();
    audio.tail() = in;
    audio.smooth(800);
    float most = 0;
    for (size_t i = 1; i < in.size(); ++i)
      most = std::max(most, std::abs(audio.tail()[i] - audio.tail()[i - 1]));
    // On top of the tone's own slope, half a period of a cosine in 2 ms.
    EXPECT_LT(most, usual + 0.6F * std::numbers::pi_v<float> / 2 / 32 + 0.001F) << shift;
    for (size_t i = 832; i < in.size(); ++i) ASSERT_EQ(audio.tail()[i], in[i]);
    for (size_t i = 0; i < 800; ++i) ASSERT_EQ(audio.tail()[i], in[i]);
  }
}

TEST(PlayoutAudio, GivesWhatWasPutIn) {
  jitter::PlayoutAudio audio(kRate, 1);
  const auto in = tone(200, 16000);
  audio.tail() = in;
  std::vector<float> out;
  while (audio.ahead() > 0) {
    const auto taken = audio.take(160);
    out.insert(out.end(), taken.begin(), taken.end());
    ASSERT_LE(audio.tail().size(), in.size());
  }
  EXPECT_EQ(out, in);
  EXPECT_TRUE(audio.take(160).empty());
}

TEST(PlayoutAudio, FindsThePeriodOfATone) {
  for (const double hertz : {80.0, 123.0, 210.0, 395.0}) {
    jitter::PlayoutAudio audio(kRate, 1);
    audio.tail() = tone(hertz, 3200);
    audio.take(800);
    for (const bool back : {false, true}) {
      const auto match =
          back ? audio.find_match(-240, -40, always) : audio.find_match(40, 240, always);
      EXPECT_GT(match.likeness, 0.99F) << hertz;
      const double periods = std::abs(match.lag) * hertz / kRate;
      EXPECT_NEAR(periods, std::round(periods), 0.02) << hertz;
    }
  }
}

TEST(PlayoutAudio, OnlyAllowedLags) {
  jitter::PlayoutAudio audio(kRate, 1);
  audio.tail() = tone(200, 3200);
  const auto match = audio.find_match(40, 240, [](int lag) { return lag > 100; });
  EXPECT_EQ(match.lag, 160);
  EXPECT_EQ(audio.find_match(40, 240, [](int) { return false; }).lag, 0);
  EXPECT_EQ(audio.find_match(-240, -40, always).lag, 0) << "nothing was played yet";
}

// Speech, played a tenth faster or slower: every `every` samples a jump of the best lag.
std::vector<float> stretched(const std::vector<float>& speech, bool faster, bool broken) {
  jitter::PlayoutAudio audio(kRate, 1);
  audio.tail() = speech;
  std::vector<float> out;
  int budget = 0;
  while (audio.ahead() > 800) {
    const auto taken = audio.take(160);
    out.insert(out.end(), taken.begin(), taken.end());
    budget += 16;
    if (budget < 40 || audio.behind() < 400) continue;
    auto match = faster ? audio.find_match(40, 240, always) : audio.find_match(-240, -40, always);
    if (broken) match.lag = faster ? 137 : -137;
    if (!broken && match.likeness < 0.9F) continue;
    if (std::abs(match.lag) > budget + 160) continue;
    budget -= std::abs(match.lag);
    if (broken) {
      // Without a fade: what a listener hears as clicks.
      if (faster)
        audio.take(137);
      else
        audio.tail().erase(audio.tail().begin(), audio.tail().begin() + 1);
    } else {
      audio.jump(match);
    }
  }
  return out;
}

double pitch_hz(const std::vector<float>& samples) {
  // Of the loudest quarter second, by autocorrelation.
  size_t loudest = 0;
  double most = -200;
  for (size_t at = 0; at + 4000 + 400 < samples.size(); at += 400) {
    if (const double db = level_db(&samples[at], 4000); db > most) most = db, loudest = at;
  }
  double best = -1;
  int period = 1;
  for (int lag = 40; lag <= 200; ++lag) {
    double sum = 0, power = 1e-9;
    for (size_t i = loudest; i < loudest + 4000; ++i) {
      sum += static_cast<double>(samples[i]) * samples[i + static_cast<size_t>(lag)];
      power += static_cast<double>(samples[i + static_cast<size_t>(lag)]) *
               samples[i + static_cast<size_t>(lag)];
    }
    if (sum / std::sqrt(power) > best) best = sum / std::sqrt(power), period = lag;
  }
  return static_cast<double>(kRate) / period;
}

TEST(PlayoutAudio, SpeechStaysWhatItWasFasterAndSlower) {
  const auto speech = speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  for (const bool faster : {true, false}) {
    const auto played = stretched(speech, faster, false);
    const double ratio = static_cast<double>(played.size()) / static_cast<double>(speech.size());
    if (faster)
      EXPECT_LT(ratio, 0.97);
    else
      EXPECT_GT(ratio, 1.03);
    // Levels: of windows of 250 ms at the same place of the speech.
    for (size_t at = 0; at + 4000 <= played.size(); at += 4000) {
      const double db = level_db(&played[at], 4000);
      const size_t source = static_cast<size_t>(static_cast<double>(at) / ratio);
      double low = 100, high = -200;
      for (size_t near = source > 3200 ? source - 3200 : 0;
           near < source + 3200 && near + 4000 <= speech.size(); near += 400) {
        const double there = level_db(&speech[near], 4000);
        low = std::min(low, there);
        high = std::max(high, there);
      }
      if (db < -40) continue;  // a pause, whose noise is what it is
      EXPECT_GT(db, low - 1.5) << at;
      EXPECT_LT(db, high + 1.5) << at;
    }
    EXPECT_NEAR(pitch_hz(played) / pitch_hz(speech), 1, 0.01);
    EXPECT_LT(spectral_distance(played, speech), 3);
    const float usual = usual_step(speech), most = *std::max_element(speech.begin(), speech.end());
    EXPECT_LE(usual_step(played), usual * 1.05F);
    EXPECT_GT(most, usual);
  }
}

TEST(PlayoutAudio, NoSpliceStepsMoreThanSpeechDoes) {
  const auto speech = speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  const float usual = usual_step(speech);
  jitter::PlayoutAudio audio(kRate, 1);
  audio.tail() = speech;
  int splices = 0, broken_steps = 0;
  while (audio.ahead() > 1600) {
    audio.take(160);
    if (audio.behind() < 400) continue;
    const auto match = audio.find_match(40, 240, always);
    if (match.likeness < 0.9F) continue;
    const float before = audio.tail()[static_cast<size_t>(audio.behind()) - 1];
    // A splice without a fade, at a lag that does not fit.
    broken_steps +=
        std::abs(audio.tail()[static_cast<size_t>(audio.behind()) + 61] - before) > usual;
    audio.jump(match);
    const auto faded = audio.take(80);
    float last = before;
    for (const float sample : faded) {
      EXPECT_LE(std::abs(sample - last), std::max(usual, 0.02F) * 1.5F) << splices;
      last = sample;
    }
    ++splices;
  }
  EXPECT_GT(splices, 100);
  EXPECT_GT(broken_steps, splices / 20) << "the check would not notice a broken splice";
}

TEST(PlayoutAudio, RepeatsAPeriodWithoutAStep) {
  jitter::PlayoutAudio audio(kRate, 1);
  audio.tail() = tone(150, 1600);
  const auto match = audio.find_period(40, 240);
  EXPECT_GT(match.likeness, 0.99F);
  audio.repeat(match);
  ASSERT_EQ(audio.ahead(), 1600 + match.lag);
  const auto all = audio.take(5000);
  for (size_t i = 1; i < all.size(); ++i)
    EXPECT_LT(std::abs(all[i] - all[i - 1]), 0.3F * 2 * 3.15F * 150 / kRate * 1.3F) << i;
}

TEST(PlayoutAudio, StereoStaysTogether) {
  jitter::PlayoutAudio audio(kRate, 2);
  const auto left = tone(200, 3200);
  for (const float sample : left) {
    audio.tail().push_back(sample);
    audio.tail().push_back(-sample / 2);
  }
  audio.take(800);
  const auto match = audio.find_match(40, 240, always);
  EXPECT_EQ(match.lag % 80, 0);
  audio.jump(match);
  const auto taken = audio.take(1600);
  for (size_t i = 0; i < taken.size(); i += 2) ASSERT_NEAR(taken[i + 1], -taken[i] / 2, 1e-6);
}

}  // namespace
