#include "word_assembler.hpp"

#include <algorithm>

namespace elevenlabs {

namespace {

constexpr std::size_t kMostText = 256 * 1024;

bool is_space(std::string_view c) { return c == " " || c == "\n" || c == "\t" || c.empty(); }

std::uint64_t ns(double ms) { return static_cast<std::uint64_t>(ms * 1e6); }

}  // namespace

void WordAssembler::reset() { *this = WordAssembler(); }

void WordAssembler::add_text(std::string_view text) {
  if (text_.size() + text.size() > kMostText) matches_ = false;
  if (!matches_) return;
  text_.append(text);
  text_ += ' ';
}

std::string WordAssembler::word_at(std::size_t at) const {
  const std::size_t end = std::min(text_.find_first_of(" \n\t", at), text_.size());
  return text_.substr(at, end - at);
}

std::vector<TimedWord> WordAssembler::add(const std::vector<TimedCharacter>& alignment) {
  std::vector<TimedWord> words;
  // The rest of a word that was told with the piece before: it was told whole, if the text is
  // known.
  bool told = inside_ && matches_;
  bool inside = inside_;
  for (const TimedCharacter& c : alignment) {
    if (matches_) {
      // White space may come once, or not at all, for several.
      while (heard_ < text_.size() && is_space(text_.substr(heard_, 1)) && !is_space(c.character)) {
        ++heard_;
      }
      if (text_.compare(heard_, c.character.size(), c.character) == 0) {
        if (!inside && !is_space(c.character)) word_ = heard_;
        heard_ += c.character.size();
      } else if (!is_space(c.character)) {
        matches_ = false;
      }
    }
    if (is_space(c.character)) {
      inside = false;
      told = false;
      continue;
    }
    const std::uint64_t end = ns(c.start_ms + c.duration_ms);
    if (!inside) {
      words.push_back({.text = c.character, .begin_ns = ns(c.start_ms)});
    } else if (!told) {
      if (words.empty()) {
        words.push_back({.begin_ns = ns(c.start_ms)});
      }
      words.back().text += c.character;
    }
    if (!told) words.back().duration_ns = end - std::min(end, words.back().begin_ns);
    inside = true;
  }
  inside_ = inside;
  if (inside && matches_ && !told && !words.empty()) words.back().text = word_at(word_);
  return words;
}

std::string WordAssembler::remaining() const {
  if (!matches_) return "";
  std::string_view rest = text_;
  const bool cut = inside_ && heard_ < text_.size() && !is_space(text_.substr(heard_, 1));
  rest.remove_prefix(std::min(rest.size(), cut ? word_ : heard_));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  return std::string(rest);
}

}  // namespace elevenlabs
