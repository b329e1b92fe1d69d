#include "speakable_text.hpp"

#include <algorithm>
#include <array>

#include "ascii_text.hpp"
#include "utf8.hpp"

namespace localspeech {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_letter(c) || is_digit(c); }

constexpr std::size_t kMaxNumber = 12;  // digits; flite has names up to the billions

class Speakable {
 public:
  explicit Speakable(std::string_view text) : text_(text) { out_.reserve(text.size() + 16); }

  std::string read() {
    while (at_ < text_.size()) read_one();
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  char before() const { return at_ > 0 ? text_[at_ - 1] : '\0'; }

  void word(std::string_view word) {
    if (!out_.empty() && out_.back() != '\n') out_ += ' ';
    out_ += word;
  }
  // A mark stands directly behind a word; of several marks the first counts.
  void mark(char c) {
    if (!out_.empty() && is_alnum(out_.back())) out_ += c;
  }

  void read_one() {
    const char c = peek();
    if (is_letter(c)) {
      read_letters();
    } else if (is_digit(c)) {
      read_number("");
    } else if (c == '$' && is_digit(peek(1))) {
      ++at_;
      read_number("$");
    } else {
      read_sign(c);
      ++at_;
    }
  }

  void read_letters() {
    if (peek(1) == '.' && is_letter(peek(2)) && !is_letter(peek(3)) && !is_alnum(before())) {
      return read_abbreviation();
    }
    std::size_t end = at_ + 1;
    while (end < text_.size() && end - at_ < kMaxWordLength &&
           (is_letter(text_[end]) ||
            (text_[end] == '\'' && end + 1 < text_.size() && is_letter(text_[end + 1])))) {
      ++end;
    }
    word(text_.substr(at_, end - at_));
    at_ = end;
    if (peek() == '.' && is_letter(peek(1))) {
      if (is_lower(before()) && is_upper(peek(1))) {
        mark('.');  // a space was forgotten between two sentences
      } else {
        word("dot");
      }
      ++at_;
    }
  }

  // "U.S.", "p.m.": flite knows that the dots belong to the letters.
  void read_abbreviation() {
    std::string letters;
    while (is_letter(peek()) && !is_letter(peek(1)) && letters.size() < kMaxWordLength) {
      letters += peek();
      ++at_;
      if (peek() != '.') break;
      letters += '.';
      ++at_;
    }
    word(letters);
  }

  std::string_view read_digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // "1,234,567" is one number.
  std::string read_grouped_digits() {
    std::string digits{read_digits()};
    while (digits.size() <= kMaxNumber && peek() == ',' && is_digit(peek(1)) && is_digit(peek(2)) &&
           is_digit(peek(3)) && !is_digit(peek(4))) {
      ++at_;
      digits += read_digits();
    }
    return digits;
  }

  void spell(std::string_view digits) {
    for (const char& digit : digits) word({&digit, 1});
  }

  void read_number(std::string_view currency) {
    const std::string digits = read_grouped_digits();
    if (digits.size() > kMaxNumber) {
      spell(digits);
    } else if (currency.empty() && digits.size() <= 2 && peek() == ':' && is_digit(peek(1)) &&
               is_digit(peek(2)) && !is_digit(peek(3))) {
      word(digits + std::string{text_.substr(at_, 3)});
      at_ += 3;
    } else if (peek() == '.' && is_digit(peek(1))) {
      return read_fraction(digits, currency);
    } else if (peek() == '-' && is_digit(peek(1)) && currency.empty()) {
      return read_hyphenated(digits);
    } else {
      word(std::string{currency} + digits +
           std::string{currency.empty() ? read_suffix(digits) : ""});
    }
    if (peek() == '%') {
      word("percent");
      ++at_;
    }
  }

  void read_fraction(const std::string& digits, std::string_view currency) {
    ++at_;
    const std::string_view fraction = read_digits();
    const bool more = peek() == '.' && is_digit(peek(1));
    if (!more && !currency.empty() && fraction.size() == 2) {
      word(std::string{currency} + digits + "." + std::string{fraction});
      return;
    }
    if (!more && fraction.size() <= kMaxNumber) {
      word(digits + "." + std::string{fraction});
    } else {  // a version or an address
      word(digits);
      word("point");
      spell(fraction);
      while (peek() == '.' && is_digit(peek(1))) {
        ++at_;
        word("point");
        spell(read_digits());
      }
    }
    if (!currency.empty()) word("dollars");
    if (peek() == '%') {
      word("percent");
      ++at_;
    }
  }

  // "9-5" and "2020-2024" are ranges; "555-1234" is a telephone number and is spelled in groups.
  void read_hyphenated(const std::string& first) {
    ++at_;
    const std::string_view second = read_digits();
    const bool more = peek() == '-' && is_digit(peek(1));
    if (!more && first.size() == second.size() && (first.size() <= 2 || first.size() == 4)) {
      word(first);
      word("to");
      word(second);
      return;
    }
    spell(first);
    mark(',');
    spell(second);
    while (peek() == '-' && is_digit(peek(1))) {
      mark(',');
      ++at_;
      spell(read_digits());
    }
  }

  // "2nd", "1990s"
  std::string_view read_suffix(std::string_view digits) {
    static constexpr std::array<std::string_view, 5> kSuffixes{"st", "nd", "rd", "th", "s"};
    for (const std::string_view suffix : kSuffixes) {
      if (digits.size() <= 9 && text_.substr(at_).starts_with(suffix) &&
          !is_alnum(peek(suffix.size()))) {
        at_ += suffix.size();
        return suffix;
      }
    }
    return {};
  }

  void read_sign(char c) {
    const bool stands_alone = !is_alnum(before()) && !is_alnum(peek(1));
    switch (c) {
      case '\n':
        if (!out_.empty() && out_.back() != '\n') out_ += '\n';
        break;
      case '.':
      case ',':
      case ';':
      case ':':
      case '?':
      case '!':
        mark(c);
        break;
      case '-':
        if (is_digit(peek(1)) && !is_alnum(before())) {
          word("minus");
        } else if (stands_alone) {
          mark(',');  // a dash between words is a pause
        }
        break;
      case '&':
        word("and");
        break;
      case '+':
        word("plus");
        break;
      case '=':
        word("equals");
        break;
      case '@':
        word("at");
        break;
      case '%':
        word("percent");
        break;
      case '$':
        word("dollars");
        break;
      case '#':
        word(is_digit(peek(1)) ? "number" : "pound");  // the name of the key on a telephone
        break;
      case '*':
        // Beside a word it is Markdown, which is not for the ear.
        if (stands_alone && before() != '*' && peek(1) != '*') word("star");
        break;
      case '/':
        if (is_alnum(before()) && is_alnum(peek(1))) word("slash");
        break;
      default:
        break;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

SpeakableText make_speakable(std::string_view utf8, std::size_t max_bytes) {
  const std::string_view head = jackfield::truncate_utf8(utf8, max_bytes);
  const std::string ascii = fold_to_ascii(head);
  return {Speakable(ascii).read(), utf8.size() - head.size()};
}

bool has_speech(std::string_view text) { return std::any_of(text.begin(), text.end(), is_alnum); }

}  // namespace localspeech
