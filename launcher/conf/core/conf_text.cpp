#include "conf/core/conf_text.hpp"

#include <algorithm>

#include "scenario/core/source_position.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kSpace = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class Parser {
 public:
  Parser(std::string_view source, std::vector<TextError>& errors)
      : source_(source), errors_(errors) {}

  std::vector<ConfSection> parse() {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    std::size_t begin = source_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (begin < source_.size()) {
      const std::size_t end = std::min(source_.find('\n', begin), source_.size());
      const std::string_view text = trimmed(source_.substr(begin, end - begin));
      if (!text.empty()) read_line(text);
      begin = end + 1;
    }
    return std::move(sections_);
  }

 private:
  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - source_.data());
  }
  std::string line_of(std::size_t offset) const {
    return std::to_string(position_of(source_, offset).line);
  }
  void wrong(std::string_view where, std::string message, std::string hint) {
    errors_.push_back({offset_of(where), std::move(message), std::move(hint)});
  }

  void read_line(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
      wrong(text, "there is a zero byte; this is no text file", "");
    else if (text.front() == '[')
      begin_section(text);
    else if (text.front() != '#')
      read_key(text);
  }

  void begin_section(std::string_view text) {
    skipping_ = true;
    if (text.back() != ']')
      return wrong(text, "this section has no closing ']'",
                   "a section looks like this: [server]; a comment has a line of its own");
    const std::string name{trimmed(text.substr(1, text.size() - 2))};
    for (const ConfSection& section : sections_) {
      if (section.name == name)
        return wrong(text,
                     "the section [" + name + "] stands already on line " + line_of(section.offset),
                     "write everything into one, or give this one another name");
    }
    sections_.push_back({name, offset_of(text), {}});
    skipping_ = false;
  }

  void read_key(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return wrong(text, "this is no setting",
                   "a line is key=value, [section], or a comment that begins with #");
    if (sections_.empty() && !skipping_)
      return wrong(text, "this setting belongs to no section",
                   "write [server] or [line NAME] above it");
    // What is wrong with its section has been said.
    if (skipping_) return;
    const std::string_view name = trimmed(text.substr(0, equals));
    const std::string_view rest = text.substr(equals + 1);
    const std::string_view value = trimmed(rest);
    std::vector<ConfKey>& keys = sections_.back().keys;
    const auto same = std::find_if(keys.begin(), keys.end(),
                                   [&](const ConfKey& key) { return key.name == name; });
    if (same != keys.end())
      return wrong(text,
                   "'" + same->name + "' stands already on line " + line_of(same->offset) +
                       " of this section",
                   "take one of them away");
    keys.push_back({std::string{name}, std::string{value}, offset_of(text),
                    offset_of(value.empty() ? rest : value)});
  }

  const std::string_view source_;
  std::vector<TextError>& errors_;
  std::vector<ConfSection> sections_;
  bool skipping_ = false;
};

}  // namespace

std::vector<ConfSection> parse_conf_text(std::string_view source, std::vector<TextError>& errors) {
  return Parser{source, errors}.parse();
}

}  // namespace jackfield
