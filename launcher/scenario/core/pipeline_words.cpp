#include "scenario/core/pipeline_words.hpp"

#include <algorithm>
#include <cctype>

#include "scenario/core/nearest.hpp"

namespace jackfield {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '%' ||
         c == ':';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::variant<PipelineWords, TextError> run() {
    try {
      while (skip_space()) step();
      if (open_link_)
        throw TextError{*open_link_, "nothing follows this '!'",
                        "link to an element, or take the '!' away"};
      if (!bins_.empty()) throw TextError{bins_.back(), "this '(' is never closed", "add the ')'"};
      if (words_.elements.empty())
        throw TextError{0, "there is no element in this text",
                        "a pipeline looks like this: audiotestsrc ! autoaudiosink"};
    } catch (TextError& error) {
      return std::move(error);
    }
    return std::move(words_);
  }

 private:
  bool skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size();
  }
  char peek(std::size_t n = 0) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  void step() {
    const char c = peek();
    if (c == '!') {
      if (open_link_)
        throw TextError{at_, "two '!' with nothing between them", "put an element between them"};
      if (!something_before_)
        throw TextError{at_, "nothing stands before this '!'", "begin with an element"};
      open_link_ = at_++;
      caps_filter();
    } else if (c == '(') {
      bins_.push_back(at_++);
      in_bin_head_ = true;
      open_link_.reset();
    } else if (c == ')') {
      if (bins_.empty()) throw TextError{at_, "this ')' closes nothing", "take it away"};
      if (open_link_)
        throw TextError{*open_link_, "nothing follows this '!'",
                        "link to an element, or take the '!' away"};
      bins_.pop_back();
      ++at_;
      something_before_ = true;
      in_bin_head_ = false;
    } else if (c == '.') {
      pad_reference();
    } else if (is_name(c) || c == '@') {
      name();
    } else if (c == '"' || c == '\'') {
      throw TextError{at_, "a string in quotes cannot stand here",
                      "quotes go around the value of a property: name=\"...\""};
    } else if (c == '/') {
      skip_word();  // a path stands for a source or a sink
      element_like();
    } else if (c == ':' || c == ',' || c == ';') {
      ++at_;
    } else {
      throw TextError{at_, std::string{"'"} + c + "' cannot stand here",
                      "an element, a property (name=value) or '!' is expected"};
    }
  }

  void element_like() {
    open_link_.reset();
    something_before_ = true;
    in_bin_head_ = false;
  }

  void skip_word() {
    while (at_ < text_.size() && !is_space(text_[at_])) {
      if (text_[at_] == '\\') ++at_;
      ++at_;
    }
    at_ = std::min(at_, text_.size());
  }

  // "! audio/x-raw,rate=8000 !": everything up to the next '!' that is not in quotes.
  void caps_filter() {
    const std::size_t before = at_;
    skip_space();
    std::size_t i = at_;
    while (i < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[i])) || text_[i] == '-'))
      ++i;
    const bool mime = i > at_ && i + 1 < text_.size() && text_[i] == '/' &&
                      std::isalnum(static_cast<unsigned char>(text_[i + 1]));
    if (!mime) {
      at_ = before;
      return;
    }
    bool quotes = false;
    while (i < text_.size() && (quotes || text_[i] != '!')) {
      if (text_[i] == '"') quotes = !quotes;
      ++i;
    }
    if (i >= text_.size())
      throw TextError{
          at_, "caps need an element behind them",
          "write ! " +
              std::string{text_.substr(at_, std::min<std::size_t>(24, text_.size() - at_))} +
              " ! element, or a capsfilter caps=..."};
    at_ = i + 1;
    open_link_ = i;
  }

  // ".pad" or ".pad1,pad2" behind an element or a reference.
  void pad_reference() {
    ++at_;
    while (is_name(peek()) || peek() == ',') ++at_;
    something_before_ = true;
    open_link_.reset();
  }

  void name() {
    const std::size_t start = at_;
    while (is_name(peek()) || peek() == '@') ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    std::size_t assign = at_;
    while (assign < text_.size() && is_space(text_[assign])) ++assign;
    if (assign < text_.size() && text_[assign] == '=') {
      at_ = assign + 1;
      property(word, start);
    } else if (peek() == '.' && peek(1) != '(') {
      // "name." or "name.pad": an element that stands elsewhere.
      words_.references.push_back({.name = std::string{word}, .offset = start});
      pad_reference();
      in_bin_head_ = false;
    } else if (peek() == '.' && peek(1) == '(') {
      ++at_;  // "type.( ... )"
    } else if (word.find(':') != std::string_view::npos && text_.substr(at_, 2) == "//") {
      skip_word();  // a URI stands for a source or a sink
      element_like();
    } else {
      words_.elements.push_back({.factory = std::string{word}, .offset = start, .properties = {}});
      element_like();
    }
  }

  void property(std::string_view name, std::size_t name_offset) {
    skip_space();
    PropertyUse use{.name = std::string{name},
                    .value = {},
                    .value_origins = {},
                    .name_offset = name_offset,
                    .value_offset = at_};
    std::size_t begin = at_;
    std::size_t end = at_;
    const char quote = peek();
    if (quote == '"') {
      ++begin;
      end = begin;
      while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
      if (end >= text_.size())
        throw TextError{at_, std::string{"the string that begins here has no closing "} + quote,
                        "close it"};
      at_ = end + 1;
    } else {
      skip_word();
      end = at_;
      if (begin == end)
        throw TextError{name_offset, "the property '" + use.name + "' has no value",
                        "write one behind the '='; \"\" is the empty one"};
    }
    unescape(begin, end, use);
    if (in_bin_head_) return;  // a property of the bin itself
    if (words_.elements.empty() || open_link_)
      throw TextError{name_offset, "the property '" + use.name + "' stands before its element",
                      "write the element first: element " + use.name + "=..."};
    words_.elements.back().properties.push_back(std::move(use));
  }

  // As gst_parse_launch does it: backslashes go, except between inner double quotes.
  void unescape(std::size_t begin, std::size_t end, PropertyUse& use) const {
    bool quotes = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (text_[i] == '\\' && !quotes) {
        if (++i >= end) break;
      } else if (text_[i] == '"' && (!quotes || text_[i - 1] != '\\')) {
        quotes = !quotes;
      }
      use.value += text_[i];
      use.value_origins.push_back(i);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  PipelineWords words_;
  std::optional<std::size_t> open_link_;
  std::vector<std::size_t> bins_;
  bool something_before_ = false;
  bool in_bin_head_ = false;
};

}  // namespace

const PropertyUse* ElementUse::find(std::string_view property) const {
  for (const PropertyUse& use : properties) {
    if (use.name == property) return &use;
  }
  return nullptr;
}

const ElementUse* PipelineWords::find(std::string_view factory) const {
  for (const ElementUse& use : elements) {
    if (use.factory == factory) return &use;
  }
  return nullptr;
}

bool is_default_name(std::string_view name, std::string_view factory) {
  if (!name.starts_with(factory) || name.size() == factory.size()) return false;
  name.remove_prefix(factory.size());
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
}

std::vector<TextError> PipelineWords::unknown_references() const {
  std::vector<std::string> names;
  for (const ElementUse& use : elements) {
    if (const PropertyUse* name = use.find("name")) names.push_back(name->value);
  }
  std::vector<TextError> errors;
  for (const ReferenceUse& reference : references) {
    // Elements without a name are called "mulawdec0"; no text should count on it, but some do.
    const bool known = std::find(names.begin(), names.end(), reference.name) != names.end() ||
                       std::any_of(elements.begin(), elements.end(), [&](const ElementUse& use) {
                         return is_default_name(reference.name, use.factory) && !use.find("name");
                       });
    if (known) continue;
    std::string hint = did_you_mean(reference.name, names);
    if (hint.empty()) hint = "give it to an element: element name=" + reference.name;
    errors.push_back(
        {reference.offset, "no element has the name '" + reference.name + "'", std::move(hint)});
  }
  return errors;
}

std::variant<PipelineWords, TextError> read_pipeline_words(std::string_view text) {
  return Reader{text}.run();
}

const PropertyUse* seats_of(const PipelineWords& words) {
  for (const ElementUse& use : words.elements) {
    const PropertyUse* seats = use.factory == "duckingmixer" ? use.find("seats") : nullptr;
    if (seats && !seats->value.empty()) return seats;
  }
  return nullptr;
}

ScenarioKind kind_of(const PipelineWords& words) {
  if (seats_of(words)) return ScenarioKind::kRoom;
  for (const ElementUse& use : words.elements) {
    if (use.factory == "twiliosrc" && !use.find("port")) return ScenarioKind::kPhone;
  }
  return words.find("webrtcbin") ? ScenarioKind::kWebRtc : ScenarioKind::kOnce;
}

const char* kind_word(ScenarioKind kind) {
  switch (kind) {
    case ScenarioKind::kPhone:
      return "phone";
    case ScenarioKind::kWebRtc:
      return "browser";
    case ScenarioKind::kRoom:
      return "conference";
    case ScenarioKind::kOnce:
      break;
  }
  return "once";
}

}  // namespace jackfield
