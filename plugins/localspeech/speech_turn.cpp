#include "speech_turn.hpp"

#include <chrono>
#include <utility>

#include "rejection.hpp"

namespace localspeech {

namespace {

class Stopwatch {
 public:
  explicit Stopwatch(std::uint64_t& total) : total_(total) {}
  ~Stopwatch() {
    const auto spent = std::chrono::steady_clock::now() - began_;
    total_ += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::uint64_t& total_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

SpeechTurn::SpeechTurn(std::shared_ptr<RecognizerPool> pool, std::function<void()> wake, int rate,
                       std::optional<ChannelMean> mean, std::vector<std::int16_t> first)
    : pool_(std::move(pool)), rate_(rate), mean_(mean), first_(std::move(first)) {
  ticket_ = pool_->request(std::move(wake));
}

SpeechTurn::~SpeechTurn() {
  pool_->cancel(*ticket_);
  if (recognizer_) pool_->release(std::move(recognizer_));
}

bool SpeechTurn::ready() {
  if (recognizer_) return true;
  recognizer_ = pool_->claim(*ticket_);
  if (!recognizer_) return false;
  recognizer_->begin(mean_ ? &*mean_ : nullptr);
  decode(std::exchange(first_, {}));
  return true;
}

void SpeechTurn::decode(std::span<const std::int16_t> samples) {
  const Stopwatch watch(decoding_);
  if (rate_ == Recognizer::kRate) {
    recognizer_->feed(samples);
    return;
  }
  wide_.clear();
  upsampler_.process(samples, wide_);
  recognizer_->feed(wide_);
}

bool SpeechTurn::feed(std::span<const std::int16_t> samples) {
  if (fed_ + samples.size() > static_cast<std::size_t>(rate_) * kLongest) return false;
  fed_ += samples.size();
  decode(samples);
  return true;
}

std::optional<std::string> SpeechTurn::interim(double rejection) {
  const Stopwatch watch(decoding_);
  const Hypothesis hypothesis = recognizer_->partial();
  if (!believes(hypothesis.confidence, rejection)) return std::nullopt;
  if (!stable_.update(hypothesis.text)) return std::nullopt;
  return hypothesis.text;
}

SpeechTurn::Outcome SpeechTurn::finish(double rejection) {
  Outcome outcome;
  Hypothesis hypothesis;
  {
    const Stopwatch watch(decoding_);
    hypothesis = recognizer_->finish();
  }
  outcome.mean = recognizer_->mean();
  outcome.rate = rate_;
  pool_->release(std::move(recognizer_));
  outcome.decoding = decoding_;
  outcome.confidence = hypothesis.confidence;
  (believes(hypothesis.confidence, rejection) ? outcome.text : outcome.rejected) =
      std::move(hypothesis.text);
  return outcome;
}

}  // namespace localspeech
