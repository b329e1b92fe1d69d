#include "speakable_text.hpp"

#include <array>

#include "utf8.hpp"

namespace localspeech {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// U+00C0 to U+017F without their accents; '_' stands for two letters, see below.
constexpr std::string_view kLatin =
    "AAAAAA_CEEEEIIIIDNOOOOO OUUUUY__aaaaaa_ceeeeiiiidnooooo ouuuuy_y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi__JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo__"
    "RrRrRrSsSsSsSs"
    "TtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kLatin.size() == 0x180 - 0xC0);

std::string_view plain(char32_t c) {
  switch (c) {
    case U'\u00C6':
      return "AE";
    case U'\u00DE':
      return "Th";
    case U'\u00DF':
      return "ss";
    case U'\u00E6':
      return "ae";
    case U'\u00FE':
      return "th";
    case U'\u0132':
      return "IJ";
    case U'\u0133':
      return "ij";
    case U'\u0152':
      return "OE";
    case U'\u0153':
      return "oe";
    case U'\u2018':
    case U'\u2019':
    case U'\u02BC':
      return "'";
    case U'\u201C':
    case U'\u201D':
    case U'\u00AB':
    case U'\u00BB':
      return "\"";
    case U'\u2010':
    case U'\u2011':
    case U'\u2013':
      return "-";
    case U'\u2014':  // a dash between clauses is a pause
      return ", ";
    case U'\u2026':
      return "...";
    case U'\u20AC':
      return " euros ";
    case U'\u00A3':
      return " pounds ";
    case U'\u00B0':
      return " degrees ";
    case U'\u2028':
    case U'\u2029':
    case U'\u3002':
      return ".\n";
    default:
      break;
  }
  if (c >= 0xC0 && c < 0x180) {
    const char* base = &kLatin[c - 0xC0];
    return {base, 1};
  }
  return " ";
}

// Emphasis marks of Markdown, which language models like to write, are not for the ear.
bool is_emphasis(char c) { return c == '*' || c == '_' || c == '`'; }

class Builder {
 public:
  explicit Builder(std::size_t limit) : limit_(limit) { out_.reserve(limit < 512 ? limit : 512); }
  bool add(char c) {
    if (c == '\n' || c == ' ') return add_space(c);
    if (word_length_ == kMaxWordLength && !add_space(' ')) return false;
    if (out_.size() >= limit_) return false;
    out_ += c;
    ++word_length_;
    return true;
  }
  std::string take() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  bool add_space(char c) {
    word_length_ = 0;
    if (out_.empty() || out_.back() == '\n') return true;
    if (out_.back() == ' ') {
      out_.back() = c;
      return true;
    }
    if (out_.size() >= limit_) return false;
    out_ += c;
    return true;
  }
  std::size_t limit_;
  std::string out_;
  std::size_t word_length_ = 0;
};

}  // namespace

SpeakableText make_speakable(std::string_view utf8, std::size_t max_bytes) {
  Builder builder(max_bytes);
  std::size_t at = 0;
  while (at < utf8.size()) {
    const std::size_t start = at;
    const char32_t c = decode_utf8(utf8, at);
    bool fits = true;
    if (c == U'\n' || c == U'\r') {
      fits = builder.add('\n');
    } else if (c < 0x20 || c == 0x7F || c == kInvalidUtf8) {
      fits = builder.add(' ');
    } else if (c < 0x80) {
      const char ascii = static_cast<char>(c);
      const bool beside_word = (start > 0 && is_alnum(utf8[start - 1])) ||
                               (at < utf8.size() && (is_alnum(utf8[at]) || is_emphasis(utf8[at])));
      if (is_emphasis(ascii) && beside_word) continue;
      fits = builder.add(ascii);
    } else {
      for (const char p : plain(c)) fits = fits && builder.add(p);
    }
    if (!fits) return {builder.take(), utf8.size() - start};
  }
  return {builder.take(), 0};
}

bool has_speech(std::string_view text) {
  constexpr std::string_view kNamed = "#@&%+=$";
  for (const char c : text) {
    if (is_alnum(c) || kNamed.find(c) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace localspeech
