#include "pronunciations.hpp"

#include <algorithm>
#include <map>

#include "recognized_text.hpp"

namespace localspeech {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view take_word(std::string_view& line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  const auto end = std::find_if(line.begin(), line.end(), is_blank);
  const std::string_view word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

Pronunciations find_pronunciations(std::string_view dictionary,
                                   const std::set<std::string>& words) {
  Pronunciations result;
  std::set<std::string> left = words;
  std::map<std::string, std::vector<std::string>> variants;
  while (!dictionary.empty()) {
    const std::size_t end = std::min(dictionary.find('\n'), dictionary.size());
    std::string_view line = dictionary.substr(0, end);
    dictionary.remove_prefix(std::min(end + 1, dictionary.size()));
    if (line.starts_with(";;;") || line.starts_with("##")) continue;
    const std::string_view entry = take_word(line);
    if (entry.empty()) continue;
    const std::string base(without_variant(entry));
    if (!words.contains(base)) continue;
    std::string phones;
    for (auto phone = take_word(line); !phone.empty(); phone = take_word(line)) {
      if (!phones.empty()) phones += ' ';
      phones += phone;
    }
    if (phones.empty()) continue;
    auto& known = variants[base];
    if (std::find(known.begin(), known.end(), phones) != known.end()) continue;
    known.push_back(phones);
    const std::string number = "(" + std::to_string(known.size()) + ")";
    result.found.push_back({known.size() == 1 ? base : base + number, std::move(phones)});
    left.erase(base);
  }
  result.missing.assign(left.begin(), left.end());
  return result;
}

}  // namespace localspeech
