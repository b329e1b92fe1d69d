#include "webrtc/core/sdp_sections.hpp"

#include <utility>

#include "webrtc/core/sdp_text.hpp"

namespace jackfield::webrtc::sdp {

std::optional<std::string_view> Section::find(std::string_view name) const {
  for (const Attribute& a : attributes) {
    if (a.name == name) return a.value;
  }
  return std::nullopt;
}

std::optional<std::string> split(std::string_view text, Sections& out) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() < 2 || line[1] != '=') return "a line is not of the form x=value";
    std::string_view value = line.substr(2);
    if (line[0] == 'm') {
      if (out.media.size() == kMaxMediaLines)
        return "it has more than " + std::to_string(kMaxMediaLines) + " media lines";
      Section section;
      section.media = take(value, ' ');
      const auto port = number<unsigned>(take(value, ' '));
      section.protocol = take(value, ' ');
      section.formats = value;
      const auto formats_fit = [](char c) { return is_token_char(c) || c == ' '; };
      if (!port || *port > 65535 || !all_of(section.media, is_letter) ||
          !all_of(section.protocol, is_token_char) || !all_of(section.formats, formats_fit))
        return "a media line (m=) is malformed";
      section.port = *port;
      out.media.push_back(std::move(section));
    } else if (line[0] == 'a') {
      Section& section = out.media.empty() ? out.session : out.media.back();
      const std::string_view name = take(value, ':');
      section.attributes.push_back({name, value});
    }
  }
  return std::nullopt;
}

}  // namespace jackfield::webrtc::sdp
