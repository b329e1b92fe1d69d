// Texts around speech recognition: phrases and slots of a script, a pronunciation dictionary, and
// what a decoder heard. The first line is the phrase, the second what was said, the rest the
// dictionary.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ascii_text.hpp"
#include "phrase.hpp"
#include "pronunciations.hpp"
#include "recognized_text.hpp"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

const std::map<std::string, localspeech::Slot, std::less<>>& slots() {
  using localspeech::Slot;
  using localspeech::SlotType;
  static const std::map<std::string, Slot, std::less<>> all{
      {"d", Slot{.name = "d", .type = SlotType::kDigits, .min = 1, .max = 4, .choices = {}}},
      {"l", Slot{.name = "l", .type = SlotType::kLetters, .min = 1, .max = 3, .choices = {}}},
      {"w", Slot{.name = "w", .type = SlotType::kWords, .min = 1, .max = 3, .choices = {}}},
      {"c", Slot{.name = "c",
                 .type = SlotType::kChoice,
                 .min = 1,
                 .max = 1,
                 .choices = {{.value = "x", .ways = {{"a", "b"}, {"a"}}}}}}};
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::string_view phrase_text = take_line(text);
  const std::string said = localspeech::clean_text(take_line(text));
  for (const char c : localspeech::fold_to_ascii(phrase_text))
    if (static_cast<unsigned char>(c) > 126) std::abort();

  std::vector<std::string> words;
  for (std::size_t at = 0; at < said.size() && words.size() < 30;) {
    const std::size_t end = std::min(said.find(' ', at), said.size());
    if (end > at) words.push_back(said.substr(at, end - at));
    at = end + 1;
  }
  try {
    const localspeech::Phrase phrase{phrase_text.substr(0, 400), slots()};
    const auto match = phrase.match(words);
    if (match && match->score < 0) std::abort();
  } catch (const localspeech::PhraseError& error) {
    if (error.offset > phrase_text.size()) std::abort();
  }

  const std::set<std::string> wanted(words.begin(), words.end());
  const auto found = localspeech::find_pronunciations(text, wanted);
  for (const auto& entry : found.found) {
    if (entry.phones.empty() ||
        !wanted.contains(std::string{localspeech::without_variant(entry.word)}))
      std::abort();
  }
  for (const auto& word : found.missing)
    if (!wanted.contains(word)) std::abort();
  return 0;
}
