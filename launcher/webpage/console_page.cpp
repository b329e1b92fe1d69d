#include "webpage/console_page.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "webpage/page_files.hpp"

namespace jackfield {
namespace {

const std::string kRoot = "/jackfield/console/";
constexpr char kPage[] = "console.html";

constexpr char kMissing[] =
    "jackfield works, but this build has no console: the libraries of its page were not there when "
    "it was compiled. \"./dev build\" in the sources fetches them and builds it anew. The control "
    "API is there all the same, at api/v1/openapi.json, and jackfield ps, tail and top use it.\n";

}  // namespace

ConsolePage::ConsolePage(HttpServer& server) {
  const std::vector<std::string> names = page_files(kRoot);
  if (std::find(names.begin(), names.end(), kPage) == names.end()) {
    server.handle("/", [](const ServerRequest& request) {
      if (only_reads(request.message))
        HttpServer::answer(request.message, SOUP_STATUS_NOT_FOUND, "text/plain; charset=utf-8",
                           kMissing);
    });
    return;
  }
  server.handle(
      "/", [](const ServerRequest& request) { answer_page_file(request.message, kRoot + kPage); });
  server.handle("/console",
                [](const ServerRequest& request) { answer_redirect(request.message, "./"); });
  server.handle("/console/",
                [](const ServerRequest& request) { answer_redirect(request.message, "../"); });
  for (const std::string& name : names) {
    if (name == kPage) continue;
    server.handle("/console/" + name, [name](const ServerRequest& request) {
      answer_page_file(request.message, kRoot + name);
    });
  }
}

}  // namespace jackfield
