#include "spoken_text.hpp"

#include <algorithm>
#include <cctype>

namespace agentbrain {
namespace {

// Measured with flite's voices (tests/elements/agentbrain/heard_words_test.cpp); English at a
// conversational speed is 14 to 16 characters a second, spaces included.
constexpr double kLettersPerSecond = 15.0;
constexpr double kDigit = 4.0;      // "seven", "twenty"
constexpr double kIdeograph = 3.0;  // a syllable
constexpr double kWord = 1.0;       // what any word takes besides its letters
// How far ahead the written form of a spoken one is looked for, in letters.
constexpr std::size_t kWordWindow = 80;
constexpr std::size_t kTextWindow = 600;
constexpr std::size_t kTextStart = 16;  // so many letters tell where a text begins
constexpr std::size_t kResync = 4;      // so many in a row are no coincidence
constexpr std::uint64_t kEnoughToLearn = 1'000'000'000;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || std::isalnum(u) != 0;
}
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
// Scripts from U+3000 on: CJK, kana, hangul; three bytes or more in UTF-8.
bool is_ideograph(char c) { return static_cast<unsigned char>(c) >= 0xE3; }

// The letters of a text, lower case, and where each lies.
struct Letters {
  explicit Letters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!is_letter(text[i])) continue;
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
      at.push_back(i);
    }
  }
  std::size_t size() const { return letters.size(); }
  // A word, or a character of a script without spaces, begins here.
  bool starts(std::size_t i) const {
    return i == 0 || at[i] != at[i - 1] + 1 || is_ideograph(letters[i]);
  }
  bool ends(std::size_t end) const {
    return end == size() || at[end] != at[end - 1] + 1 || is_ideograph(letters[end]) ||
           is_ideograph(letters[end - 1]);
  }
  std::string letters;
  std::vector<std::size_t> at;
};

double weight_of(char c) {
  if (continues(c)) return 0;
  if (is_ideograph(c)) return kIdeograph;
  if (std::isdigit(static_cast<unsigned char>(c)) != 0) return kDigit;
  return is_letter(c) ? 1 : 0;
}

bool has(const std::string& where, std::size_t at, std::string_view what) {
  return where.compare(at, what.size(), what) == 0;
}

// Where `spoken` begins at `from` or behind it; further behind when what was said before is `lost`.
std::optional<std::size_t> find(const Letters& written, std::size_t from, std::string_view spoken,
                                bool is_word, bool lost) {
  if (spoken.empty()) return std::nullopt;
  const std::string_view start = is_word ? spoken : spoken.substr(0, kTextStart);
  if (has(written.letters, from, start)) return from;
  const std::size_t last =
      std::min(written.size(), from + (is_word && !lost ? kWordWindow : kTextWindow) + 1);
  for (std::size_t i = from + 1; i < last; ++i) {
    if (written.starts(i) && has(written.letters, i, start) &&
        (!is_word || written.ends(i + start.size()))) {
      return i;
    }
  }
  return std::nullopt;
}

// Where `spoken`, which begins at `from`, ends. What differs is skipped on both sides.
std::size_t end_of(const Letters& written, std::size_t from, std::string_view spoken) {
  std::size_t i = from, j = 0;
  while (i < written.size() && j < spoken.size()) {
    if (written.letters[i] == spoken[j]) {
      ++i;
      ++j;
      continue;
    }
    bool found = false;
    for (std::size_t skip = 1; skip <= kWordWindow && !found; ++skip) {
      for (std::size_t a = 0; a <= skip && !found; ++a) {
        const std::size_t wi = i + a, sj = j + skip - a;
        if (wi >= written.size() || sj >= spoken.size()) continue;
        // Few letters are enough where both end.
        const std::size_t rest = spoken.size() - sj;
        const std::size_t n = std::min(kResync, rest);
        if (n < kResync && rest != written.size() - wi) continue;
        if (!has(written.letters, wi, spoken.substr(sj, n))) continue;
        i = wi;
        j = sj;
        found = true;
      }
    }
    // Nothing alike: as long as it would be if it were the same.
    if (!found) return std::min(written.size(), i + spoken.size() - j);
  }
  return i;
}

// Letters a second, of the texts that were said to their end.
double speed_of(const std::vector<SpokenSpan>& spans) {
  double length = 0;
  std::uint64_t time = 0;
  for (const SpokenSpan& s : spans) {
    if (s.is_word || s.text.empty() || !s.complete) continue;
    length += spoken_length(s.text);
    time += s.total;
  }
  return time >= kEnoughToLearn ? length * 1e9 / static_cast<double>(time) : kLettersPerSecond;
}

double share_heard(const SpokenSpan& span, std::string_view text, double speed) {
  auto total = static_cast<double>(span.total);
  if (!span.complete) total = std::max(total, spoken_length(text) / speed * 1e9);
  return total > 0 ? static_cast<double>(span.heard) / total : 0;
}

// Places spans in the written text, one after the other, and finds the end of what was heard.
class Reader {
 public:
  Reader(std::string_view written, const std::vector<SpokenSpan>& spans)
      : written_(written), letters_(written), spans_(spans), speed_(speed_of(spans)) {}

  std::optional<std::size_t> read() {
    place();
    for (std::size_t k = 0; k < spans_.size(); ++k) {
      if (!hear(k)) break;
    }
    // Mostly other words than the text's: it says nothing about them.
    if (heard_words_ > 0 && strange_ * 2 > heard_words_) return std::nullopt;
    return cut_;
  }

 private:
  struct Place {
    std::size_t begin = 0, end = 0;  // in letters_
    bool found = false;
  };

  void place() {
    std::size_t at = 0;
    for (const SpokenSpan& span : spans_) {
      Place p{.begin = at, .end = at};
      if (!span.text.empty()) {
        const std::string spoken = Letters(span.text).letters;
        const bool lost = !places_.empty() && spans_[places_.size() - 1].text.empty();
        auto begin = find(letters_, at, spoken, span.is_word, lost);
        // A text that was broken off may be taken up in its middle.
        if (!begin && !span.is_word && !places_.empty()) {
          begin = find(letters_, places_.back().begin, spoken, false, lost);
        }
        if (begin) {
          p = {.begin = *begin, .end = end_of(letters_, *begin, spoken), .found = true};
        }
      }
      // Where the next begins, the one before is over.
      if (p.found && !places_.empty() && !spans_[places_.size() - 1].is_word) {
        Place& before = places_.back();
        before.end = before.found ? std::min(before.end, p.begin) : p.begin;
      }
      places_.push_back(p);
      at = p.end;
    }
    if (!places_.empty() && !places_.back().found && !spans_.back().is_word) {
      places_.back().end = letters_.size();
    }
  }

  // False when it is the last of which anything was heard.
  bool hear(std::size_t k) {
    const SpokenSpan& span = spans_[k];
    const Place& p = places_[k];
    if (span.is_word) {
      if (span.heard < span.total) return false;
      ++heard_words_;
      strange_ += !p.found;
      if (p.found) cut_ = end_at(p.end);
      return true;
    }
    const std::size_t begin = p.begin < letters_.size() ? letters_.at[p.begin] : written_.size();
    const std::size_t end = std::max(begin, end_at(p.end));
    const std::string_view text = written_.substr(begin, end - begin);
    if (span.complete && span.heard >= span.total) {
      if (p.end > p.begin) cut_ = end;
      return true;
    }
    const std::size_t n = share_of(text, share_heard(span, text, speed_));
    if (n > 0) cut_ = begin + n;
    return false;
  }

  // The place in the text behind these letters and the punctuation that belongs to them.
  std::size_t end_at(std::size_t letter) const {
    if (letter == 0) return 0;
    std::size_t end = letters_.at[letter - 1] + 1;
    while (end < written_.size() && !is_space(written_[end]) && !is_letter(written_[end])) ++end;
    if (end == written_.size() || is_space(written_[end])) return end;
    if (is_ideograph(letters_.letters[letter < letters_.size() ? letter : letter - 1])) {
      return letters_.at[letter - 1] + 1;
    }
    if (continues(written_[end])) {
      while (end > 0 && continues(written_[end])) --end;
    }
    // Within a word that is written as one: it was not heard.
    const std::size_t part = end;
    if (is_ideograph(written_[part])) return part;
    while (end > 0 && !is_space(written_[end - 1])) --end;
    while (end > 0 && is_space(written_[end - 1])) --end;
    return end;
  }

  const std::string_view written_;
  const Letters letters_;
  const std::vector<SpokenSpan>& spans_;
  const double speed_;
  std::vector<Place> places_;
  std::size_t cut_ = 0;
  std::size_t heard_words_ = 0;
  std::size_t strange_ = 0;
};

}  // namespace

double spoken_length(std::string_view text) {
  double length = 0;
  bool inside = false;
  for (const char c : text) {
    const double weight = weight_of(c);
    if (weight > 0 && !inside && !is_ideograph(c)) length += kWord;
    inside = !is_space(c) && (inside || weight > 0);
    length += weight;
  }
  return length;
}

std::size_t share_of(std::string_view text, double share) {
  const double wanted = share * spoken_length(text) + 1e-6;
  double length = 0;
  std::size_t end = 0;  // of the last whole word
  std::size_t i = 0;
  while (i < text.size()) {
    while (i < text.size() && is_space(text[i])) ++i;
    std::size_t word = i;
    if (word < text.size() && is_ideograph(text[word])) {
      do ++i;
      while (i < text.size() && continues(text[i]));
    } else {
      while (i < text.size() && !is_space(text[i]) && !is_ideograph(text[i])) ++i;
    }
    length += spoken_length(text.substr(word, i - word));
    if (length > wanted) break;
    if (i > word) end = i;
  }
  return end;
}

std::optional<std::size_t> heard_length(std::string_view written,
                                        const std::vector<SpokenSpan>& spans) {
  return Reader(written, spans).read();
}

}  // namespace agentbrain
