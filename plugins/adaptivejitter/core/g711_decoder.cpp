// G.711 with a concealment of its own: the last pitch periods go on, as in G.711 Appendix I, with
// the period found again whenever audio comes, and joined to what comes next by an overlap.
#include <algorithm>
#include <array>
#include <cmath>

#include "g711.hpp"
#include "speech_decoder.hpp"

namespace jitter {
namespace {

constexpr int kRate = 8000;
constexpr int kShortest = 20;   // 2.5 ms: 400 Hz
constexpr int kLongest = 120;   // 15 ms: 67 Hz
constexpr int kCompared = 160;  // 20 ms, Appendix I
constexpr int kHistory = kCompared + kLongest;
constexpr int kOverlap = 32;  // 4 ms, joined to the audio that follows

class G711Decoder : public SpeechDecoder {
 public:
  explicit G711Decoder(G711 law)
      : linear_(law == G711::kMulaw ? jackfield::kMulawLinear : jackfield::kAlawLinear) {}

  int rate() const override { return kRate; }
  int channels() const override { return 1; }
  int duration(Payload payload) const override { return static_cast<int>(payload.size()); }

  bool decode(Payload payload, std::vector<float>& out) override {
    const size_t begin = out.size();
    for (const uint8_t code : payload) out.push_back(static_cast<float>(linear_[code]) / 32768);
    if (concealed_) {
      // What was made up fades into what is real.
      const int count = std::min<int>(kOverlap, static_cast<int>(payload.size()));
      for (int i = 0; i < count; ++i) {
        const float real = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
        float& sample = out[begin + static_cast<size_t>(i)];
        sample = real * sample + (1 - real) * next_made_up();
      }
      concealed_ = false;
    }
    remember(std::span<const float>(out).subspan(begin));
    return true;
  }

  bool carries_fec(Payload) const override { return false; }
  bool decode_fec(Payload, int, std::vector<float>&) override { return false; }

  void conceal(int samples, std::vector<float>& out) override {
    if (!concealed_) {
      concealed_ = true;
      period_ = find_period();
      // The end of the history overlaps with the beginning of its last period, so that periods
      // join.
      std::copy_n(history_.end() - period_, period_, made_up_.begin());
      const int overlap = period_ / 4;
      for (int i = 0; i < overlap; ++i) {
        const float in = (static_cast<float>(i) + 0.5F) / static_cast<float>(overlap);
        const size_t at = static_cast<size_t>(period_ - overlap + i);
        const float leading_in = history_[static_cast<size_t>(kHistory - period_ - overlap + i)];
        made_up_[at] = (1 - in) * made_up_[at] + in * leading_in;
      }
      place_ = 0;
    }
    for (int i = 0; i < samples; ++i) out.push_back(next_made_up());
  }

  bool is_pause(Payload) const override { return false; }
  void reset() override {
    history_.fill(0);
    concealed_ = false;
  }

 private:
  float next_made_up() {
    const float sample = made_up_[static_cast<size_t>(place_)];
    if (++place_ == period_) place_ = 0;
    return sample;
  }
  void remember(std::span<const float> audio) {
    const size_t count = std::min<size_t>(audio.size(), kHistory);
    std::copy(history_.begin() + static_cast<std::ptrdiff_t>(count), history_.end(),
              history_.begin());
    std::copy(audio.end() - static_cast<std::ptrdiff_t>(count), audio.end(),
              history_.end() - static_cast<std::ptrdiff_t>(count));
  }
  int find_period() const {
    const float* end = history_.data() + kHistory - kCompared;
    int best = kLongest;
    float likest = -2;
    for (int lag = kShortest; lag <= kLongest; ++lag) {
      float cross = 1e-9F, first = 1e-9F, second = 1e-9F;
      for (int i = 0; i < kCompared; ++i) {
        cross += end[i] * end[i - lag];
        first += end[i] * end[i];
        second += end[i - lag] * end[i - lag];
      }
      const float like = cross / std::sqrt(first * second);
      if (like > likest) {
        likest = like;
        best = lag;
      }
    }
    return best;
  }

  const std::array<int16_t, 256>& linear_;
  std::array<float, kHistory> history_{};
  std::array<float, kLongest> made_up_{};
  int period_ = kLongest;
  int place_ = 0;
  bool concealed_ = false;
};

}  // namespace

std::unique_ptr<SpeechDecoder> make_g711_decoder(G711 law) {
  return std::make_unique<G711Decoder>(law);
}

}  // namespace jitter
