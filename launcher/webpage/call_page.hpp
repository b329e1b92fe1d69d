// The page from which a browser calls a line: /call/LINE (with 404 when there is no such line),
// with its scripts under /call/assets/. /call/ is the same page where there is one line, a list of
// links where there are several. Everybody may load it; who may call is for the signalling to
// decide.
#pragma once

#include <string>
#include <vector>

#include "serve/http_server.hpp"

namespace jackfield {

class CallPage {
 public:
  // `server` must not call its handlers after the page is gone, which holds nothing of its own.
  // `lines`: names as in jackfield.conf; each gets a path.
  CallPage(HttpServer& server, const std::vector<std::string>& lines);
};

}  // namespace jackfield
