#include "interruption.hpp"

#include <algorithm>

#include "heard_text.hpp"

namespace openai::realtime {
namespace {

using jackfield::count_words;

constexpr uint64_t kNever = UINT64_MAX;
// As in agentbrain: a blip's wait counts from its onset, but words need this long to come. Those of
// longer speech are written down once its end is known, so their wait counts from there.
constexpr uint64_t kBlip = 250'000'000;
constexpr uint64_t kVerdictGrace = 150'000'000;
constexpr uint64_t kLongest = 120'000'000'000;  // speech without an end is taken to be meant

}  // namespace

void Interruption::begin(uint64_t start, uint64_t now) {
  pending_ = speaking_ = true;
  go_on_ = final_ = false;
  text_.clear();
  start_ = std::min(start, now);
  began_ = now;
}

void Interruption::speech_ended(uint64_t end, uint64_t now) {
  if (!speaking_) return;
  speaking_ = false;
  end_ = std::max(end, start_);
  const bool blip = end_ - start_ < kBlip;
  resume_at_ = std::max((blip ? start_ : now) + config_.resume_after, now + kVerdictGrace);
}

void Interruption::words(const std::string& text, bool final) {
  text_ = text;
  final_ = final_ || final;
}

bool Interruption::tells(const std::string& text) const {
  return count_words(text) > 0 && !config_.backchannels.cover(text);
}

Interruption::Verdict Interruption::check(uint64_t now) const {
  if (!pending_) return Verdict::kNone;
  const bool some = count_words(text_) > 0;
  if (some && (!go_on_ || !config_.backchannels.cover(text_))) return Verdict::kMeant;
  if (!config_.transcribed && !some) {
    const uint64_t end = speaking_ ? now : end_ + config_.hang_over;
    if (end >= start_ + config_.min_interruption + config_.hang_over) return Verdict::kMeant;
    return speaking_ ? Verdict::kNone : Verdict::kNotMeant;
  }
  if (speaking_) return now >= began_ + kLongest ? Verdict::kMeant : Verdict::kNone;
  if (final_) {
    if (some) return Verdict::kGoOn;
    return end_ - start_ >= config_.min_interruption ? Verdict::kMeant : Verdict::kNotMeant;
  }
  if (now < resume_at_) return Verdict::kNone;
  return some ? Verdict::kGoOn : Verdict::kNotMeant;
}

uint64_t Interruption::deadline() const {
  if (!pending_) return kNever;
  if (!speaking_) return resume_at_;
  return config_.transcribed ? began_ + kLongest
                             : start_ + config_.min_interruption + config_.hang_over;
}

}  // namespace openai::realtime
