#include "twilio/core/form.hpp"

#include <algorithm>

namespace jackfield::twilio {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

FormParameters parse_form(std::string_view text) {
  FormParameters form;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    form.emplace_back(decoded(piece.substr(0, equals)),
                      decoded(piece.substr(std::min(equals + 1, piece.size()))));
  }
  return form;
}

std::string form_value(const FormParameters& form, std::string_view name) {
  const auto it = std::find_if(form.begin(), form.end(),
                               [&](const auto& entry) { return entry.first == name; });
  return it == form.end() ? std::string{} : it->second;
}

}  // namespace jackfield::twilio
