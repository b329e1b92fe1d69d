#include "twilio/core/twiml.hpp"

#include <algorithm>
#include <cctype>

#include "text/xml_escape.hpp"

namespace jackfield::twilio {
namespace {

constexpr std::size_t kMaxParameter = 499;  // name and value together, protocol page 1.1

}  // namespace

std::string connect_stream(std::string_view url,
                           const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect><Stream url=\"" +
      xml_escape(url) + "\">";
  for (const auto& [name, value] : parameters) {
    if (name.empty() || name.size() + value.size() > kMaxParameter) continue;
    xml += "<Parameter name=\"" + xml_escape(name) + "\" value=\"" + xml_escape(value) + "\"/>";
  }
  return xml + "</Stream></Connect></Response>\n";
}

std::string reject_busy() {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Reject "
         "reason=\"busy\"/></Response>\n";
}

std::string reject_unknown() {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Reject "
         "reason=\"rejected\"/></Response>\n";
}

std::string media_url(std::string_view base, std::string_view path) {
  std::string scheme;
  if (base.starts_with("https://")) {
    scheme = "wss://";
    base.remove_prefix(8);
  } else if (base.starts_with("http://")) {
    scheme = "ws://";
    base.remove_prefix(7);
  } else {
    return {};
  }
  while (base.ends_with('/')) base.remove_suffix(1);
  const bool plain = std::all_of(base.begin(), base.end(), [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view{".-_:[]/~%"}.find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (base.empty() || base.front() == '/' || !plain) return {};
  return scheme + std::string{base} + std::string{path};
}

}  // namespace jackfield::twilio
