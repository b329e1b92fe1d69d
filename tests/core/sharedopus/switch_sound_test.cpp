// What a decoder makes of it when its listener goes from a private stream to the shared one.
//
// Two decoders that get the same packets still differ for a while if they got other packets before:
// that difference is what the change adds to what is heard. It is compared with the noise that
// coding makes anyway (that of the shared stream against the sound that was encoded). Measured with
// this speech at 32 kbit/s and 48 kHz, in the first 10 ms behind the change, after so many frames
// that both encoders had:
//
//     frames     0     1     2     3     4     8
//     voice     −6   −13   −15   −15   −14   −17  dB
//     generic   −1    −7   −13   −11   −16   −18  dB
//
// and 4 dB less every 10 ms from then on. A frame without prediction for all
// (OPUS_SET_PREDICTION_DISABLED) makes it −20 dB, but takes bits from everybody.
#include <gtest/gtest.h>
#include <opus/opus.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "speech_clip.hpp"
#include "tree_room.hpp"

namespace {

using namespace sharedopus_test;

constexpr std::size_t kLookahead = 312;
constexpr std::size_t kWindow = 480;  // 10 ms
constexpr int kOverlap = static_cast<int>(EncoderTree::kOverlap);

using Sound = std::vector<float>;

// At 48 kHz; enough for a codec, which hears nothing of the images.
Sound speech(const std::vector<const char*>& numbers) {
  Sound out;
  for (const char* number : numbers) {
    const auto clip = test_support::librivox(number);
    for (std::size_t i = 0; i + 1 < clip.samples.size(); ++i) {
      const float from = clip.samples[i], to = clip.samples[i + 1];
      for (int part = 0; part < 3; ++part)
        out.push_back((from + (to - from) * static_cast<float>(part) / 3) / 32768);
    }
  }
  return out;
}

class Decoder {
 public:
  Decoder() : decoder_(opus_decoder_create(48000, 1, nullptr)) {}
  ~Decoder() { opus_decoder_destroy(decoder_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  void decode(const Packet& packet, Sound& to) {
    to.resize(to.size() + kFrame);
    EXPECT_EQ(opus_decode_float(decoder_, packet.data(), static_cast<opus_int32>(packet.size()),
                                to.data() + to.size() - kFrame, kFrame, 0),
              static_cast<int>(kFrame));
  }

 private:
  OpusDecoder* decoder_;
};

double energy(const float* one, const float* other, std::size_t samples) {
  double sum = 1e-9;
  for (std::size_t i = 0; i < samples; ++i) {
    const double difference = one[i] - (other ? other[i] : 0);
    sum += difference * difference;
  }
  return sum;
}

float largest_step(const float* samples, std::size_t count) {
  float step = 1e-5F;
  for (std::size_t i = 1; i < count; ++i)
    step = std::max(step, std::abs(samples[i] - samples[i - 1]));
  return step;
}

struct Artefact {
  double first = 0;          // dB relative to the noise of coding, all first 10 ms together
  double later = 0;          // from 40 to 80 ms behind the change
  double worst_step = -100;  // dB relative to that of streams without a change
  int changes = 0;
};

// Many changes, each at another place of the speech: three listeners hear two voices, the fourth
// one of them only, until it hears both as well. `at_once`: it is switched over then, without an
// encoder for itself meanwhile.
Artefact measure(AudioType type, bool at_once) {
  const Format format{.audio_type = type};
  const Sound one = speech({"0870", "0890"}), two = speech({"0890", "0930"});
  const int frames = static_cast<int>(std::min(one.size(), two.size()) / kFrame);
  double first = 0, first_noise = 0, later = 0, later_noise = 0;
  Artefact result;
  for (int change = 30; change + kOverlap + 8 < frames; change += 23) {
    Room room(4, 10, format);
    Alone alone(format);
    Decoder listener, all, before;
    Sound heard, shared, own, original;
    const int begin = change - 25;
    for (int frame = begin; frame < change + kOverlap + 6; ++frame) {
      Samples &both = room.sound(0, frame), &single = room.sound(1, frame);
      for (std::size_t i = 0; i < kFrame; ++i) {
        const std::size_t at = static_cast<std::size_t>(frame) * kFrame + i;
        const float sum = 0.7F * one[at] + 0.7F * two[at];
        both.samples[i] = static_cast<std::int16_t>(std::lrint(sum * 32767));
        // The last frame before the change fades over, as a mixer does.
        const float part = frame == change - 1 ? static_cast<float>(i) / kFrame : 0;
        single.samples[i] =
            static_cast<std::int16_t>(std::lrint((0.7F * one[at] + 0.7F * part * two[at]) * 32767));
        original.push_back(sum);
      }
      Packet packet;
      for (std::size_t i = 0; i < 3; ++i) packet = room.hear(i, both);
      all.decode(packet, shared);
      Samples& now = frame < change ? single : both;
      before.decode(alone.encode(now), own);
      const Packet fourth = room.hear(3, now);
      listener.decode(at_once && frame >= change ? packet : fourth, heard);
    }
    const std::size_t from =
        static_cast<std::size_t>(change - begin + (at_once ? 0 : kOverlap)) * kFrame;
    if (energy(&original[from - kLookahead], nullptr, 4 * kWindow) / (4 * kWindow) < 1e-5) continue;
    ++result.changes;
    EXPECT_NE(heard, shared);
    first += energy(&heard[from], &shared[from], kWindow);
    first_noise += energy(&shared[from], &original[from - kLookahead], kWindow);
    const std::size_t late = from + 4 * kWindow;
    later += energy(&heard[late], &shared[late], 4 * kWindow);
    later_noise += energy(&shared[late], &original[late - kLookahead], 4 * kWindow);
    const float usual = std::max(largest_step(&shared[from - 1], kWindow + 1),
                                 largest_step(&own[from - 1], kWindow + 1));
    result.worst_step = std::max(
        result.worst_step, 20.0 * std::log10(largest_step(&heard[from - 1], kWindow + 1) / usual));
  }
  result.first = 10 * std::log10(first / first_noise);
  result.later = 10 * std::log10(later / later_noise);
  return result;
}

TEST(SwitchSound, JoiningTheSharedStreamLiesBelowTheNoiseOfCodingAndIsNoStep) {
  for (const AudioType type : {AudioType::kVoice, AudioType::kGeneric}) {
    const Artefact artefact = measure(type, false);
    EXPECT_GT(artefact.changes, 10);
    EXPECT_LT(artefact.first, -10);
    EXPECT_LT(artefact.later, -24);
    EXPECT_LT(artefact.worst_step, 3);
  }
}

// That these limits find a change that is done wrong.
TEST(SwitchSound, ChangingAtOnceWouldBeHeard) {
  for (const AudioType type : {AudioType::kVoice, AudioType::kGeneric})
    EXPECT_GT(measure(type, true).first, -8);
}

}  // namespace
