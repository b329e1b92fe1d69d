#include "scenario/core/pipeline_text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace jackfield {
namespace {

// Variables inside defaults inside defaults: each is read by a call of its own.
constexpr int kMaxNesting = 50;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Needs no escape anywhere. Bytes of UTF-8 beyond ASCII are ordinary letters to the parsers.
bool is_safe(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view{"._-+/:%,@="}.find(c) != std::string_view::npos;
}

bool is_assignment(std::string_view word) {
  std::size_t i = 0;
  while (i < word.size() && (is_alnum(word[i]) || word[i] == '_' || word[i] == '-' ||
                             word[i] == ':' || word[i] == '%'))
    ++i;
  return i > 0 && i < word.size() && word[i] == '=';
}

// Where in a string that may be an element description the next character stands. Sees the text as
// the reader of that description will.
class DescriptionState {
 public:
  enum class Place { kText, kValue, kQuoted };

  Place place() const {
    if (quote_) return Place::kQuoted;
    return words_ > 0 && is_assignment(word_) ? Place::kValue : Place::kText;
  }

  void add(char c) {
    if (quote_) {
      if (!escaped_ && c == quote_) quote_ = 0;
      escaped_ = !escaped_ && c == '\\';
      word_ += c;
    } else if (escaped_) {
      escaped_ = false;
      word_ += c;
    } else if (is_space(c)) {
      if (!word_.empty()) ++words_;
      word_.clear();
    } else {
      // A quote opens a string only where a value begins; elsewhere it is an apostrophe.
      if ((c == '"' || c == '\'') && place() == Place::kValue && word_.back() == '=') quote_ = c;
      escaped_ = c == '\\';
      word_ += c;
    }
  }
  void add(std::string_view text) {
    for (const char c : text) add(c);
  }

 private:
  std::string word_;
  int words_ = 0;
  char quote_ = 0;
  bool escaped_ = false;
};

class Expander {
 public:
  Expander(std::string_view source, const VariableLookup& lookup, const ProfileTexts& profile)
      : source_(source), lookup_(lookup), profile_(profile) {}

  std::variant<PipelineText, TextError> run() {
    try {
      while (at_ < source_.size()) {
        if (is_space(source_[at_])) {
          space();
        } else if (source_[at_] == '#') {
          while (at_ < source_.size() && source_[at_] != '\n') ++at_;
        } else {
          word();
        }
      }
    } catch (TextError& error) {
      return std::move(error);
    }
    if (!out_.text.empty() && out_.text.back() == ' ') {
      out_.text.pop_back();
      out_.origins.pop_back();
    }
    return std::move(out_);
  }

 private:
  enum class Use { kElement, kValue };

  // What stands inside quotes, as its reader gets it.
  struct Content {
    std::string text;
    std::vector<std::size_t> origins;
    DescriptionState description;

    void add(char c, std::size_t origin) {
      text += c;
      origins.push_back(origin);
      description.add(c);
    }
    void write(PipelineText& out, std::string (*escape)(std::string_view)) const {
      for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char c : escape(std::string_view{text}.substr(i, 1))) {
          out.text += c;
          out.origins.push_back(origins[i]);
        }
      }
    }
  };

  void emit(char c, std::size_t origin) {
    out_.text += c;
    out_.origins.push_back(origin);
  }
  void emit(std::string_view text, std::size_t origin) {
    for (const char c : text) emit(c, origin);
  }
  bool at_variable() const { return source_.substr(at_, 2) == "${"; }

  void space() {
    if (!out_.text.empty() && out_.text.back() != ' ') emit(' ', at_);
    ++at_;
  }

  void word() {
    const std::size_t start = out_.text.size();
    // "name = value" is one assignment for gst_parse_launch.
    const bool follows_assign =
        start >= 2 && out_.text.back() == ' ' && out_.text[start - 2] == '=';
    while (at_ < source_.size() && !is_space(source_[at_])) {
      const std::size_t origin = at_;
      const char c = source_[at_];
      const bool in_value =
          follows_assign || is_assignment(std::string_view{out_.text}.substr(start));
      if (c == '\\' && at_ + 1 < source_.size() && !is_space(source_[at_ + 1])) {
        emit(c, at_++);
        emit(source_[at_], at_);
        ++at_;
      } else if (c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] == ' ') {
        emit(c, at_++);
        emit(' ', at_++);
      } else if (c == '"' || c == '\'') {
        quoted(start, in_value);
      } else if (at_variable()) {
        insert(start == out_.text.size(), in_value);
      } else {
        emit(c, origin);
        ++at_;
      }
    }
    // An empty value must still be a value.
    if (out_.text.size() > start ? out_.text.back() == '=' && ended_with_variable_ : follows_assign)
      emit("\"\"", at_ - 1);
    ended_with_variable_ = false;
  }

  // A variable outside quotes.
  void insert(bool first, bool in_value) {
    const std::size_t origin = at_;
    // Whether it is the whole word shows only behind its closing brace.
    const std::size_t behind = skip_variable(at_);
    const bool whole =
        first && !in_value && (behind >= source_.size() || is_space(source_[behind]));
    const std::string value = variable(whole ? Use::kElement : Use::kValue);
    ended_with_variable_ = true;
    if (whole) {
      emit(value, origin);
    } else if (in_value) {
      if (value.find_first_of("\r\n") != std::string::npos)
        throw TextError{origin, "the value inserted here has a line break",
                        "put quotes around it: name=\"${...}\""};
      if (value.ends_with('\\') && !continues()) refuse_backslash(origin);
      emit(escape_word(value), origin);
    } else {
      for (const char c : value) {
        if (!is_safe(c) || c == '=' || c == ',')
          throw TextError{origin, "the value '" + value + "' cannot stand here",
                          "only letters, digits and ._-+/:% can be inserted into a name or caps; "
                          "make it a word of its own, or the value of a property"};
      }
      emit(value, origin);
    }
  }

  // A string in quotes, `at_` on the opening one. It is read whole and written anew: always in
  // double quotes (gst_parse_launch before 1.24 keeps single ones in the value), or without quotes
  // where those would not do.
  void quoted(std::size_t word_start, bool in_value) {
    const char quote = source_[at_];
    const std::size_t opening = at_++;
    Content content;
    while (at_ < source_.size() && source_[at_] != quote) {
      if (at_variable()) {
        insert_quoted(content);
        continue;
      }
      // In double quotes a backslash protects what follows, in single ones only their own kind.
      if (source_[at_] == '\\' && at_ + 1 < source_.size() &&
          (quote == '"' || source_[at_ + 1] == '\''))
        ++at_;
      content.add(source_[at_], at_);
      ++at_;
    }
    if (at_ >= source_.size())
      throw TextError{opening, std::string{"the string that begins here has no closing "} + quote,
                      "close it, or write \\" + std::string{quote} + " for the character itself"};
    ++at_;
    const bool whole = (at_ >= source_.size() || is_space(source_[at_])) &&
                       (out_.text.size() == word_start || out_.text.back() == '=');
    if (content.text.ends_with('\\')) refuse_backslash(opening);
    if (in_value && !content.text.empty() && !whole) {
      if (content.text.find_first_of("\r\n") != std::string::npos)
        throw TextError{opening, "a string with line breaks must be the whole value",
                        "write name=\"...\" and nothing else"};
      content.write(out_, escape_word);
      return;
    }
    emit('"', opening);
    content.write(out_, escape_quoted);
    emit('"', at_ - 1);
  }

  void insert_quoted(Content& content) {
    const std::size_t origin = at_;
    for (const char c : inner_value(content.description)) content.add(c, origin);
  }

  // The value of a variable at a place inside a text that may be a description.
  std::string inner_value(const DescriptionState& description) {
    const std::size_t origin = at_;
    std::string value = variable(Use::kValue);
    if (description.place() == DescriptionState::Place::kText) return value;
    if (value.ends_with('\\') && !continues()) refuse_backslash(origin);
    if (description.place() == DescriptionState::Place::kQuoted) return escape_quoted(value);
    if (value.find_first_of("\r\n") != std::string::npos)
      throw TextError{origin, "the value inserted here has a line break",
                      "put inner quotes around it"};
    return escape_word(value);
  }

  // Does the word go on at `at_`?
  bool continues() const { return at_ < source_.size() && is_safe(source_[at_]); }

  // Whatever way it is escaped, gst_parse_launch takes a backslash at the end of a value together
  // with the space or quote behind it (the longest match of its lexer).
  [[noreturn]] static void refuse_backslash(std::size_t origin) {
    throw TextError{origin, "a value that ends with a backslash cannot be written in a pipeline",
                    "leave it out at the end of a folder, or let something follow it"};
  }

  // Offset behind the closing brace of the variable that begins at `from`.
  std::size_t skip_variable(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < source_.size(); ++i) {
      if (source_[i] == '\\') {
        ++i;
      } else if (source_.substr(i, 2) == "${") {
        if (++depth > kMaxNesting)
          throw TextError{i, "defaults stand in one another more than 50 deep here", ""};
        ++i;
      } else if (source_[i] == '}' && --depth == 0) {
        return i + 1;
      }
    }
    throw TextError{from, "this variable has no closing brace",
                    "write ${NAME} or ${NAME:-default}"};
  }

  // Reads the variable at `at_` and returns its value as it is.
  std::string variable(Use use) {
    const std::size_t start = at_;
    const std::size_t behind = skip_variable(start);
    at_ += 2;
    std::size_t name_end = at_;
    while (name_end < behind && (is_alnum(source_[name_end]) || source_[name_end] == '_'))
      ++name_end;
    const std::string name{source_.substr(at_, name_end - at_)};
    at_ = name_end;
    const bool has_default = source_.substr(at_, 2) == ":-";
    if (!is_variable_name(name) || (!has_default && source_[at_] != '}'))
      throw TextError{
          start, "'" + std::string{source_.substr(start, behind - start)} + "' is not a variable",
          "write ${NAME} or ${NAME:-default}; a name has letters, digits and '_', and "
          "begins with no digit"};
    if (std::find(out_.variables.begin(), out_.variables.end(), name) == out_.variables.end())
      out_.variables.push_back(name);
    if (!in_profile_) {
      // Behind ":-", and before the brace.
      if (has_default)
        out_.defaults.emplace(name, source_.substr(at_ + 2, behind - 1 - (at_ + 2)));
      else if (skipping_ == 0)
        out_.needed.insert(name);
    }

    std::optional<std::string> value;
    const auto given = in_profile_ ? profile_.end() : profile_.find(name);
    if (given != profile_.end()) {
      value = profile_text(given->first, given->second, use, start);
    } else if (skipping_ == 0) {
      value = lookup_(name);
    }
    if (has_default) {
      at_ += 2;
      // Also read when it is not needed: its errors and variables count.
      if (value || skipping_ > 0) ++skipping_;
      std::string text = default_text(use);
      if (value || skipping_ > 0) --skipping_;
      if (!value) value = std::move(text);
    }
    at_ = behind;
    if (!value && skipping_ > 0) value.emplace();
    if (!value)
      throw TextError{start, "the variable " + name + " has no value", unknown_hint(name)};
    if (value->find('\0') != std::string::npos)
      throw TextError{start, "the value of " + name + " holds a zero byte", ""};
    return *std::move(value);
  }

  // The text that the profile has for the variable at `start`.
  std::string profile_text(const std::string& name, std::string_view given, Use use,
                           std::size_t start) {
    const std::string_view source = std::exchange(source_, given);
    const std::size_t at = std::exchange(at_, 0);
    in_profile_ = true;
    try {
      std::string text = default_text(use, Until::kEnd);
      in_profile_ = false;
      source_ = source;
      at_ = at;
      return text;
    } catch (TextError& error) {
      throw TextError{start, "in the profile's " + name + ": " + error.message, error.hint};
    }
  }

  enum class Until { kBrace, kEnd };

  std::string default_text(Use use, Until until = Until::kBrace) {
    std::string text;
    DescriptionState inner;
    while (until == Until::kEnd ? at_ < source_.size() : source_[at_] != '}') {
      if (at_variable()) {
        const std::string value = inner_value(inner);
        inner.add(value);
        text += value;
        continue;
      }
      if (source_[at_] == '\\') {
        if (at_ + 1 == source_.size()) refuse_backslash(at_);
        // A description keeps its own escapes; in a value the backslash only protects what follows.
        if (use == Use::kElement && source_[at_ + 1] != '}') {
          inner.add(source_[at_]);
          text += source_[at_];
        }
        ++at_;
      }
      inner.add(source_[at_]);
      text += source_[at_++];
    }
    return text;
  }

  static std::string unknown_hint(const std::string& name) {
    return "add " + name +
           "=... to the command line, set it in the environment, or give it a "
           "default: ${" +
           name + ":-...}";
  }

  std::string_view source_;
  const VariableLookup& lookup_;
  const ProfileTexts& profile_;
  PipelineText out_;
  std::size_t at_ = 0;
  int skipping_ = 0;  // inside defaults that are not needed
  bool in_profile_ = false;
  bool ended_with_variable_ = false;
};

}  // namespace

std::variant<PipelineText, TextError> expand_pipeline_text(std::string_view source,
                                                           const VariableLookup& lookup,
                                                           const ProfileTexts& profile) {
  return Expander{source, lookup, profile}.run();
}

std::string escape_word(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (!is_safe(c)) out += '\\';
    out += c;
  }
  return out;
}

std::string escape_quoted(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"' || c == '\'' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_'; });
}

}  // namespace jackfield
