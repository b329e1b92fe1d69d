#include "webpage/call_page.hpp"

#include "webpage/page_files.hpp"

namespace jackfield {
namespace {

const std::string kRoot = "/jackfield/call/";
constexpr char kPage[] = "call.html";

}  // namespace

CallPage::CallPage(HttpServer& server, const std::vector<std::string>& lines) {
  const auto page = [](const HttpRequest& request) {
    answer_page_file(request.message, kRoot + kPage);
  };
  server.handle("/call",
                [](const HttpRequest& request) { answer_redirect(request.message, "call/"); });
  server.handle("/call/", page);
  for (const std::string& line : lines) server.handle("/call/" + line, page);
  // The page tells what is wrong in its own words, which it knows by the status.
  server.handle("/call/*", [](const HttpRequest& request) {
    answer_page_file(request.message, kRoot + kPage, SOUP_STATUS_NOT_FOUND);
  });
  for (const std::string& name : page_files(kRoot)) {
    if (name == kPage) continue;
    server.handle("/call/assets/" + name, [name](const HttpRequest& request) {
      answer_page_file(request.message, kRoot + name);
    });
  }
}

}  // namespace jackfield
