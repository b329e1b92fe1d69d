#include "fill_in.hpp"

#include <algorithm>

namespace jackfield {
namespace {

TextPosition position_of(std::string_view text, std::size_t at) {
  TextPosition where;
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] == '\n') {
      ++where.line;
      where.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++where.column;
    }
  }
  return where;
}

}  // namespace

std::string fill_in(std::string_view text,
                    const std::function<std::optional<std::string>(std::string_view)>& value_of) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t dollar = std::min(text.find('$', at), text.size());
    out += text.substr(at, dollar - at);
    at = dollar;
    if (at == text.size()) break;
    if (text.substr(at).starts_with("$$")) {
      out += '$';
      at += 2;
    } else if (!text.substr(at).starts_with("${")) {
      out += '$';
      ++at;
    } else {
      const std::size_t end = text.find('}', at);
      if (end == text.npos) throw PositionedError(position_of(text, at), "\"${\" has no \"}\"");
      const std::string_view inside = text.substr(at + 2, end - at - 2);
      const std::size_t colon = inside.find(":-");
      const std::string_view name = inside.substr(0, colon);
      if (const auto value = value_of(name)) {
        out += *value;
      } else if (colon != inside.npos) {
        out += inside.substr(colon + 2);
      } else {
        throw PositionedError(position_of(text, at),
                              "the variable \"" + std::string(name) + "\" has no value");
      }
      at = end + 1;
    }
  }
  return out;
}

}  // namespace jackfield
