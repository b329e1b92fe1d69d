#include "flite_voice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>

extern "C" {
#include <flite/flite.h>
// flite installs no header for its voices.
cst_voice* register_cmu_us_slt(const char* voxdir);
cst_voice* register_cmu_us_rms(const char* voxdir);
cst_voice* register_cmu_us_awb(const char* voxdir);
cst_voice* register_cmu_us_kal16(const char* voxdir);
cst_voice* register_cmu_us_kal(const char* voxdir);
}

namespace localspeech {
namespace {

constexpr std::array<VoiceInfo, 5> kVoices{{
    {VoiceId::kSlt, "slt", "woman, US English", 16000, 0.56F},
    {VoiceId::kRms, "rms", "man, US English", 16000, 1.12F},
    {VoiceId::kAwb, "awb", "man, Scottish English", 16000, 0.97F},
    {VoiceId::kKal16, "kal16", "man, US English, synthetic, quickest", 16000, 2.33F},
    {VoiceId::kKal, "kal", "man, US English, synthetic, quickest, telephone band", 8000, 0.94F},
}};

// Registering writes flite's globals and must not run twice at a time.
cst_voice* registered(VoiceId id) {
  static std::mutex mutex;
  static std::array<cst_voice*, kVoices.size()> known{};
  const std::lock_guard lock(mutex);
  cst_voice*& voice = known[static_cast<std::size_t>(id)];
  if (voice) return voice;
  static const int initialised = flite_init();
  (void)initialised;
  switch (id) {
    case VoiceId::kSlt:
      voice = register_cmu_us_slt(nullptr);
      break;
    case VoiceId::kRms:
      voice = register_cmu_us_rms(nullptr);
      break;
    case VoiceId::kAwb:
      voice = register_cmu_us_awb(nullptr);
      break;
    case VoiceId::kKal16:
      voice = register_cmu_us_kal16(nullptr);
      break;
    case VoiceId::kKal:
      voice = register_cmu_us_kal(nullptr);
      break;
  }
  return voice;
}

struct DeleteUtterance {
  void operator()(cst_utterance* u) const noexcept { delete_utterance(u); }
};
using UtterancePtr = std::unique_ptr<cst_utterance, DeleteUtterance>;

std::string feature(const cst_item* item, const char* name) {
  return item_feat_present(item, name) ? item_feat_string(item, name) : "";
}

// Segments carry the second at which they end; a word lasts from the end of the segment before its
// first one to the end of its last one. A token ("1234") may be several words.
bool token_times(const cst_item* token, float& begin, float& end) {
  bool found = false;
  for (const cst_item* word = item_daughter(token); word; word = item_next(word)) {
    const cst_item* syllables = item_as(word, "SylStructure");
    if (!syllables) continue;
    for (const cst_item* s = item_daughter(syllables); s; s = item_next(s)) {
      for (const cst_item* p = item_daughter(s); p; p = item_next(p)) {
        const cst_item* segment = item_as(p, "Segment");
        if (!segment || !item_feat_present(segment, "end")) continue;
        const cst_item* before = item_prev(segment);
        if (!found) begin = before ? item_feat_float(before, "end") : 0.0F;
        end = item_feat_float(segment, "end");
        found = true;
      }
    }
  }
  return found;
}

struct Speaking {
  SpeechReceiver& receiver;
  cst_utterance* utterance;
  bool told_words = false;
  std::exception_ptr error{};
};

void tell_words(Speaking& speaking, const cst_wave* wave) {
  cst_relation* segments = utt_relation(speaking.utterance, "Segment");
  const cst_item* first = segments ? relation_head(segments) : nullptr;
  const cst_item* last = segments ? relation_tail(segments) : nullptr;
  const double length = last && item_feat_present(last, "end") ? item_feat_float(last, "end") : 0.0;
  // The diphone voices (kal) speak up to 3 % faster than their plan.
  const double samples_per_second = length > 0 ? wave->num_samples / length : wave->sample_rate;
  const auto sample = [&](float seconds) {
    return static_cast<std::size_t>(std::lround(std::max(0.0, seconds * samples_per_second)));
  };
  std::vector<TimedWord> words;
  cst_relation* tokens = utt_relation(speaking.utterance, "Token");
  for (const cst_item* t = tokens ? relation_head(tokens) : nullptr; t; t = item_next(t)) {
    float begin = 0;
    float end = 0;
    if (!token_times(t, begin, end)) continue;
    words.push_back({.text = feature(t, "prepunctuation") + item_name(t) + feature(t, "punc"),
                     .begin = sample(begin),
                     .end = sample(end)});
  }
  std::size_t first_sound = 0;
  if (first && item_feat_present(first, "end") && std::string_view{item_name(first)} == "pau") {
    first_sound = sample(item_feat_float(first, "end"));
  }
  speaking.receiver.on_words(std::move(words), first_sound);
}

int on_stream(const cst_wave* wave, int start, int size, int /*last*/,
              cst_audio_streaming_info* info) {
  auto& speaking = *static_cast<Speaking*>(info->userdata);
  try {
    if (!speaking.told_words) {
      speaking.told_words = true;
      tell_words(speaking, wave);
    }
  } catch (...) {
    speaking.error = std::current_exception();  // must not unwind through flite
    return CST_AUDIO_STREAM_STOP;
  }
  if (size <= 0) return CST_AUDIO_STREAM_CONT;
  return speaking.receiver.on_audio({wave->samples + start, static_cast<std::size_t>(size)})
             ? CST_AUDIO_STREAM_CONT
             : CST_AUDIO_STREAM_STOP;
}

}  // namespace

std::span<const VoiceInfo> voices() { return kVoices; }

const VoiceInfo& voice_info(VoiceId id) { return kVoices[static_cast<std::size_t>(id)]; }

bool speak(VoiceId id, const std::string& sentence, double speed, SpeechReceiver& receiver) {
  cst_voice* voice = registered(id);
  if (!voice) return false;
  const UtterancePtr utterance{new_utterance()};
  utt_set_input_text(utterance.get(), sentence.c_str());
  utt_init(utterance.get(), voice);
  Speaking speaking{.receiver = receiver, .utterance = utterance.get()};
  // Features of the utterance, not of the voice, which other threads share. The utterance owns
  // them.
  utt_set_feat_float(utterance.get(), "duration_stretch", static_cast<float>(1.0 / speed));
  cst_audio_streaming_info* info = new_audio_streaming_info();
  info->min_buffsize = voice_info(id).rate / 100;
  info->asc = on_stream;
  info->userdata = &speaking;
  utt_set_feat(utterance.get(), "streaming_info", audio_streaming_info_val(info));
  const bool made = utt_synth(utterance.get()) != nullptr;
  if (speaking.error) std::rethrow_exception(speaking.error);
  return made;
}

}  // namespace localspeech
