#include "text/xml_escape.hpp"

namespace jackfield {

std::string xml_escape(std::string_view text, std::string_view apostrophe) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += apostrophe;
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
          out += c;
        } else if (c == '\n' || c == '\r' || c == '\t') {
          out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        }
    }
  }
  return out;
}

}  // namespace jackfield
