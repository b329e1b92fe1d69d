#include "twilio/core/signed_text.hpp"

#include <algorithm>
#include <cctype>

namespace jackfield::twilio {
namespace {

// Where the port ":8080" of a URL begins and ends; begin == end, behind the host, without one.
struct PortPlace {
  std::size_t begin;
  std::size_t end;
};

PortPlace port_of(std::string_view url, std::size_t authority) {
  const std::size_t end = std::min(url.find_first_of("/?#", authority), url.size());
  std::size_t begin = end;
  while (begin > authority && std::isdigit(static_cast<unsigned char>(url[begin - 1]))) --begin;
  const bool port = begin > authority && url[begin - 1] == ':' && begin < end;
  return {port ? begin - 1 : end, end};
}

}  // namespace

std::string signed_text(std::string_view url, const FormParameters& form) {
  FormParameters sorted = form;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text{url};
  for (const auto& [name, value] : sorted) text += name + value;
  return text;
}

std::vector<std::string> signed_url_forms(std::string_view url) {
  std::vector<std::string> forms{std::string{url}};
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return forms;
  const std::string_view scheme = url.substr(0, colon);
  const PortPlace port = port_of(url, colon + 3);
  const std::string front{url.substr(0, port.begin)};
  const std::string back{url.substr(port.end)};
  const auto add = [&](const char* with) {
    std::string form = front + with + back;
    if (std::find(forms.begin(), forms.end(), form) == forms.end())
      forms.push_back(std::move(form));
  };
  add("");
  // A port that is not the scheme's own cannot be replaced by that.
  const std::string_view given = url.substr(port.begin, port.end - port.begin);
  const bool tls = scheme == "https" || scheme == "wss";
  if (!given.empty() && given != (tls ? ":443" : ":80")) return forms;
  add(tls ? ":443" : ":80");
  if (scheme == "wss") add(":80");
  return forms;
}

std::string body_digest_of(std::string_view url) {
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return {};
  const std::string_view rest = url.substr(query + 1);
  return form_value(parse_form(rest.substr(0, rest.find('#'))), "bodySHA256");
}

}  // namespace jackfield::twilio
