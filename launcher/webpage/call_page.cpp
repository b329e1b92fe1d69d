#include "webpage/call_page.hpp"

#include <string_view>

#include "text/xml_escape.hpp"
#include "url_query.hpp"
#include "webpage/page_files.hpp"

namespace jackfield {
namespace {

const std::string kRoot = "/jackfield/call/";
constexpr char kPage[] = "call.html";
constexpr char kLinesPage[] = "lines.html";

// The page on which one of several lines is chosen.
std::string lines_text(const std::vector<std::string>& lines) {
  constexpr std::string_view kPlace = "<!--lines-->";
  std::string links;
  for (const std::string& line : lines)
    links += "      <li><a href=\"./" + percent_encode(line) + "\">" + xml_escape(line, "&#39;") +
             "</a></li>\n";
  std::string text = page_text(kRoot + kLinesPage);
  const std::size_t place = text.find(kPlace);
  return text.replace(place, kPlace.size(), links);
}

}  // namespace

CallPage::CallPage(HttpServer& server, const std::vector<std::string>& lines) {
  const auto page = [](const ServerRequest& request) {
    answer_page_file(request.message, kRoot + kPage);
  };
  server.handle("/call",
                [](const ServerRequest& request) { answer_redirect(request.message, "call/"); });
  if (lines.size() < 2)
    server.handle("/call/", page);
  else
    server.handle("/call/", [text = lines_text(lines)](const ServerRequest& request) {
      answer_page_text(request.message, kLinesPage, text);
    });
  for (const std::string& line : lines) server.handle("/call/" + line, page);
  // The page tells what is wrong in its own words, which it knows by the status.
  server.handle("/call/*", [](const ServerRequest& request) {
    answer_page_file(request.message, kRoot + kPage, SOUP_STATUS_NOT_FOUND);
  });
  for (const std::string& name : page_files(kRoot)) {
    if (name == kPage || name == kLinesPage) continue;
    server.handle("/call/assets/" + name, [name](const ServerRequest& request) {
      answer_page_file(request.message, kRoot + name);
    });
  }
}

}  // namespace jackfield
